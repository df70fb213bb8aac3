//! Workflow commands, which GitHub shows as annotations at the lines
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>).

use policy::diagnostic::Severity;
use policy::source::Span;

use super::{Report, is_steering};
use crate::finding::Finding;
use crate::rules::rule;

/// One command in a line for each finding, and for each file that was not read.
///
/// SECURITY: a line of a log that begins with `::` is a command. Line breaks and percent signs are escaped everywhere,
/// in properties also `:` and `,`, so that no text of a policy or a path can end a command or begin another one.
pub fn github(report: &Report) -> String {
    let mut text = String::new();
    for file in &report.files {
        for finding in &file.findings {
            text.push_str(&of_finding(&file.path, finding));
        }
    }
    for unread in &report.unread {
        let path = property(&unread.path);
        let message = data(&unread.message);
        text.push_str(&format!("::error file={path},title=Not checked::{message}\n"));
    }
    text
}

fn of_finding(path: &str, finding: &Finding) -> String {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let path = property(path);
    let place = place(finding.span);
    let name = rule(finding.code).map_or("", |rule| rule.name);
    let title = property(&format!("{} {name}", finding.code));
    let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let message = data(&format!("{}{help}", finding.message));
    format!("::{command} file={path},{place},title={title}::{message}\n")
}

/// The runner drops the columns of an annotation over several lines, with a complaint in the log.
fn place(Span { start, end }: Span) -> String {
    if start.line == end.line {
        format!("line={},col={},endLine={},endColumn={}", start.line, start.column, end.line, end.column)
    } else {
        format!("line={},endLine={}", start.line, end.line)
    }
}

fn data(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '%' => escaped.push_str("%25"),
            '\n' => escaped.push_str("%0A"),
            '\r' => escaped.push_str("%0D"),
            _ if is_steering(character) => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Unread;
    use crate::report::examples::report;

    #[test]
    fn a_command_for_each_finding() {
        assert_eq!(
            github(&report()),
            "\
::error file=teams/a%2C b%3Ac/access token.yaml,line=4,col=5,endLine=4,endColumn=12,title=AT004 unknown-key::unknown key `subject`%0Ahelp: did you mean `subjects`?
::warning file=teams/a%2C b%3Ac/access token.yaml,line=7,endLine=9,title=AT024 shadowed::50 %25 off%0Aand more
::error file=/gone.yaml,title=Not checked::cannot read it: it is not there
"
        );
    }

    #[test]
    fn no_text_can_begin_a_command_of_its_own() {
        let hostile = "a\r\n::set-output name=x::y\n##[warning]\u{1b}[2J\u{202e}\u{85}%0A::".to_owned();
        let unread = Unread { path: hostile.clone(), message: hostile };
        let text = github(&Report { files: Vec::new(), unread: vec![unread] });
        assert_eq!(
            text,
            "::error file=a%0D%0A%3A%3Aset-output name=x%3A%3Ay%0A##[warning]\u{fffd}[2J\u{fffd}\u{fffd}%250A%3A%3A,title=Not checked::a%0D%0A::set-output name=x::y%0A##[warning]\u{fffd}[2J\u{fffd}\u{fffd}%250A::\n"
        );
    }
}
