//! The id by which a request is found again in the log.

use std::fmt;

use aws_lc_rs::rand;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The longest id that is taken over from a client.
const MAX_CHARS: usize = 255;

/// A request's id: a client's own where it is harmless, a random one otherwise.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub(crate) struct RequestId(String);

impl RequestId {
    pub(crate) fn of(headers: &HeaderMap, name: &HeaderName) -> Self {
        let own = headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| is_harmless(text));
        own.map_or_else(Self::random, |text| Self(text.to_owned()))
    }

    fn random() -> Self {
        let mut bytes = [0; 16];
        // The id is no secret, so that a failing source of randomness is not worth a failed request.
        let _ = rand::fill(&mut bytes);
        Self(format!("{:032x}", u128::from_be_bytes(bytes)))
    }

    /// The id as the value of a header.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

fn is_harmless(text: &str) -> bool {
    (1..=MAX_CHARS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'=' | b'-'))
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_over_harmless_ids_only() {
        let name = HeaderName::from_static("x-request-id");
        let id = |text: &str| {
            RequestId::of(&HeaderMap::from_iter([(name.clone(), text.parse().unwrap())]), &name).to_string()
        };
        assert_eq!(id("Abc_12=-"), "Abc_12=-");
        for text in ["", "a b", "a/b", "a\"b", &"x".repeat(256)] {
            assert_ne!(id(text), text);
            assert_eq!(id(text).len(), 32);
        }
    }
}
