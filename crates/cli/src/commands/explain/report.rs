//! A decision in words.

mod steps;

use std::fmt::Write as _;

use github_types::Claims;
use policy::decision::{GrantedBy, Issue, Reason};
use policy::hint::of_denial;
use policy::scenario::{Scenario, Verdict};
use serde_json::Value;

use super::explanation::Explanation;
use super::situation::Situation;
use crate::terminal::{WIDTH, one_line, painted, wrapped};

/// The heading under which the core's hint lists the subjects, which stand here already.
const SUBJECTS_OF_HINT: &str = "This job counts as:";

/// The decision, its reasons, who the caller is, and what was assumed.
pub(super) fn of(explanation: &Explanation, situation: &Situation, is_coloured: bool) -> String {
    let verdict = &explanation.verdict;
    let claim = |name: &str| situation.scenario.claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let caller = one_line(claim("repository"));
    let mut report = Report { text: String::new(), is_coloured };
    match verdict {
        Verdict::Denied { effective_subjects, .. } if !explanation.needs.is_empty() => {
            report.undecided(&caller, &explanation.needs);
            report.policies(explanation);
            report.section("Effective subjects of the caller", effective_subjects);
        }
        Verdict::Granted { owner, repositories, by, effective_subjects, .. } => {
            let target = target(owner.as_str(), &serde_json::json!(repositories));
            report.verdict(Colour::Green, "Granted", &format!("{caller} gets a token for {target}"));
            report.section("By", &by.iter().map(granted_by).collect::<Vec<_>>());
            report.policies(explanation);
            report.section("Effective subjects of the caller", effective_subjects);
        }
        Verdict::Denied { denied, effective_subjects } => {
            report.verdict(
                Colour::Red,
                "Denied",
                &format!("{caller} gets no token (the broker answers 403)"),
            );
            report.section("Because", &denied.iter().map(issue).collect::<Vec<_>>());
            report.policies(explanation);
            report.section("Effective subjects of the caller", effective_subjects);
            report.hint(verdict, situation);
            if denied
                .iter()
                .any(|issue| !issue.owner.as_str().eq_ignore_ascii_case(claim("repository_owner")))
            {
                let note =
                    "the caller is of another owner, so the broker tells it no more than `Not authorized`";
                report.section("Note", &[note]);
            }
        }
        // A wrong argument, refused before there is anything to report.
        Verdict::BadRequest { .. } => return String::new(),
        Verdict::Unauthenticated { unauthenticated } => {
            report.verdict(
                Colour::Red,
                "Unknown caller",
                "the claims do not say who asks (the broker answers 401)",
            );
            report.section("Because", &[unauthenticated]);
            let next = "give claims as tokens of GitHub have them, with `repository`, `repository_owner` and `sub` at \
                        least; flags such as --repository and --claim NAME=VALUE say others";
            report.section("What to do", &[next]);
        }
    }
    report.section("Policies with problems", &situation.policies.remarks);
    report.section("Assumed", &situation.assumed);
    report.text
}

fn target(owner: &str, repositories: &Value) -> String {
    match repositories.as_array() {
        None => format!("all repositories of {owner}"),
        Some(names) => {
            let names = names.iter().filter_map(Value::as_str).map(|name| format!("{owner}/{name}"));
            names.collect::<Vec<_>>().join(", ")
        }
    }
}

fn granted_by(by: &GrantedBy) -> String {
    let target = by.repository.as_ref().map(|name| format!(" on {name}")).unwrap_or_default();
    let description = by.description.as_ref().map(|words| format!(" ({words})")).unwrap_or_default();
    format!(
        "{}: {}{target}\nstatement {} of {}{description}\npattern {}\nmatches {}",
        by.permission, by.level, by.statement, by.policy, by.pattern, by.subject
    )
}

fn issue(issue: &Issue) -> String {
    let permission = issue.permission.map(|(name, level)| format!("{name}: {level} - ")).unwrap_or_default();
    let mut text = format!("{}: {permission}{} ({})", issue.target(), issue.reason, issue.reason.code());
    if let Reason::OwnerPolicyInvalid { problems } | Reason::RepositoryPolicyInvalid { problems } =
        &issue.reason
    {
        for problem in problems {
            text.push('\n');
            text.push_str(problem);
        }
    }
    text
}

/// What the core advises on a refusal, from the same words that the action prints.
fn hint(verdict: &Verdict, situation: &Situation) -> Option<String> {
    let Verdict::Denied { denied, .. } = verdict else { return None };
    let Scenario { request, claims, .. } = &situation.scenario;
    let claims = Claims::new(claims).ok();
    let hint = of_denial(request, &serde_json::json!({ "issues": denied }), claims.as_ref())?;
    let sections = hint.split("\n\n").filter(|section| !section.starts_with(SUBJECTS_OF_HINT));
    Some(sections.map(rewrapped).collect::<Vec<_>>().join("\n\n")).filter(|hint| !hint.is_empty())
}

/// The section in lines of the width here. What is indented is to be pasted and stays as it is.
fn rewrapped(section: &str) -> String {
    if section.lines().any(|line| line.starts_with(' ')) {
        return section.to_owned();
    }
    wrapped(&section.replace('\n', " "), WIDTH - 2, "")
}

#[derive(Clone, Copy)]
enum Colour {
    Green,
    Red,
    Yellow,
}

struct Report {
    text: String,
    is_coloured: bool,
}

impl Report {
    fn verdict(&mut self, colour: Colour, word: &str, explanation: &str) {
        let code = match colour {
            Colour::Green => "1;32",
            Colour::Red => "1;31",
            Colour::Yellow => "1;33",
        };
        let word = self.painted(code, &format!("{word}:"));
        // Writing to a string cannot fail.
        let _ =
            writeln!(self.text, "{word} {}", wrapped(explanation, WIDTH - "Unknown caller: ".len(), "  "));
    }

    fn undecided(&mut self, caller: &str, needs: &[String]) {
        let those = needs.join(", ");
        let explanation = format!("whether {caller} gets a token depends on policies that were not given");
        self.verdict(Colour::Yellow, "Undecided", &explanation);
        let are = if needs.len() == 1 { "the policy of" } else { "the policies of" };
        self.section("It needs", &[format!("{are} {those}")]);
        let next = "give them with --checkout, --owner-policy or --repository-policy; where there is none, \
                    --without-policy NAME says so, and the broker refuses";
        self.section("What to do", &[next]);
    }

    /// The policies, statement by statement.
    fn policies(&mut self, explanation: &Explanation) {
        for walk in &explanation.walks {
            self.section(&one_line(&steps::heading(walk)), &steps::items(walk));
        }
    }

    /// A heading and items; nothing at all without items. Lines of an item after its first are indented.
    fn section(&mut self, heading: &str, items: &[impl AsRef<str>]) {
        if items.is_empty() {
            return;
        }
        let heading = self.painted("1", heading);
        let _ = writeln!(self.text, "\n{heading}");
        for item in items {
            let lines: Vec<String> = item.as_ref().split('\n').map(one_line).collect();
            let _ = writeln!(self.text, "  {}", wrapped(&lines.join("\n"), WIDTH - 2, "    "));
        }
    }

    fn hint(&mut self, verdict: &Verdict, situation: &Situation) {
        let Some(hint) = hint(verdict, situation) else { return };
        let heading = self.painted("1", "What to do");
        let _ = writeln!(self.text, "\n{heading}");
        for line in hint.split('\n') {
            let line = one_line(line);
            let _ = writeln!(self.text, "{}", format!("  {line}").trim_end());
        }
    }

    fn painted(&self, code: &str, text: &str) -> String {
        painted(code, text, self.is_coloured)
    }
}
