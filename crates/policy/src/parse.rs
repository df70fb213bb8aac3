//! From a policy's text to its meaning: lenient in the small, failing closed in the large.
//!
//! A file is invalid as a whole, and grants nothing, when it is not YAML within the limits of [`crate::gate`], is
//! no mapping, has an unknown top-level key, lacks `origin`, has the `origin` of another repository, or has a
//! top-level value of the wrong type. Inside a valid file an invalid subject, permission or statement is left out
//! on its own, and said so by a [`Diagnostic`]; the rest stays in force.

mod condition;
mod document;
mod owner;
mod permissions;
mod repository;
mod statement;

use github_types::Repository;

use crate::diagnostic::{Code, Diagnostic};
use crate::gate::{GateError, GateProblem};
use crate::model::{OwnerPolicy, RepositoryPolicy};
use crate::source::Span;

/// How a policy begins.
const BEGIN: &str = "begin with `origin: OWNER/REPOSITORY`";

/// A policy file, read.
#[derive(Debug)]
pub struct Parsed<P> {
    /// What it means; none when the file is invalid as a whole.
    pub policy: Option<P>,
    /// Everything that is wrong with it, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl<P> Parsed<P> {
    /// Something that stands in a policy's place and cannot even be read as text, such as a directory.
    pub fn unusable(reason: impl Into<String>) -> Self {
        let diagnostic = Diagnostic::error(Code::NotYaml, Span::START, reason);
        Self { policy: None, diagnostics: vec![diagnostic] }
    }
}

/// Which kind of policy a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PolicyKind {
    /// `access-token.yaml` in `OWNER/.github-access-token`.
    Owner,
    /// `.github/access-token.yaml` in a target repository.
    Repository,
}

/// Reads the owner policy that was found in the repository `found_in`.
pub fn parse_owner_policy(text: &str, found_in: &Repository) -> Parsed<OwnerPolicy> {
    document::read(text, |fields, report| owner::read(fields, found_in, report))
}

/// Reads the repository policy that was found in the repository `found_in`.
pub fn parse_repository_policy(text: &str, found_in: &Repository) -> Parsed<RepositoryPolicy> {
    document::read(text, |fields, report| repository::read(fields, found_in, report))
}

impl From<GateError> for Diagnostic {
    fn from(error: GateError) -> Self {
        let code = match error.problem {
            GateProblem::DuplicateKey(_) => Code::DuplicateKey,
            GateProblem::Empty => Code::NotAMapping,
            _ => Code::NotYaml,
        };
        let message = match &error.problem {
            GateProblem::Empty => "the file is empty: expected a policy".to_owned(),
            problem => problem.to_string(),
        };
        let help = match &error.problem {
            GateProblem::GluedOrigin(rest) => &format!("write `origin: {rest}`"),
            GateProblem::Empty => BEGIN,
            GateProblem::DuplicateKey(_) => "keep one of the two: which one counts must not be a guess",
            GateProblem::NotYaml(words) if words.split(' ').any(|word| matches!(word, "tab" | "tabs")) => {
                "indent with spaces: YAML does not allow tabs there"
            }
            GateProblem::NotYaml(_) => {
                "compare the indentation, and put texts with `*`, `{` or `[` into quotes"
            }
            GateProblem::Unprintable(_) => "remove it, and save the file as text in UTF-8",
            GateProblem::TooLarge => "write one pattern with `*` for many subjects that are alike",
            GateProblem::ManyDocuments => "keep one, without the line `---` before the other",
            GateProblem::TooDeep => "write it flatter: a policy needs five levels",
            GateProblem::TooMuch => "repeat less by aliases",
            GateProblem::ComplexKey => "write the key as a plain text",
            GateProblem::Tag => "remove the tag, the word that begins with `!`",
            GateProblem::Directive => "remove that line",
            GateProblem::Recursion => "write out what the alias stands for",
            GateProblem::Ambiguous => "write one `key: value` a line, and texts in quotes",
        };
        Self::error(code, error.span, message).with_help(help)
    }
}

#[cfg(test)]
mod tests;
