//! What the core finds while it reads a file: `policy::diagnostic::Code`.

use policy::diagnostic::Severity;

use super::Rule;

pub(super) const NOT_YAML: Rule = Rule {
    code: "AT001",
    name: "not-yaml",
    severity: Severity::Error,
    summary: "The file is not YAML within the limits, or cannot be read as text.",
    reason: "Nobody can say what it means, so it grants nothing.",
    remedy: "Correct the place; most often it is the indentation, a tab, or a text that needs quotes.",
    check: None,
};

pub(super) const NOT_A_MAPPING: Rule = Rule {
    code: "AT002",
    name: "not-a-mapping",
    severity: Severity::Error,
    summary: "The file is empty or not a mapping.",
    reason: "It grants nothing.",
    remedy: "Begin with `origin: OWNER/REPOSITORY`.",
    check: None,
};

pub(super) const DUPLICATE_KEY: Rule = Rule {
    code: "AT003",
    name: "duplicate-key",
    severity: Severity::Error,
    summary: "A key, or a permission in two spellings, appears twice.",
    reason: "Which of the two counts would be a guess.",
    remedy: "Keep one of the two.",
    check: None,
};

pub(super) const UNKNOWN_KEY: Rule = Rule {
    code: "AT004",
    name: "unknown-key",
    severity: Severity::Error,
    summary: "A key that does not exist here.",
    reason: "It may be a condition that was misspelled; without it the statement would be wider than meant, so it grants nothing.",
    remedy: "Correct or remove it.",
    check: None,
};

pub(super) const MISSING_KEY: Rule = Rule {
    code: "AT005",
    name: "missing-key",
    severity: Severity::Error,
    summary: "A required key is missing.",
    reason: "A policy needs `origin`, a statement needs `subjects` and `permissions`.",
    remedy: "Add it.",
    check: None,
};

pub(super) const WRONG_TYPE: Rule = Rule {
    code: "AT006",
    name: "wrong-type",
    severity: Severity::Error,
    summary: "A value has the wrong type.",
    reason: "What it means cannot be told.",
    remedy: "Write what the message names; put a space after a colon, `- ` before each entry of a list, and quotes around texts that look like something else.",
    check: None,
};

pub(super) const WRONG_ORIGIN: Rule = Rule {
    code: "AT007",
    name: "wrong-origin",
    severity: Severity::Error,
    summary: "`origin` is not the repository that holds the file.",
    reason: "A copied or forked file must grant nothing until somebody there says so.",
    remedy: "Write the repository's own name, if it shall grant what stands in the file.",
    check: None,
};

pub(super) const UNKNOWN_PERMISSION: Rule = Rule {
    code: "AT008",
    name: "unknown-permission",
    severity: Severity::Error,
    summary: "A permission that GitHub does not have.",
    reason: "It is left out.",
    remedy: "Take a name from the [list](permissions.md); the message has the nearest one.",
    check: None,
};

pub(super) const UNKNOWN_LEVEL: Rule = Rule {
    code: "AT009",
    name: "unknown-level",
    severity: Severity::Error,
    summary: "A level that the permission does not have.",
    reason: "The entry is left out.",
    remedy: "Take a level from the [list](permissions.md).",
    check: None,
};

pub(super) const OWNER_PERMISSION: Rule = Rule {
    code: "AT010",
    name: "owner-permission",
    severity: Severity::Error,
    summary: "A permission beyond repositories where only those of repositories can be.",
    reason: "A repository cannot speak for its organization.",
    remedy: "Grant it by a statement of the owner policy.",
    check: None,
};

pub(super) const VOID_PATTERN: Rule = Rule {
    code: "AT011",
    name: "void-pattern",
    severity: Severity::Error,
    summary: "A pattern that can match nothing.",
    reason: "A wildcard in the place of a key would match more than its author sees, so such a pattern is void.",
    remedy: "Write the key, such as `ref`, or end with `:**` for any claims that follow.",
    check: None,
};

pub(super) const BAD_CONDITION: Rule = Rule {
    code: "AT012",
    name: "bad-condition",
    severity: Severity::Error,
    summary: "A condition (`claims`, `repositories`, `expires`) that cannot be understood.",
    reason: "Without the condition the statement would be wider than meant, so it grants nothing.",
    remedy: "Correct what the message names.",
    check: None,
};

pub(super) const TOO_COMPLEX: Rule = Rule {
    code: "AT013",
    name: "too-complex",
    severity: Severity::Error,
    summary: "The patterns are too costly to be matched together.",
    reason: "Matching them would take too long, so the file grants nothing.",
    remedy: "Write fewer wildcards; for several `?` one `*`, for `**` an `*` in each value.",
    check: None,
};
