//! Conditional requests (RFC 9110 §13): an answer that the client already has is not sent, and costs nothing.

use crate::digest::{hex, sha256};

/// The entity tag of an answer. It depends on the credential, too: a new token sees new tags at GitHub.
pub(super) fn entity_tag(body: &[u8], credential: &str) -> String {
    let mut input = sha256(body).to_vec();
    input.extend_from_slice(credential.as_bytes());
    format!("W/\"{}\"", hex(&sha256(&input)))
}

/// Whether `if-none-match` names this tag; the comparison is the weak one.
pub(super) fn matches(header: &str, tag: &str) -> bool {
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    header.split(',').any(|one| one.trim() == "*" || strong(one) == strong(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_weakly_and_in_lists() {
        let tag = entity_tag(b"{}", "");
        assert!(matches(&tag, &tag));
        assert!(matches(tag.trim_start_matches("W/"), &tag));
        assert!(matches(&format!("\"other\", {tag}"), &tag));
        assert!(matches("*", &tag));
        assert!(!matches("\"other\"", &tag));
        assert!(!matches(tag.trim_matches(['W', '/', '"']), &tag), "a tag without quotes is none");
    }

    #[test]
    fn another_token_sees_another_tag() {
        assert_ne!(entity_tag(b"{}", "ghs_1"), entity_tag(b"{}", "ghs_2"));
    }
}
