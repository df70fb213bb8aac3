//! A policy's meaning, each part with its place.
//!
//! INVARIANT: what is in here is what the core says is in force. The places come from the gate's tree, and where the
//! two cannot be brought together, the part is left out: a rule may miss something, but never invent it.

use github_types::{Level, Permission, Repository};
use policy::gate::{Document, Node, NodeKind};
use policy::model::{AllowedSubjects, OwnerPolicy, Statement};
use policy::parse::PolicyKind;
use policy::pattern::Pattern;
use policy::source::{Position, Span};
use serde_yaml::Value;
use time::OffsetDateTime;

use crate::check::{Policy, Subject};
use crate::report::plain_lines;

/// A policy that is in force.
pub(crate) struct Outline<'a> {
    pub(crate) text: &'a str,
    pub(crate) kind: PolicyKind,
    pub(crate) origin: &'a Repository,
    pub(crate) now: Option<OffsetDateTime>,
    pub(crate) owner_policy: Option<&'a OwnerPolicy>,
    /// Of an owner policy: who may ask at all.
    pub(crate) allowed_subjects: Vec<Written<'a>>,
    pub(crate) statements: Vec<Placed<'a>>,
}

/// A statement that is in force.
pub(crate) struct Placed<'a> {
    pub(crate) meaning: &'a Statement,
    pub(crate) span: Span,
    pub(crate) subjects: Vec<Written<'a>>,
    /// Where the list of subjects stands, if it is empty.
    pub(crate) empty: Option<Span>,
    pub(crate) permissions: Vec<Granted>,
    pub(crate) claims: Vec<Condition<'a>>,
    /// Where the end of the statement stands.
    pub(crate) expires: Option<Span>,
}

/// A claim that a statement asks for, and where its name stands.
pub(crate) struct Condition<'a> {
    pub(crate) name: &'a str,
    pub(crate) span: Span,
    pub(crate) patterns: Vec<Written<'a>>,
}

/// A permission that a statement grants, and where its name stands.
#[derive(Clone, Copy)]
pub(crate) struct Granted {
    pub(crate) permission: Permission,
    pub(crate) level: Level,
    pub(crate) span: Span,
}

/// A pattern as its author wrote it.
#[derive(Clone)]
pub(crate) struct Written<'a> {
    pub(crate) text: &'a str,
    /// What it stands for.
    pub(crate) patterns: &'a [Pattern],
    pub(crate) span: Span,
    /// How many characters stand before the pattern within its span, where the source has it as it is: a quote.
    quotes: Option<usize>,
}

impl Written<'_> {
    /// The place of a part of the pattern, given in bytes; all of it where the source is written another way.
    pub(crate) fn part(&self, start: usize, length: usize) -> Span {
        let part = self.text.get(start..start + length);
        let (Some(quotes), Some(part), Some(before)) = (self.quotes, part, self.text.get(..start)) else {
            return self.span;
        };
        let Position { line, column } = self.span.start;
        let from = column + quotes + before.chars().count();
        Span {
            start: Position { line, column: from },
            end: Position { line, column: from + part.chars().count() },
        }
    }
}

/// A part of the document: what it means and where it stands.
#[derive(Clone, Copy)]
struct Part<'a> {
    value: &'a Value,
    node: &'a Node,
}

impl<'a> Part<'a> {
    fn items(self) -> Vec<Part<'a>> {
        match (self.value, &self.node.kind) {
            (Value::Sequence(values), NodeKind::Sequence(nodes)) => {
                values.iter().zip(nodes).map(|(value, node)| Part { value, node }).collect()
            }
            _ => Vec::new(),
        }
    }

    fn fields(self) -> Vec<(&'a str, Span, Part<'a>)> {
        match (self.value, &self.node.kind) {
            (Value::Mapping(values), NodeKind::Mapping(pairs)) => {
                let fields = values.iter().zip(pairs);
                fields
                    .map(|((_, value), (key, span, node))| (key.as_str(), *span, Part { value, node }))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn field(self, name: &str) -> Option<Part<'a>> {
        self.fields().into_iter().find(|(key, _, _)| *key == name).map(|(_, _, part)| part)
    }
}

impl<'a> Outline<'a> {
    /// Brings the meaning and the places together.
    pub(crate) fn new(subject: &Subject<'a>, document: &'a Document, policy: &'a Policy) -> Self {
        let top = Part { value: &document.value, node: &document.node };
        let text = plain_lines(subject.text);
        let lines: Vec<&str> = text.split('\n').collect();
        let (origin, allowed_subjects) = match policy {
            Policy::Owner(policy) => (&policy.origin, allowed_subjects(policy, top, &lines)),
            Policy::Repository(policy) => (&policy.origin, Vec::new()),
        };
        let items = top.field("statements").map_or_else(Vec::new, Part::items);
        let statements = policy.statements().list.iter();
        let placed = statements.filter_map(|statement| {
            let part = items.get(statement.number.checked_sub(1)?)?;
            Some(placed(statement, *part, &lines))
        });
        Self {
            text: subject.text,
            kind: subject.kind,
            origin,
            now: subject.now,
            owner_policy: subject.owner_policy,
            allowed_subjects,
            statements: placed.collect(),
        }
    }

    /// What the statements ask of claims.
    pub(crate) fn claims(&self) -> impl Iterator<Item = &Condition<'a>> {
        self.statements.iter().flat_map(|statement| &statement.claims)
    }

    /// Every pattern of a subject, with those of statements last.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &Written<'a>> {
        self.allowed_subjects.iter().chain(self.statements.iter().flat_map(|statement| &statement.subjects))
    }
}

fn allowed_subjects<'a>(policy: &'a OwnerPolicy, top: Part<'a>, lines: &[&str]) -> Vec<Written<'a>> {
    let AllowedSubjects::Listed { patterns, .. } = &policy.allowed_subjects else { return Vec::new() };
    let items = top.field("allowed-subjects").map_or_else(Vec::new, Part::items);
    let origin = policy.origin.to_string();
    let mut left = patterns.as_slice();
    let mut found = Vec::new();
    for item in items {
        let (Some(text), Some((first, rest))) = (item.value.as_str(), left.split_first()) else { continue };
        // Patterns that can match nothing are not in force, and were left out.
        if text.replace(policy::pattern::ORIGIN, &origin) == first.text() {
            found.push(written(text, std::slice::from_ref(first), item.node.span, lines));
            left = rest;
        }
    }
    found
}

fn placed<'a>(statement: &'a Statement, part: Part<'a>, lines: &[&str]) -> Placed<'a> {
    let mut left = statement.subjects.as_slice();
    let mut subjects = Vec::new();
    let list = part.field("subjects");
    for item in list.map_or_else(Vec::new, Part::items) {
        let (Some(text), Some((first, rest))) = (item.value.as_str(), left.split_first()) else { continue };
        if text == first.text {
            subjects.push(written(&first.text, &first.patterns, item.node.span, lines));
            left = rest;
        }
    }
    let entries = part.field("permissions").map_or_else(Vec::new, Part::fields);
    let permissions = entries.into_iter().filter_map(|(key, span, _)| {
        let permission: Permission = key.parse().ok()?;
        let level = *statement.permissions.get(&permission)?;
        Some(Granted { permission, level, span })
    });
    Placed {
        meaning: statement,
        span: part.node.span,
        subjects,
        empty: list.filter(|list| list.items().is_empty()).map(|list| list.node.span),
        permissions: permissions.collect(),
        claims: conditions(statement, part, lines),
        expires: part.field("expires").map(|value| value.node.span),
    }
}

fn conditions<'a>(statement: &'a Statement, part: Part<'a>, lines: &[&str]) -> Vec<Condition<'a>> {
    let fields = part.field("claims").map_or_else(Vec::new, Part::fields).into_iter();
    let condition = |(name, span, part): (&'a str, Span, Part<'a>)| {
        let items = match part.items() {
            items if items.is_empty() => vec![part],
            items => items,
        };
        let patterns = items.into_iter().zip(statement.claims.get(name)?);
        let patterns = patterns.filter_map(|(item, pattern)| {
            Some(written(item.value.as_str()?, std::slice::from_ref(pattern), item.node.span, lines))
        });
        Some(Condition { name, span, patterns: patterns.collect() })
    };
    fields.filter_map(condition).collect()
}

fn written<'a>(text: &'a str, patterns: &'a [Pattern], span: Span, lines: &[&str]) -> Written<'a> {
    let source = (span.start.line == span.end.line)
        .then(|| lines.get(span.start.line.saturating_sub(1)))
        .flatten()
        .map(|line| {
            let length = span.end.column.saturating_sub(span.start.column);
            line.chars().skip(span.start.column.saturating_sub(1)).take(length).collect::<String>()
        });
    let quotes = source.and_then(|source| {
        let quoted = |quote: char| source.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        match source.as_str() {
            plain if plain == text => Some(0),
            _ if quoted('"').or_else(|| quoted('\'')) == Some(text) => Some(1),
            _ => None,
        }
    });
    Written { text, patterns, span, quotes }
}
