//! GitHub's name for a version of an answer, by which it can be asked whether there is a newer one.

use std::fmt;
use std::str::FromStr;

use reqwest::header::{ETAG, HeaderMap, HeaderValue};

/// The longest tag that is kept; GitHub's have 69 characters.
const MAX_CHARS: usize = 128;

/// An entity tag (RFC 9110, section 8.8.3), such as `W/"0a1b2c"`.
///
/// At GitHub it depends on the token that reads, too: to a new token the same file has another tag.
#[derive(Clone, PartialEq, Eq)]
pub struct EntityTag(HeaderValue);

/// A string that is no entity tag, or too long for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an entity tag in quotes, at most {MAX_CHARS} characters")]
pub struct EntityTagError;

impl EntityTag {
    /// The tag of an answer; none when it has none that can be sent back.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        // NOTE: by its text, not by a clone: that would keep the whole buffer which the answer was read into.
        headers.get(ETAG)?.to_str().ok()?.parse().ok()
    }

    /// The value of `if-none-match` that names this version alone.
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// The tag as GitHub writes it, quotes included.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

/// SECURITY: `*` would match every version, and a list more than one.
fn is_tag(text: &[u8]) -> bool {
    let opaque = text.strip_prefix(b"W/").unwrap_or(text);
    let inner = opaque.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let fits = |byte: &u8| byte.is_ascii_graphic() && *byte != b'"';
    text.len() <= MAX_CHARS && inner.is_some_and(|inner| inner.iter().all(fits))
}

impl FromStr for EntityTag {
    type Err = EntityTagError;

    fn from_str(text: &str) -> Result<Self, EntityTagError> {
        let value = is_tag(text.as_bytes()).then(|| HeaderValue::from_str(text).ok()).flatten();
        value.map(Self).ok_or(EntityTagError)
    }
}

impl fmt::Debug for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_quoted_text() {
        let longest = format!("\"{}\"", "x".repeat(MAX_CHARS - 2));
        for text in ["\"\"", "\"a\"", "W/\"0a1b\"", &longest] {
            assert_eq!(text.parse::<EntityTag>().unwrap().as_str(), text);
        }
        let longer = format!("\"{}\"", "x".repeat(MAX_CHARS - 1));
        for text in
            ["", "*", "a", "\"", "W/", "w/\"a\"", "\"a\", \"b\"", "\"a b\"", "\"é\"", "\"a\"\r\n", &longer]
        {
            assert!(text.parse::<EntityTag>().is_err(), "{text}");
        }
    }

    #[test]
    fn keeps_nothing_of_the_answer_but_itself() {
        let headers = HeaderMap::from_iter([(ETAG, HeaderValue::from_static("\"0a1b\""))]);
        let of = |value: &HeaderValue| value.as_bytes().as_ptr();
        let tag = EntityTag::of(&headers).unwrap();
        assert_eq!(tag.as_str(), "\"0a1b\"");
        assert_eq!(of(&headers[ETAG].clone()), of(&headers[ETAG]));
        assert_ne!(of(&tag.header()), of(&headers[ETAG]));
    }
}
