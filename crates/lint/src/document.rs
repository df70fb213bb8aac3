//! The page on the rules, `docs/rules.md`.

use policy::diagnostic::Severity;

use crate::rules::{RULES, Rule};

const HEAD: &str = "\
# Rules of `access-token check`

The codes are stable. An **error** means that the entry, or the whole file, is not in force; a **warning**, that it is in force and
probably not what its author means. This page is made from the list of rules in `crates/lint/src/rules.rs`:
`cargo run -q -p lint --example rules > docs/rules.md`.

| code | name | severity | what is found |
| --- | --- | --- | --- |
";

/// The page in Markdown.
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    for rule in RULES {
        let Rule { code, name, summary, .. } = rule;
        page.push_str(&format!("| `{code}` | `{name}` | {} | {summary} |\n", severity(rule)));
    }
    for Rule { code, name, summary, reason, remedy, .. } in RULES {
        page.push_str(&format!("\n## {code} {name}\n\n{summary}\n\n{reason}\n\n{remedy}\n"));
    }
    page
}

fn severity(rule: &Rule) -> &'static str {
    match rule.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
