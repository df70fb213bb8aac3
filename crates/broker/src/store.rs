//! What instances of the broker share: a server that speaks the Redis protocol.
//!
//! No decision rests on it, and nobody waits for it long. Whoever asks it must go on without an answer.
//!
//! SECURITY: tokens, OIDC tokens and keys never go there, and what comes from there is believed no more than a
//! neighbour's word.

mod address;
mod health;
mod seal;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use github_app::AppId;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind};
use tokio::time::timeout;

pub(crate) use self::address::{StoreAddress, StoreAddressError};
use self::health::Health;
pub(crate) use self::seal::Seal;
use crate::failure::Failure;
use crate::settings::StoreFailure;

/// How long one call may take. In a network of one's own it takes less than a thousandth of a second.
const CALL_LIMIT: Duration = Duration::from_millis(500);
/// How long connecting may take, with TLS and a password. Calls do not wait for it longer than for anything else.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// What a client waits when it is not served without the store.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// What is asked of the store.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    /// Whether it is there.
    Connect,
    /// Reserve an OIDC token.
    Reserve,
    /// Say what became of a reservation.
    Settle,
    /// Count a request.
    Count,
    /// Read the text of a policy.
    ReadPolicy,
    /// Leave the text of a policy for others.
    WritePolicy,
}

impl Operation {
    fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Reserve => "reserve",
            Self::Settle => "settle",
            Self::Count => "count",
            Self::ReadPolicy => "read_policy",
            Self::WritePolicy => "write_policy",
        }
    }
}

/// The store did not do what it was asked, or it is not known whether it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Away;

/// The shared store.
pub(crate) struct Store {
    client: Client,
    /// INVARIANT: held for moments only, never while anything is awaited.
    connection: Mutex<ConnectionManager>,
    health: Health,
    prefix: String,
    on_failure: StoreFailure,
}

impl Store {
    /// Connects in the background.
    ///
    /// # Errors
    /// When the address cannot be used at all; a server that is away is none.
    pub(crate) fn new(
        address: StoreAddress,
        app: &AppId,
        on_failure: StoreFailure,
    ) -> Result<Arc<Self>, StoreAddressError> {
        let client = Client::open(address.into_connection()).map_err(|_| StoreAddressError::Form)?;
        let connection = Mutex::new(connect(&client).map_err(|_| StoreAddressError::Form)?);
        // Brokers of several Apps may share a server.
        let prefix = format!("access-token:{app}");
        let store = Arc::new(Self { client, connection, health: Health::default(), prefix, on_failure });
        let first = Arc::clone(&store);
        tokio::spawn(async move { first.call::<()>(Operation::Connect, &redis::cmd("PING")).await });
        Ok(store)
    }

    /// The key of something that these bytes name.
    pub(crate) fn key(&self, kind: &str, name: &[u8]) -> String {
        format!("{}:{kind}:{}", self.prefix, hexadecimal(name))
    }

    /// Has a command done, unless that takes too long or has failed too often of late.
    pub(crate) async fn call<T: FromRedisValue>(
        &self,
        operation: Operation,
        command: &Cmd,
    ) -> Result<T, Away> {
        let mut patience = health::PATIENCE;
        let outcome = if self.health.admits() {
            let mut connection = self.connection();
            match timeout(CALL_LIMIT, command.query_async(&mut connection)).await {
                Ok(Ok(value)) => {
                    self.health.succeeded();
                    return Ok(value);
                }
                Ok(Err(error)) => {
                    // A replica reads on, so that its failures need never be many in a row. And by now the name may
                    // stand for the server that takes what is written.
                    if error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly) {
                        patience = 1;
                    }
                    Some(reason(&error))
                }
                Err(_) => Some("no answer in time".to_owned()),
            }
        } else {
            None
        };
        metrics::counter!("access_token_store_failures_total", "operation" => operation.as_str())
            .increment(1);
        if outcome.is_some_and(|reason| self.health.failed(operation.as_str(), &reason, patience)) {
            self.reconnect();
        }
        Err(Away)
    }

    /// What becomes of a request that the store was not there for.
    pub(crate) fn go_without(&self) -> Result<(), Failure> {
        match self.on_failure {
            StoreFailure::Open => Ok(()),
            StoreFailure::Closed => {
                Err(Failure::Unavailable("what the broker remembers requests in is unavailable", RETRY_AFTER))
            }
        }
    }

    fn connection(&self) -> ConnectionManager {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins anew: what answers nothing need not be closed, and a name may stand for another server by now.
    fn reconnect(&self) {
        if let Ok(connection) = connect(&self.client) {
            *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = connection;
        }
    }
}

/// Bytes as a word.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn connect(client: &Client) -> Result<ConnectionManager, RedisError> {
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(0)
        .set_connection_timeout(Some(CONNECT_LIMIT))
        .set_response_timeout(Some(CALL_LIMIT));
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}

/// What went wrong.
///
/// SECURITY: the words of a server are left out. They may repeat what it was told, and that has the password in it.
fn reason(error: &RedisError) -> String {
    match error.code() {
        Some(code) => format!("the server says {code}"),
        None if error.is_io_error() => error.to_string(),
        None => error.category().to_owned(),
    }
}

#[cfg(test)]
mod tests;
