//! Reading on in a file that the gate refuses: its problems one after the other.
//!
//! The gate stops at the first problem, as it must. For a list of all of them the part in the way is told and taken
//! out, and the rest is looked at again. What is taken out leaves everything else in its place, and nothing is put in.
//!
//! INVARIANT: this never says what a file means. Whatever is found, the file is refused, and grants nothing.

mod pieces;

use policy::diagnostic::{Code, Diagnostic};
use policy::gate::{self, GateError, GateProblem, MAX_BYTES};
use policy::source::{Position, Span};

use crate::report::plain_lines;
use pieces::{Pieces, own_problem};

/// The most problems that are gone past.
const MOST: usize = 32;
/// What a text may begin with without anybody seeing it.
const MARK: char = '\u{feff}';
/// Written into a key that is there twice, each time another one: a policy has no such key.
const RENAMED: u32 = 0xe000;

/// A file that the gate refuses, as far as it can be read.
pub(crate) struct Mended {
    /// Why the gate refuses it, in the order in which that was found.
    pub(crate) problems: Vec<Diagnostic>,
    /// What the gate admits of it, if that was reached: the same lines, some of them emptied.
    pub(crate) text: Option<String>,
    /// Keys that are there twice, and so bear a name that they do not have.
    renamed: Vec<Position>,
    /// Whether more than a key or a tag is gone, and whether `origin` is.
    has_gaps: bool,
    lacks_origin: bool,
}

impl Mended {
    /// Whether a complaint about what is left comes from what was taken out.
    pub(crate) fn is_its_own_doing(&self, diagnostic: &Diagnostic) -> bool {
        let Diagnostic { span, code, message, .. } = diagnostic;
        self.renamed.contains(&span.start)
            || (self.has_gaps && message.ends_with("found nothing"))
            || (self.lacks_origin && *code == Code::MissingKey && *span == Span::START)
    }
}

/// Goes past each problem, beginning with the first one, `refusal`.
pub(crate) fn mend(text: &str, refusal: GateError) -> Mended {
    let mut mending = Mending::new(text);
    let mut refusal = refusal;
    if text.len() > MAX_BYTES {
        mending.tell(refusal);
        return mending.mended;
    }
    if text.starts_with(MARK) {
        mending.take_out_mark();
    }
    for _ in 0..MOST {
        let text = mending.text();
        match gate::admit(&text) {
            Ok(_) => {
                mending.mended.text = Some(text);
                break;
            }
            Err(next) => refusal = next,
        }
        if !mending.go_past(refusal.clone()) {
            break;
        }
    }
    if mending.mended.problems.is_empty() {
        mending.tell(refusal);
    }
    mending.mended
}

/// The text without these sections, each given by a line of it.
pub(crate) fn without_sections(text: &str, numbers: &[usize]) -> String {
    let mut mending = Mending::new(text);
    for number in numbers {
        if let Some(section) = Pieces::of(&mending.lines).section(*number) {
            mending.empty(section.lines.clone());
        }
    }
    mending.text()
}

struct Mending {
    /// Of characters, since places are counted in them.
    lines: Vec<Vec<char>>,
    mended: Mended,
}

impl Mending {
    fn new(text: &str) -> Self {
        let lines = plain_lines(text).split('\n').map(|line| line.chars().collect()).collect();
        let mended = Mended {
            problems: Vec::new(),
            text: None,
            renamed: Vec::new(),
            has_gaps: false,
            lacks_origin: false,
        };
        Self { lines, mended }
    }

    fn text(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(|line| line.iter().collect()).collect();
        lines.join("\n")
    }

    fn tell(&mut self, problem: GateError) {
        self.mended.problems.push(problem.into());
    }

    /// Tells the problem and takes it out. False when that cannot be done, so that the rest stays unknown.
    fn go_past(&mut self, refusal: GateError) -> bool {
        let GateError { problem, span } = &refusal;
        let span = *span;
        match problem {
            GateProblem::NotYaml(_) => return self.go_past_pieces(refusal),
            GateProblem::Directive => return self.go_past_directives(),
            GateProblem::TooLarge | GateProblem::TooMuch | GateProblem::Empty | GateProblem::Ambiguous => {
                // These are of the whole file: with a part of it gone, they say nothing.
                if !self.mended.has_gaps {
                    self.tell(refusal);
                }
                return false;
            }
            _ => {}
        }
        self.tell(refusal.clone());
        match refusal.problem {
            GateProblem::DuplicateKey(_) => self.rename(span.start) || self.empty_around(span),
            GateProblem::Tag => self.take_out_tag(span.start) || self.empty_around(span),
            GateProblem::ManyDocuments => {
                self.empty(span.start.line.saturating_sub(1)..self.lines.len());
                true
            }
            _ => self.empty_around(span),
        }
    }

    /// Tells what is no YAML by itself, part by part, and empties those parts.
    fn go_past_pieces(&mut self, refusal: GateError) -> bool {
        let mut found = false;
        for section in Pieces::of(&self.lines).sections {
            if own_problem(&self.lines, &section.lines).is_none() {
                continue;
            }
            let mut is_in_item = false;
            for item in &section.items {
                if let Some(problem) = own_problem(&self.lines, item) {
                    self.tell(problem);
                    self.empty_item(item.clone());
                    is_in_item = true;
                }
            }
            if let Some(problem) = own_problem(&self.lines, &section.lines) {
                if !is_in_item {
                    self.tell(problem);
                }
                self.empty(section.lines.clone());
            }
            found = true;
        }
        // What only the parts together have, the gate's own words tell; after other problems it may come from mending.
        if !found && self.mended.problems.is_empty() {
            self.tell(refusal);
        }
        found
    }

    fn go_past_directives(&mut self) -> bool {
        for number in 0..self.lines.len() {
            let Some(line) = self.lines.get(number).filter(|line| line.first() == Some(&'%')) else {
                continue;
            };
            let place = |column| Position { line: number + 1, column };
            let span = Span { start: place(1), end: place(line.len() + 1) };
            self.tell(GateError { problem: GateProblem::Directive, span });
            self.blank(number, 0, usize::MAX);
        }
        true
    }

    fn take_out_mark(&mut self) {
        let message =
            "the file begins with a byte order mark, an invisible character that YAML readers disagree on";
        let diagnostic = Diagnostic::error(Code::NotYaml, Span::START, message);
        self.mended.problems.push(diagnostic.with_help("save it as UTF-8 without a byte order mark (BOM)"));
        if let Some(line) = self.lines.first_mut() {
            line.remove(0);
        }
    }

    /// Gives a key that is there a second time another name of the same length.
    fn rename(&mut self, Position { line, column }: Position) -> bool {
        let count = u32::try_from(self.mended.renamed.len()).unwrap_or_default();
        let Some(mark) = char::from_u32(RENAMED + count) else { return false };
        let Some(line_of_key) = line.checked_sub(1).and_then(|at| self.lines.get_mut(at)) else {
            return false;
        };
        let Some(at) = column.checked_sub(1) else { return false };
        let is_quoted = matches!(line_of_key.get(at), Some('"' | '\''));
        match line_of_key.get_mut(if is_quoted { at + 1 } else { at }) {
            Some(first) if !matches!(first, '"' | '\'' | '\\' | '&' | '!' | ':' | '?' | ' ') => *first = mark,
            _ => return false,
        }
        self.mended.renamed.push(Position { line, column });
        true
    }

    fn take_out_tag(&mut self, Position { line, column }: Position) -> bool {
        let (Some(number), Some(from)) = (line.checked_sub(1), column.checked_sub(1)) else { return false };
        let Some(rest) = self.lines.get(number).and_then(|line| line.get(from..)) else { return false };
        let Some(begin) = rest.iter().position(|character| *character == '!') else { return false };
        let is_end = |character: &char| character.is_whitespace() || matches!(character, ',' | ']' | '}');
        let length = rest.iter().skip(begin).position(is_end).unwrap_or(rest.len() - begin);
        self.blank(number, from + begin, length);
        true
    }

    /// Empties the smallest part around a place.
    fn empty_around(&mut self, span: Span) -> bool {
        let pieces = Pieces::of(&self.lines);
        let Some(section) = pieces.section(span.start.line) else { return false };
        match section.item(span.start.line) {
            Some(item) => self.empty_item(item),
            None => self.empty(section.lines.clone()),
        }
        true
    }

    fn empty(&mut self, lines: std::ops::Range<usize>) {
        for number in lines {
            let line: String = self.lines.get(number).map(|line| line.iter().collect()).unwrap_or_default();
            self.mended.lacks_origin |= line.starts_with("origin") || line.starts_with("\"origin\"");
            self.blank(number, 0, usize::MAX);
        }
        self.mended.has_gaps = true;
    }

    /// Empties an item of a list, and leaves it in the list, so that the numbers of the others stay.
    fn empty_item(&mut self, lines: std::ops::Range<usize>) {
        let first = lines.start;
        let dash = self.lines.get(first).and_then(|line| line.iter().position(|character| *character == '-'));
        self.empty(lines);
        if let Some(dash) = dash.and_then(|at| self.lines.get_mut(first)?.get_mut(at)) {
            *dash = '-';
        }
    }

    fn blank(&mut self, number: usize, from: usize, length: usize) {
        let line = self.lines.get_mut(number).into_iter().flatten();
        line.skip(from).take(length).for_each(|character| *character = ' ');
    }
}
