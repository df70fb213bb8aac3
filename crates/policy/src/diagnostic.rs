//! What is wrong in a policy file, where, and what to do about it.

use std::fmt;

use crate::source::Span;

/// A finding in a policy file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of finding it is.
    pub code: Code,
    /// What was expected and what was found.
    pub message: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The entry is in force, but probably not what its author means.
    Warning,
    /// The entry, or the whole file, is not in force.
    Error,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)+) => {
        /// The kinds of findings; their codes are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $name,)+
        }

        impl Code {
            /// The stable code.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }
        }
    };
}

codes! {
    /// The file is not YAML within the limits.
    NotYaml = "AT001",
    /// The file is not a mapping.
    NotAMapping = "AT002",
    /// A key appears twice.
    DuplicateKey = "AT003",
    /// A key that the format does not have.
    UnknownKey = "AT004",
    /// A required key is missing.
    MissingKey = "AT005",
    /// A value has the wrong type.
    WrongType = "AT006",
    /// `origin` is not this repository.
    WrongOrigin = "AT007",
    /// A permission that GitHub does not have.
    UnknownPermission = "AT008",
    /// A level that the permission does not have.
    UnknownLevel = "AT009",
    /// An owner permission where only repository permissions can be.
    OwnerPermission = "AT010",
    /// A subject pattern that can match nothing.
    VoidPattern = "AT011",
    /// An additional condition that cannot be read.
    BadCondition = "AT012",
    /// The patterns are too costly to be matched together.
    TooComplex = "AT013",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), help: None, span }
    }

    /// The same with the next step.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
