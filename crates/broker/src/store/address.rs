//! Where the store is, and how it knows us.

use std::fmt;
use std::str::FromStr;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};

/// The URL of a store.
///
/// SECURITY: there may be a password in it. It is not printed, nor is a text that is none of these URLs.
#[derive(Clone)]
pub(crate) struct StoreAddress(ConnectionInfo);

/// A text that is no URL of a store. Nothing of it is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreAddressError {
    /// It is none.
    #[error(
        "expected `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, or the same with `rediss://` for TLS"
    )]
    Form,
    /// It asks not to look at certificates.
    #[error("`#insecure` is not supported: set `SSL_CERT_FILE` to the certificate of a private authority")]
    Insecure,
}

impl StoreAddress {
    pub(super) fn into_connection(self) -> ConnectionInfo {
        self.0
    }
}

impl FromStr for StoreAddress {
    type Err = StoreAddressError;

    fn from_str(text: &str) -> Result<Self, StoreAddressError> {
        if !text.starts_with("redis://") && !text.starts_with("rediss://") {
            return Err(StoreAddressError::Form);
        }
        let info = text.into_connection_info().map_err(|_| StoreAddressError::Form)?;
        match info.addr() {
            ConnectionAddr::Tcp(..) | ConnectionAddr::TcpTls { insecure: false, .. } => {}
            ConnectionAddr::TcpTls { .. } => return Err(StoreAddressError::Insecure),
            _ => return Err(StoreAddressError::Form),
        }
        // It says less than it takes: users who may only do what is needed may not do this.
        let settings = info.redis_settings().clone().set_skip_set_lib_name();
        let tcp = info.tcp_settings().clone().set_nodelay(true);
        Ok(Self(info.set_redis_settings(settings).set_tcp_settings(tcp)))
    }
}

impl fmt::Debug for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_managed_servers_hand_out() {
        for text in [
            "redis://127.0.0.1",
            "redis://store.example:6380/2",
            "redis://:pass@store.example",
            "rediss://user:p%40ss@store.example:6379/0",
        ] {
            let address: StoreAddress = text.parse().unwrap();
            assert_eq!(format!("{address:?}"), "StoreAddress(…)");
        }
        let address: StoreAddress = "rediss://user:p%40ss@store.example:6380/3".parse().unwrap();
        let info = address.into_connection();
        let settings = info.redis_settings();
        assert_eq!((settings.username(), settings.password()), (Some("user"), Some("p@ss")));
        assert_eq!((settings.db(), info.addr().to_string().as_str()), (3, "store.example:6380"));
    }

    #[test]
    fn refuses_everything_else_without_repeating_it() {
        for text in [
            "",
            "store.example:6379",
            "http://store.example",
            "unix:///run/redis.sock",
            "redis://",
            "redis://store.example/x",
            "redis://user:secret@store.example:port",
            "rediss://store.example#other",
        ] {
            let error = text.parse::<StoreAddress>().unwrap_err();
            assert_eq!(error, StoreAddressError::Form, "{text}");
            assert!(!error.to_string().contains("secret"));
        }
        let error = "rediss://store.example/#insecure".parse::<StoreAddress>().unwrap_err();
        assert_eq!(error, StoreAddressError::Insecure);
    }
}
