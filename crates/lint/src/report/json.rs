//! JSON for programs; `docs/check.md` tells the shape.

use policy::diagnostic::Severity;

use super::{CheckedFile, Report, Unread};

/// Counts up when a field changes its meaning or goes away; new fields may come at any time.
const VERSION: u32 = 1;

#[derive(serde::Serialize)]
struct Document<'a> {
    version: u32,
    errors: usize,
    warnings: usize,
    files: &'a [CheckedFile],
    unread: &'a [Unread],
}

/// The whole report as one document.
///
/// # Errors
/// When `serde_json` cannot write it, which nothing in it leads to.
pub fn json(report: &Report) -> serde_json::Result<String> {
    let document = Document {
        version: VERSION,
        errors: report.count(Severity::Error),
        warnings: report.count(Severity::Warning),
        files: &report.files,
        unread: &report.unread,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::report::examples::report;

    #[test]
    fn tells_everything() {
        let document: Value = serde_json::from_str(&super::json(&report()).unwrap()).unwrap();
        assert_eq!(
            document,
            json!({
                "version": 1,
                "errors": 1,
                "warnings": 1,
                "files": [{
                    "path": "teams/a, b:c/access token.yaml",
                    "kind": "repository",
                    "repository": "octo-org/website",
                    "valid": true,
                    "statements": 2,
                    "statements_in_force": 1,
                    "findings": [
                        {
                            "severity": "error",
                            "code": "AT004",
                            "message": "unknown key `subject`",
                            "help": "did you mean `subjects`?",
                            "span": {"start": {"line": 4, "column": 5}, "end": {"line": 4, "column": 12}},
                        },
                        {
                            "severity": "warning",
                            "code": "AT024",
                            "message": "50 % off\nand more",
                            "span": {"start": {"line": 7, "column": 5}, "end": {"line": 9, "column": 20}},
                        },
                    ],
                }],
                "unread": [{"path": "/gone.yaml", "message": "cannot read it: it is not there"}],
            })
        );
    }
}
