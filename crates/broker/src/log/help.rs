//! What to do about a connection that failed for a reason that only who runs the broker can mend.

use std::error::Error;

const AUTHORITY: &str = "no authority that is trusted here vouches for the server: put the certificate of its authority into the file \
                         that SSL_CERT_FILE names, together with all others that are needed, and restart";
const CERTIFICATE: &str = "the server's certificate is not good for this name at this time: see to the certificate, the URL and the clock";
const PROXY: &str = "the proxy makes no connection: see to HTTPS_PROXY, or name the host in NO_PROXY";

/// The advice for an error, if there is any.
pub(crate) fn help(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(wrong)) = carried(error).downcast_ref() {
            return Some(match wrong {
                rustls::CertificateError::UnknownIssuer => AUTHORITY,
                _ => CERTIFICATE,
            });
        }
        // The type of this error is not public; these words begin all of its kind.
        if error.to_string().starts_with("tunnel error") {
            return Some(PROXY);
        }
        cause = error.source();
    }
    None
}

/// What an error of input or output carries, which `source` leaves out; it may be another one of these.
fn carried<'a>(mut error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    while let Some(inner) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        error = inner;
    }
    error
}

#[cfg(test)]
mod tests {
    use rustls::CertificateError;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("GitHub is unavailable")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn knows_a_certificate_below_other_errors() {
        for (wrong, advice) in
            [(CertificateError::UnknownIssuer, AUTHORITY), (CertificateError::Expired, CERTIFICATE)]
        {
            let error = std::io::Error::other(rustls::Error::InvalidCertificate(wrong));
            assert_eq!(help(&Outer(std::io::Error::other(error))), Some(advice));
        }
        assert_eq!(help(&Outer(std::io::Error::other("no route"))), None);
    }
}
