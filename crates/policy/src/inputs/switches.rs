//! The inputs that say how the step behaves: `true` or `false`, or one word of a few.

use serde::Serialize;

use super::{InputProblem, Inputs, Switches};

/// What the step does where its job can have no OIDC token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IfUnavailable {
    /// It fails, and says why.
    Fail,
    /// It succeeds without a token, and says why.
    Skip,
}

/// Reads all of them.
pub(super) fn read(inputs: &Inputs) -> Result<Switches, Vec<InputProblem>> {
    let mut problems = Vec::new();
    let mut boolean = |input, text: &str| {
        boolean(input, text).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        })
    };
    let skip_token_revoke = boolean("skip-token-revoke", &inputs.skip_token_revoke).unwrap_or(false);
    let dry_run = boolean("dry-run", &inputs.dry_run).unwrap_or(false);
    let wait_until_ready = boolean("wait-until-ready", &inputs.wait_until_ready).unwrap_or(true);
    let refresh = boolean("refresh", &inputs.refresh).unwrap_or(false);
    let if_unavailable = if_unavailable(&inputs.if_unavailable).unwrap_or_else(|problem| {
        problems.push(problem);
        IfUnavailable::Fail
    });
    if refresh && dry_run {
        problems
            .push(InputProblem::new("refresh", "a dry run has no token to refresh, found `dry-run: true`"));
    }
    if refresh && skip_token_revoke {
        let message =
            "what refreshes tokens revokes all of them when the job ends, found `skip-token-revoke: true`";
        problems.push(InputProblem::new("refresh", message).with_help("leave out one of the two"));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Switches { skip_token_revoke, dry_run, if_unavailable, wait_until_ready, refresh })
}

/// None where nothing is said.
fn boolean(input: &'static str, text: &str) -> Result<Option<bool>, InputProblem> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "false" => Ok(Some(false)),
        "true" => Ok(Some(true)),
        other => Err(unexpected(input, "`true` or `false`", other)),
    }
}

fn if_unavailable(text: &str) -> Result<IfUnavailable, InputProblem> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" | "fail" => Ok(IfUnavailable::Fail),
        "skip" => Ok(IfUnavailable::Skip),
        other => Err(unexpected("if-unavailable", "`fail` or `skip`", other)),
    }
}

fn unexpected(input: &'static str, expected: &str, found: &str) -> InputProblem {
    let shown: String = found.chars().take(40).collect();
    InputProblem::new(input, format!("expected {expected}, found `{shown}`"))
}
