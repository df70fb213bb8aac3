//! No secret is ever shown: not in the log at its most talkative, not in an answer, not by the action.
//!
//! The test starts itself as a child, which plays every scene it knows in one process and notes the secrets that it made.
//! The parent then searches everything that the child and the steps of the action printed.

mod scenes;
mod step;

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// Tells the child where to note its secrets, and in which format to log.
const NOTES: &str = "CONFORMANCE_NOTES";
const FORMAT: &str = "CONFORMANCE_LOG_FORMAT";

#[test]
fn no_secret_is_ever_shown() {
    if let (Ok(notes), Ok(format)) = (env::var(NOTES), env::var(FORMAT)) {
        scenes::play(Path::new(&notes), &format);
        return;
    }
    for format in ["json", "pretty"] {
        let notes = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("secrets-{format}.json"));
        let _ = fs::remove_file(&notes);
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "secrets::no_secret_is_ever_shown", "--nocapture"])
            .env(NOTES, &notes)
            .env(FORMAT, format)
            .output()
            .unwrap();
        let output = [child.stdout, child.stderr].concat();
        let output = String::from_utf8_lossy(&output);
        assert!(child.status.success(), "{output}");
        let secrets: Vec<String> = serde_json::from_slice(&fs::read(&notes).unwrap()).unwrap();
        fs::remove_file(&notes).unwrap();
        judge(&output, &secrets);
    }
}

fn judge(output: &str, secrets: &[String]) {
    for scene in [
        "listening",
        "granted",
        "denied",
        "refused",
        "GitHub failed",
        "was revoked",
        "access-token.exchange.granted",
        "access_token_requests_total",
        "::add-mask::",
        "::error",
    ] {
        assert!(output.contains(scene), "the scene `{scene}` was not played:\n{output}");
    }
    let masks = output.lines().filter(|line| line.starts_with("::add-mask::")).count();
    let shown = shown(output, secrets);
    println!(
        "{} secrets looked for in {} lines ({} bytes), {masks} of which are masks",
        secrets.len(),
        output.lines().count(),
        output.len()
    );
    assert!(secrets.len() > 40, "only {} secrets were made", secrets.len());
    assert!(masks >= 2, "{output}");
    assert!(shown.is_empty(), "shown:\n{}", shown.join("\n"));
}

/// The lines that show a secret, or something that looks like one; a mask is how the runner is told of a secret.
fn shown(output: &str, secrets: &[String]) -> Vec<String> {
    let lines = output.lines().filter(|line| !line.starts_with("::add-mask::"));
    let shows = |line: &str| {
        secrets.iter().any(|secret| line.contains(secret.as_str()))
            || looks_like(line, "ghs_", 20)
            || looks_like(line, "eyJ", 20)
            || line.contains("PRIVATE KEY")
    };
    lines.filter(|line| shows(line)).map(str::to_owned).collect()
}

/// Whether a word stands there that begins like this and goes on for so many characters, as tokens do.
fn looks_like(line: &str, beginning: &str, length: usize) -> bool {
    line.match_indices(beginning).any(|(place, _)| {
        let rest = line.get(place + beginning.len()..).unwrap_or_default();
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).count() >= length
    })
}

#[test]
fn a_secret_that_is_shown_is_found() {
    let secrets = ["s3cr3t-of-the-runner".to_owned()];
    for line in [
        "token s3cr3t-of-the-runner".to_owned(),
        format!("{{\"token\":\"ghs_{}\"}}", "a".repeat(36)),
        format!("Bearer eyJ{}.eyJ.x", "a".repeat(36)),
        "-----BEGIN RSA PRIVATE KEY-----".to_owned(),
    ] {
        assert_eq!(shown(&line, &secrets).len(), 1, "{line}");
    }
    assert!(shown("::add-mask::s3cr3t-of-the-runner\nghs_ is how tokens begin", &secrets).is_empty());
}
