//! Digests, and what GitHub derives from them: ids of git objects.

use aws_lc_rs::digest;

/// The SHA-256 digest.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (target, byte) in out.iter_mut().zip(digest::digest(&digest::SHA256, bytes).as_ref()) {
        *target = *byte;
    }
    out
}

/// The id git gives an object of this kind (`blob`, `tree`, `commit`), in hexadecimal.
pub(crate) fn git_object_id(kind: &str, content: &[u8]) -> String {
    let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    context.update(format!("{kind} {}\0", content.len()).as_bytes());
    context.update(content);
    hex(context.finish().as_ref())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A number that is always the same for the same text, below 2^40 so that JavaScript keeps it exactly.
pub(crate) fn stable_id(text: &str) -> u64 {
    sha256(text.as_bytes()).iter().take(5).fold(0, |id, byte| (id << 8) | u64::from(*byte)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_has_the_id_that_git_gives_it() {
        assert_eq!(git_object_id("blob", b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
    }

    #[test]
    fn the_empty_tree_has_the_id_that_git_gives_it() {
        assert_eq!(git_object_id("tree", b""), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    }
}
