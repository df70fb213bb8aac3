//! A document's fields, each with its place, and the report of what is wrong with them.

use serde_yaml::Value;

use super::{BEGIN, Parsed};
use crate::diagnostic::{Code, Diagnostic};
use crate::gate::{self, Node, NodeKind};
use crate::nearest;
use crate::source::Span;

/// Collects what is wrong.
#[derive(Debug, Default)]
pub(super) struct Report {
    diagnostics: Vec<Diagnostic>,
    untold: usize,
    /// Something is wrong that makes the file invalid as a whole.
    pub(super) is_fatal: bool,
}

/// The most problems that are told of one file; more are counted.
const MOST: usize = 200;

impl Report {
    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        self.add_lazily(|| diagnostic);
    }

    /// The same for a diagnostic that costs something to make.
    pub(super) fn add_lazily(&mut self, diagnostic: impl FnOnce() -> Diagnostic) {
        if self.diagnostics.len() < MOST {
            self.diagnostics.push(diagnostic());
        } else {
            self.untold += 1;
        }
    }

    fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        if let (Some(last), 1..) = (self.diagnostics.last(), self.untold) {
            let message = format!("and {} more problems", self.untold);
            self.diagnostics.push(Diagnostic::error(last.code, last.span, message));
        }
        self.diagnostics
    }

    pub(super) fn fatal(&mut self, diagnostic: Diagnostic) {
        self.is_fatal = true;
        self.add(diagnostic);
    }
}

/// A value and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Located<'a> {
    pub(super) value: &'a Value,
    pub(super) node: &'a Node,
}

/// A key, where it stands, and its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) key: &'a str,
    pub(super) key_span: Span,
    pub(super) value: Located<'a>,
}

impl<'a> Located<'a> {
    pub(super) fn span(self) -> Span {
        self.node.span
    }

    /// The items, when this is a list.
    pub(super) fn items(self) -> Option<impl Iterator<Item = Located<'a>>> {
        match (self.value, &self.node.kind) {
            (Value::Sequence(values), NodeKind::Sequence(nodes)) => {
                Some(values.iter().zip(nodes).map(|(value, node)| Located { value, node }))
            }
            _ => None,
        }
    }

    /// The fields in the order of the text, when this is a mapping.
    pub(super) fn fields(self) -> Option<Vec<Field<'a>>> {
        match (self.value, &self.node.kind) {
            (Value::Mapping(values), NodeKind::Mapping(pairs)) => {
                let fields = values.iter().zip(pairs).map(|((_, value), (key, key_span, node))| Field {
                    key,
                    key_span: *key_span,
                    value: Located { value, node },
                });
                Some(fields.collect())
            }
            _ => None,
        }
    }

    /// The text, when this is a string.
    pub(super) fn text(self) -> Option<&'a str> {
        self.value.as_str()
    }

    pub(super) fn is_null(self) -> bool {
        self.value.is_null()
    }

    /// What this is, for a message.
    pub(super) fn kind(self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
            Value::Tagged(_) => "a tagged value",
        }
    }

    /// The complaint that this is not what was expected.
    pub(super) fn wrong_type(self, name: &str, expected: &str) -> Diagnostic {
        let message = format!("`{name}` must be {expected}, found {}", self.kind());
        Diagnostic::error(Code::WrongType, self.span(), message)
    }
}

/// The field of that name, unless it is absent or `null`.
pub(super) fn optional<'a>(fields: &[Field<'a>], key: &str) -> Option<Located<'a>> {
    fields.iter().find(|field| field.key == key).map(|field| field.value).filter(|value| !value.is_null())
}

/// The complaint about a key that is not among the known ones.
pub(super) fn unknown_key(field: &Field<'_>, known: &[&'static str]) -> Diagnostic {
    let shown: String = field.key.chars().take(60).collect();
    let diagnostic = Diagnostic::error(Code::UnknownKey, field.key_span, format!("unknown key `{shown}`"));
    diagnostic.with_help(match nearest(field.key, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None => {
            let expected = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            format!("the keys here are {expected}")
        }
    })
}

/// Reads a document whose top level is a mapping.
pub(super) fn read<P>(text: &str, policy: impl FnOnce(&[Field<'_>], &mut Report) -> Option<P>) -> Parsed<P> {
    let document = match gate::admit(text) {
        Ok(document) => document,
        Err(error) => return Parsed { policy: None, diagnostics: vec![error.into()] },
    };
    let top = Located { value: &document.value, node: &document.node };
    let mut report = Report::default();
    let policy = if let Some(fields) = top.fields() {
        policy(&fields, &mut report)
    } else {
        let message = format!("expected a mapping with `origin` and `statements`, found {}", top.kind());
        report.fatal(Diagnostic::error(Code::NotAMapping, top.span(), message).with_help(BEGIN));
        None
    };
    Parsed { policy: policy.filter(|_| !report.is_fatal), diagnostics: report.into_diagnostics() }
}
