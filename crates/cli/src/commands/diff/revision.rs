//! Files at git revisions, read by the program `git`.

use std::io::Read as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use policy::gate::MAX_BYTES;

/// The text of a file at a revision; none if the revision does not have it.
///
/// # Errors
/// When there is no such revision, no `git`, or the file is no text.
pub(super) fn read(revision: &str, path: &str) -> anyhow::Result<Option<String>> {
    if !exists(revision, "^{commit}")? {
        bail!("`{revision}` is no git revision here: fetch it, or write a file that exists");
    }
    let object = format!("{revision}:{path}");
    if !exists(&object, "")? {
        return Ok(None);
    }
    let mut child = git(&["cat-file", "blob", &object])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot run `git`")?;
    let mut bytes = Vec::new();
    let stdout = child.stdout.take().context("cannot read from `git`")?;
    stdout.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    let status = child.wait()?;
    if bytes.len() > MAX_BYTES {
        return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
    }
    if !status.success() {
        bail!("cannot read `{object}`: it is no file");
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(_) => bail!("cannot read `{object}`: it is not UTF-8 text"),
    }
}

/// Whether this names a revision.
pub(super) fn is_one(name: &str) -> bool {
    exists(name, "^{commit}").unwrap_or(false)
}

/// The folder at the top of the checkout.
///
/// # Errors
/// When this is none.
pub(super) fn top() -> anyhow::Result<String> {
    parsed("--show-toplevel")
}

/// The current folder from the top of the checkout, with `/` at its end; nothing at the top.
///
/// # Errors
/// When this is in no checkout.
pub(super) fn folder() -> anyhow::Result<String> {
    parsed("--show-prefix")
}

fn parsed(question: &str) -> anyhow::Result<String> {
    let output = git(&["rev-parse", question]).output().context("cannot run `git`")?;
    if !output.status.success() {
        bail!("this folder is in no git checkout, so there is nothing to compare a revision with");
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches(['\r', '\n']).to_owned())
}

fn exists(object: &str, suffix: &str) -> anyhow::Result<bool> {
    // SECURITY: what begins with a hyphen would be read as an option.
    if object.starts_with('-') {
        bail!("`{object}` is no git revision");
    }
    let object = format!("{object}{suffix}");
    let status = git(&["rev-parse", "--verify", "--quiet", &object])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("cannot run `git`")?;
    Ok(status.success())
}

fn git(arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(arguments).stdin(Stdio::null());
    command
}
