//! SARIF 2.1.0, which code scanning reads
//! (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).

use policy::diagnostic::Severity;
use policy::source::Span;
use serde::Serialize;

use super::{Report, Unread};
use crate::finding::Finding;
use crate::rules::{RULES, Rule};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What relative paths begin at, in the words of code scanning.
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    column_kind: &'static str,
    invocations: [Invocation<'a>; 1],
    results: Vec<Outcome<'a>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    name: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
struct Notification<'a> {
    level: &'static str,
    message: Words<'a>,
    locations: [Location; 1],
}

#[derive(Serialize)]
struct Words<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

/// The report as one log with one run.
///
/// # Errors
/// When `serde_json` cannot write it, which nothing in it leads to.
pub fn sarif(report: &Report) -> serde_json::Result<String> {
    let results = report
        .files
        .iter()
        .flat_map(|file| file.findings.iter().map(|finding| outcome(&file.path, finding)))
        .collect();
    let invocation = Invocation {
        execution_successful: report.unread.is_empty(),
        tool_execution_notifications: report.unread.iter().map(notification).collect(),
    };
    let driver = Driver {
        name: "access-token check",
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: RULES.iter().map(descriptor).collect(),
    };
    let run = Run {
        tool: Tool { driver },
        // The columns of places count characters.
        column_kind: "unicodeCodePoints",
        invocations: [invocation],
        results,
    };
    Ok(serde_json::to_string_pretty(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] })? + "\n")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn descriptor(rule: &Rule) -> Descriptor {
    Descriptor {
        id: rule.code,
        name: rule.name,
        short_description: Text { text: without_links(rule.summary) },
        full_description: Text { text: without_links(&format!("{} {}", rule.summary, rule.reason)) },
        help: Text { text: without_links(rule.remedy) },
        default_configuration: Configuration { level: level(rule.severity) },
    }
}

/// The links of the rules lead to pages beside `docs/rules.md`, and nowhere from here.
fn without_links(markdown: &str) -> String {
    let mut text = String::new();
    let mut rest = markdown;
    while let Some((before, (words, after))) =
        rest.split_once('[').and_then(|(before, link)| Some((before, link.split_once("](")?)))
    {
        text.push_str(before);
        text.push_str(words);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    text + rest
}

fn outcome<'a>(path: &str, finding: &'a Finding) -> Outcome<'a> {
    let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    Outcome {
        rule_id: finding.code,
        rule_index: RULES.iter().position(|rule| rule.code == finding.code),
        level: level(finding.severity),
        message: Text { text: format!("{}{help}", finding.message) },
        locations: [location(path, Some(finding.span))],
    }
}

fn notification(unread: &Unread) -> Notification<'_> {
    Notification {
        level: "error",
        message: Words { text: &unread.message },
        locations: [location(&unread.path, None)],
    }
}

fn location(path: &str, span: Option<Span>) -> Location {
    let region = span.map(|Span { start, end }| Region {
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        end_column: end.column,
    });
    Location { physical_location: Physical { artifact_location: artifact(path), region } }
}

fn artifact(path: &str) -> Artifact {
    if path.starts_with('/') {
        return Artifact { uri: format!("file://{}", encoded(path)), uri_base_id: None };
    }
    Artifact { uri: encoded(path), uri_base_id: Some(ROOT) }
}

/// A path as part of a URI (RFC 3986, section 2.3).
fn encoded(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::report::examples::report;

    #[test]
    fn tells_the_findings_with_their_places() {
        let log: Value = serde_json::from_str(&sarif(&report()).unwrap()).unwrap();
        let run = &log["runs"][0];
        let artifact = json!({"uri": "teams/a%2C%20b%3Ac/access%20token.yaml", "uriBaseId": "%SRCROOT%"});
        assert_eq!(
            run["results"],
            json!([
                {
                    "ruleId": "AT004",
                    "ruleIndex": 3,
                    "level": "error",
                    "message": {"text": "unknown key `subject`\nhelp: did you mean `subjects`?"},
                    "locations": [{"physicalLocation": {
                        "artifactLocation": artifact,
                        "region": {"startLine": 4, "startColumn": 5, "endLine": 4, "endColumn": 12},
                    }}],
                },
                {
                    "ruleId": "AT024",
                    "ruleIndex": 23,
                    "level": "warning",
                    "message": {"text": "50 % off\nand more"},
                    "locations": [{"physicalLocation": {
                        "artifactLocation": artifact,
                        "region": {"startLine": 7, "startColumn": 5, "endLine": 9, "endColumn": 20},
                    }}],
                },
            ])
        );
        assert_eq!(
            run["invocations"],
            json!([{
                "executionSuccessful": false,
                "toolExecutionNotifications": [{
                    "level": "error",
                    "message": {"text": "cannot read it: it is not there"},
                    "locations": [{"physicalLocation": {"artifactLocation": {"uri": "file:///gone.yaml"}}}],
                }],
            }])
        );
        assert_eq!(run["columnKind"], "unicodeCodePoints");
    }

    #[test]
    fn every_rule_is_described_without_links() {
        let log: Value = serde_json::from_str(&sarif(&Report::default()).unwrap()).unwrap();
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), RULES.len());
        assert_eq!(rules[7]["help"]["text"], "Take a name from the list; the message has the nearest one.");
        assert!(!log.to_string().contains("]("));
        assert_eq!(log["runs"][0]["results"], json!([]));
    }
}
