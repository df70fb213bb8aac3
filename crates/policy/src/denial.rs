//! A denial in words, as far as the caller may know.

use github_types::RepositorySelection;

use crate::caller::Caller;
use crate::decide::OWNER_POLICY_REPOSITORY;
use crate::decision::{Denial, Issue, Reason};
use crate::request::TokenRequest;

/// What a caller is told of a denial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What stands in the way: the real issues, or the same few for every reason.
    pub issues: Vec<Issue>,
    /// The text for people: the issues by target, then the caller's effective subjects.
    pub message: String,
}

impl Denial {
    /// What `caller` may know.
    ///
    /// SECURITY: a caller of another owner is told only what it asked for itself, so that every reason, from "no
    /// such owner" to a refusal by a policy, makes the same text. What is wrong inside the owner policy is told to
    /// the repository that holds it alone.
    pub fn told_to(&self, caller: &Caller, request: &TokenRequest) -> Told {
        let issues = if caller.is_of(&request.owner) { self.issues.clone() } else { anonymous(request) };
        let message = message(&issues, caller);
        Told { issues, message }
    }
}

/// One issue for every permission on every target: exactly what was asked for.
fn anonymous(request: &TokenRequest) -> Vec<Issue> {
    let targets = match &request.repositories {
        RepositorySelection::All => vec![None],
        RepositorySelection::Listed(list) => list.iter().map(Some).collect(),
    };
    let issue = |target: Option<_>, permission| Issue {
        owner: request.owner.clone(),
        repository: target,
        permission: Some(permission),
        reason: Reason::NotAuthorized,
    };
    targets
        .into_iter()
        .flat_map(|target| {
            request.permissions.iter().map(move |permission| issue(target.cloned(), permission))
        })
        .collect()
}

fn message(issues: &[Issue], caller: &Caller) -> String {
    let mut text = String::from("Issues:\n");
    let mut last = None;
    for issue in issues {
        let target = issue.target();
        if last.as_ref() != Some(&target) {
            text.push_str(&format!("- {target}:\n"));
        }
        last = Some(target);
        match issue.permission {
            Some((permission, level)) => {
                text.push_str(&format!("  - {permission}: {level} - {}\n", issue.reason));
            }
            None => text.push_str(&format!("  - {}\n", one_line(&issue.reason.to_string()))),
        }
        for problem in visible_problems(issue, caller) {
            text.push_str(&format!("    - {problem}\n"));
        }
    }
    text.push_str("Effective OIDC token subjects:");
    for subject in caller.subjects() {
        text.push_str(&format!("\n- {}", one_line(subject)));
    }
    text
}

fn visible_problems<'a>(issue: &'a Issue, caller: &Caller) -> &'a [String] {
    match &issue.reason {
        Reason::RepositoryPolicyInvalid { problems } => problems,
        Reason::OwnerPolicyInvalid { problems }
            if caller.repository().name().as_str().eq_ignore_ascii_case(OWNER_POLICY_REPOSITORY) =>
        {
            problems
        }
        _ => &[],
    }
}

/// A text from a token as one line: a control character in it could end the line or steer a terminal.
pub(crate) fn one_line(text: &str) -> String {
    let breaks = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    text.chars().map(|character| if breaks(character) { '\u{fffd}' } else { character }).collect()
}
