//! The answer for people.

use preview::terms;

use super::answer::{Answer, Grant, Question};
use crate::terminal::{WIDTH, counted, one_line, painted, wrapped};

/// Everything that is to be said.
pub(super) fn of(question: &Question<'_>, answer: &Answer, is_coloured: bool) -> String {
    let mut text = String::new();
    for grant in &answer.grants {
        text.push_str(&of_grant(grant, is_coloured));
        text.push('\n');
    }
    let mut remarks: Vec<String> =
        answer.may_ask.iter().map(|(owner, patterns)| may_ask(owner, patterns)).collect();
    if !answer.grants.iter().any(|grant| grant.in_force) {
        remarks.clear();
    }
    remarks.extend(answer.remarks.iter().cloned());
    for remark in &remarks {
        text.push_str(&wrapped(&format!("note: {}", one_line(remark)), WIDTH, "      "));
        text.push('\n');
    }
    if !remarks.is_empty() {
        text.push('\n');
    }
    let asked = question
        .level
        .map_or_else(|| question.permission.to_string(), |level| format!("{}: {level}", question.permission));
    let in_force = answer.grants.iter().filter(|grant| grant.in_force).count();
    match in_force {
        0 => text.push_str(&format!("nobody can have {asked}\n")),
        1 => text.push_str(&format!("{} grants {asked}\n", counted(in_force, "statement"))),
        _ => text.push_str(&format!("{} grant {asked}\n", counted(in_force, "statement"))),
    }
    text
}

fn may_ask(owner: &str, patterns: &[String]) -> String {
    match patterns {
        [] => format!("the owner policy of {owner} lets nobody ask (`allowed-subjects` is empty)"),
        patterns => format!("only these may ask {owner} at all: {}", patterns.join(", ")),
    }
}

fn of_grant(grant: &Grant, is_coloured: bool) -> String {
    let heading = one_line(&format!("{}: {} on {}", grant.permission, grant.level, grant.target));
    let mut text = painted("1", &heading, is_coloured) + "\n";
    let mut line = |word: &str, words: &str, code: Option<&str>| {
        let indent = " ".repeat(8);
        let words = wrapped(&one_line(words), WIDTH - 8, "").replace('\n', &format!("\n{indent}"));
        let shown = code.map_or_else(|| word.to_owned(), |code| painted(code, word, is_coloured));
        let space = " ".repeat(6_usize.saturating_sub(word.len()));
        text.push_str(&format!("  {shown}{space}{words}\n"));
    };
    for subject in &grant.subjects {
        line("for", subject, None);
    }
    if !grant.only.is_empty() {
        let those = format!("who is among `allowed-subjects`, by {}", grant.only.join(" or "));
        line("only", &those, None);
    }
    for subject in &grant.refused {
        line("not", &format!("{subject}, which `allowed-subjects` do not let ask"), None);
    }
    for (word, words) in terms::words(&grant.terms) {
        line(word, &words, None);
    }
    line("by", &format!("statement {} of {}:{}", grant.statement, grant.path, grant.line), None);
    let but = match (grant.in_force, grant.most, grant.stated) {
        (false, None, _) => Some("the owner policy does not let repository policies grant it".to_owned()),
        (false, Some(most), _) => {
            Some(format!("the owner policy lets repository policies grant {most} only"))
        }
        (true, _, Some(stated)) => Some(format!(
            "the statement says {stated}, and the owner policy lets only {} be granted",
            grant.level
        )),
        (true, _, None) => None,
    };
    if let Some(but) = but {
        line("but", &but, Some("1;33"));
    }
    text
}
