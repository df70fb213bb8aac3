//! The parts of a file that stand for themselves: its top-level keys, and the items of their lists.
//!
//! They are found by indentation alone, so that a mistake in one does not hide where the next one begins. A file that
//! is laid out in another way has fewer parts, and less of it can be read on.

use std::ops::Range;

use policy::gate::{self, GateError, GateProblem};
use policy::source::{Position, Span};

/// The parts in their order.
pub(super) struct Pieces {
    pub(super) sections: Vec<Section>,
}

/// A top-level key and its value, in lines counted from 0.
pub(super) struct Section {
    pub(super) lines: Range<usize>,
    /// The items, when it is a list with an item in each line, or several lines.
    pub(super) items: Vec<Range<usize>>,
}

impl Pieces {
    pub(super) fn of(lines: &[Vec<char>]) -> Self {
        let starts: Vec<usize> =
            lines.iter().enumerate().filter(|(_, line)| begins_section(line)).map(|(at, _)| at).collect();
        let ends = starts.iter().skip(1).copied().chain([lines.len()]);
        let section =
            |(start, end): (&usize, usize)| Section { lines: *start..end, items: items(lines, *start..end) };
        Self { sections: starts.iter().zip(ends).map(section).collect() }
    }

    /// The section with that line, counted from 1.
    pub(super) fn section(&self, number: usize) -> Option<&Section> {
        let at = number.checked_sub(1)?;
        self.sections.iter().find(|section| section.lines.contains(&at))
    }
}

impl Section {
    /// The item with that line, counted from 1.
    pub(super) fn item(&self, number: usize) -> Option<Range<usize>> {
        let at = number.checked_sub(1)?;
        self.items.iter().find(|item| item.contains(&at)).cloned()
    }
}

fn begins_section(line: &[char]) -> bool {
    let is_mark = line.starts_with(&['-', '-', '-']) || line.starts_with(&['.', '.', '.']);
    let is_inside = |first: &char| first.is_whitespace() || matches!(first, '#' | '-' | ']' | '}' | '%');
    line.first().is_some_and(|first| !is_inside(first)) && !is_mark
}

fn items(lines: &[Vec<char>], section: Range<usize>) -> Vec<Range<usize>> {
    let dash = |at: usize| {
        let line = lines.get(at)?;
        let dash = line.iter().position(|character| *character != ' ')?;
        let is_item = line.get(dash) == Some(&'-') && line.get(dash + 1).is_none_or(|next| *next == ' ');
        is_item.then_some(dash)
    };
    let inner = section.start + 1..section.end;
    let Some(indentation) = inner.clone().find_map(dash) else { return Vec::new() };
    let starts: Vec<usize> = inner.filter(|at| dash(*at) == Some(indentation)).collect();
    let ends = starts.iter().skip(1).copied().chain([section.end]);
    starts.iter().zip(ends).map(|(start, end)| *start..end).collect()
}

/// What makes these lines, read alone, no YAML; with its place in the whole.
pub(super) fn own_problem(lines: &[Vec<char>], part: &Range<usize>) -> Option<GateError> {
    let part_lines: Vec<String> = lines.get(part.clone())?.iter().map(|line| line.iter().collect()).collect();
    let error = gate::admit(&part_lines.join("\n")).err()?;
    let GateProblem::NotYaml(words) = &error.problem else { return None };
    // An anchor may stand in another part.
    if words.contains("anchor") {
        return None;
    }
    let place = |Position { line, column }: Position| {
        if line <= part_lines.len() {
            return Position { line: line + part.start, column };
        }
        // Behind the end: where the last words of the part are.
        let last = part_lines.iter().rposition(|line| !line.trim().is_empty()).unwrap_or_default();
        let column = part_lines.get(last).map_or(1, |line| line.trim_end().chars().count() + 1);
        Position { line: last + 1 + part.start, column }
    };
    let span = Span { start: place(error.span.start), end: place(error.span.end) };
    Some(GateError { span, ..error })
}
