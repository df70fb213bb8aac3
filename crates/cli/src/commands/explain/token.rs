//! The claims of an OIDC token, read and not verified.

use std::fs::File;
use std::io::Read;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// No token is longer.
const LONGEST: u64 = 64 * 1024;

/// The payload of the token in a file, or of the one on standard input if the file is `-`.
///
/// SECURITY: nothing of the token gets into an error, and neither does what may be one.
///
/// # Errors
/// When there is no token to read, or something else.
pub(super) fn read(file: &str) -> anyhow::Result<Map<String, Value>> {
    if file != "-" && looks_like_a_token(file) {
        bail!(
            "--token: expected `-` or a file, found what looks like a token: on the command line it stays in the \
             shell's history, and other users of the machine see it; write it to standard input: \
             `--token - < FILE`"
        );
    }
    let text = if file == "-" {
        limited(std::io::stdin()).context("--token: cannot read standard input")?
    } else {
        let reading = || format!("--token: cannot read `{file}`");
        limited(File::open(file).with_context(reading)?).with_context(reading)?
    };
    payload(&text)
}

fn limited(source: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    source.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// The header of every JSON Web Token begins with `{"`.
fn looks_like_a_token(text: &str) -> bool {
    const LONGEST_PATH: usize = 200;
    text.contains("eyJ") || text.len() > LONGEST_PATH
}

fn payload(text: &str) -> anyhow::Result<Map<String, Value>> {
    let token = text.trim();
    let token = token.strip_prefix("Bearer ").unwrap_or(token);
    let parts: Vec<&str> = token.split('.').collect();
    let [_, payload, _] = parts.as_slice() else {
        bail!("--token: expected three parts with dots between, found {}", parts.len());
    };
    let Ok(payload) = URL_SAFE_NO_PAD.decode(payload) else { bail!("--token: its payload is not Base64") };
    match serde_json::from_slice(&payload) {
        Ok(Value::Object(claims)) => Ok(claims),
        _ => bail!("--token: its payload is not a JSON object"),
    }
}
