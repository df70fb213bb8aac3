//! What was found in a policy file: by the core that reads it, or by a rule of the linter.

use policy::diagnostic::{Diagnostic, Severity};
use policy::source::Span;

/// A finding in a policy file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The stable code, such as `AT014`; [`crate::RULES`] tells more.
    pub code: &'static str,
    /// What was expected and what was found.
    pub message: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where it stands.
    pub span: Span,
}

impl From<Diagnostic> for Finding {
    fn from(diagnostic: Diagnostic) -> Self {
        let Diagnostic { severity, code, message, help, span } = diagnostic;
        Self { severity, code: code.as_str(), message, help, span }
    }
}
