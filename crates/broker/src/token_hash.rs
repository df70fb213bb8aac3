//! The name by which a token may be spoken of.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use github_app::InstallationToken;

/// The token's hash as GitHub's audit log has it: base64 of the raw SHA-256 bytes.
pub(crate) fn token_hash(token: &InstallationToken) -> String {
    STANDARD.encode(digest(&SHA256, token.secret().expose().as_bytes()))
}
