//! Places in a policy file, for messages that point.

use saphyr_parser::Marker;

/// A place in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Position {
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1, in characters.
    pub column: usize,
}

/// A stretch of a text; `end` is the first place after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Span {
    /// Where it begins.
    pub start: Position,
    /// The first place behind it.
    pub end: Position,
}

impl Position {
    /// The very beginning of a text.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl From<Marker> for Position {
    fn from(marker: Marker) -> Self {
        Self { line: marker.line(), column: marker.col() + 1 }
    }
}

impl Span {
    /// The stretch without length at the beginning of a text, for what concerns the file as a whole.
    pub const START: Self = Self { start: Position::START, end: Position::START };

    /// The stretch without length at that place.
    pub fn at(place: Position) -> Self {
        Self { start: place, end: place }
    }
}

impl From<saphyr_parser::Span> for Span {
    fn from(span: saphyr_parser::Span) -> Self {
        Self { start: span.start.into(), end: span.end.into() }
    }
}
