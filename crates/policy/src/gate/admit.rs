//! One pass over a document's events, which ends at the first limit.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};

use super::tree::{Document, Node, Size};
use super::{MAX_BYTES, MAX_DEPTH, MAX_EXPANDED_BYTES, MAX_NODES};
use crate::source::{Position, Span};

/// Why a document does not pass, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct GateError {
    /// What is wrong.
    pub problem: GateProblem,
    /// Where.
    pub span: Span,
}

/// What the gate refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GateProblem {
    /// Larger than the limit.
    #[error("larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// Not YAML; the parser's own words.
    #[error("not YAML: {0}")]
    NotYaml(String),
    /// A character that no text has, such as U+0000.
    #[error("not YAML: U+{0:04X} is not printable")]
    Unprintable(u32),
    /// `origin:` without a blank behind it, which makes it a text; what stands there instead.
    #[error("not YAML: `origin:` needs a blank behind its colon")]
    GluedOrigin(String),
    /// Nothing but white space and comments.
    #[error("empty")]
    Empty,
    /// A second document in the stream.
    #[error("more than one YAML document")]
    ManyDocuments,
    /// Nested too deep.
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Too many parts, or too much text.
    #[error("more than {MAX_NODES} values or {MAX_EXPANDED_BYTES} bytes of text once aliases are expanded")]
    TooMuch,
    /// The same key twice in one mapping.
    #[error("duplicate key `{0}`")]
    DuplicateKey(String),
    /// A key that is a list, a mapping or an alias.
    #[error("a key is not a plain value")]
    ComplexKey,
    /// A tag such as `!!binary`.
    #[error("tags are not supported")]
    Tag,
    /// A line such as `%TAG`.
    #[error("directives are not supported: no line may begin with `%`")]
    Directive,
    /// An alias of something that is not complete.
    #[error("an alias refers to something that contains it")]
    Recursion,
    /// Two parsers see different documents.
    #[error("ambiguous YAML: write it more plainly")]
    Ambiguous,
}

/// Reads a document that keeps within the limits.
///
/// # Errors
/// [`GateError`] with the first problem and its place. Takes time in proportion to the text.
pub fn admit(text: &str) -> Result<Document, GateError> {
    read(text).map_err(|error| nearer(text, error))
}

/// The parts of a text that keeps within the limits, by one reader alone: for an author's own input, where nothing depends on
/// what a number or a word such as `on` means.
///
/// # Errors
/// [`GateError`] with the first problem and its place. Takes time in proportion to the text.
pub fn outline(text: &str) -> Result<Node, GateError> {
    parts(text).map_err(|error| nearer(text, error))
}

fn read(text: &str) -> Result<Document, GateError> {
    let node = parts(text)?;
    let value: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| {
        let place = error.location().map_or(Position::START, |at| place_after(text, at.index()));
        GateProblem::NotYaml(plain(&error.to_string())).at(Span::at(place))
    })?;
    if node.agrees_with(&value) {
        Ok(Document { value, node })
    } else {
        Err(GateProblem::Ambiguous.at(node.span))
    }
}

fn parts(text: &str) -> Result<Node, GateError> {
    if text.len() > MAX_BYTES {
        return Err(GateProblem::TooLarge.at(Span::START));
    }
    // A directive's cost grows with the square of their number, and no policy needs one.
    if text.lines().any(|line| line.starts_with('%')) {
        return Err(GateProblem::Directive.at(Span::START));
    }
    Builder::default().build(text)
}

/// The problem that the parser does not see as such, where its own words lead astray.
fn nearer(text: &str, error: GateError) -> GateError {
    let GateProblem::NotYaml(words) = &error.problem else { return error };
    if words == "recursion limit exceeded" {
        return GateProblem::TooDeep.at(error.span);
    }
    let is_unprintable =
        |(_, character): &(usize, char)| character.is_control() && !"\t\n\r\u{85}".contains(*character);
    if let Some((at, character)) = text.char_indices().find(is_unprintable) {
        let place = place_after(text, at);
        return GateProblem::Unprintable(character.into()).at(Span::at(place));
    }
    for (at, line) in (1..).zip(text.lines()) {
        let Some(rest) = line.strip_prefix("origin:").filter(|rest| !rest.is_empty()) else { continue };
        if !rest.starts_with(char::is_whitespace) {
            let place = |column| Position { line: at, column };
            let span = Span { start: place(1), end: place("origin:".len() + 1) };
            return GateProblem::GluedOrigin(rest.chars().take(140).collect()).at(span);
        }
    }
    error
}

/// The place after so many bytes. `serde_yaml` counts lines as YAML 1.1 does, where they end at U+0085, U+2028 and
/// U+2029 as well: neither the other reader nor an editor does that.
fn place_after(text: &str, bytes: usize) -> Position {
    let mut place = Position::START;
    let mut before =
        text.char_indices().take_while(|(at, _)| *at < bytes).map(|(_, character)| character).peekable();
    while let Some(character) = before.next() {
        let ends_line = character == '\n' || (character == '\r' && before.peek() != Some(&'\n'));
        place = match ends_line {
            true => Position { line: place.line + 1, column: 1 },
            false => Position { column: place.column + 1, ..place },
        };
    }
    place
}

/// A parser's message without the place at its end, which the span already tells.
fn plain(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

impl GateProblem {
    fn at(self, span: Span) -> GateError {
        GateError { problem: self, span }
    }
}

impl From<ScanError> for GateError {
    fn from(error: ScanError) -> Self {
        GateProblem::NotYaml(error.info().to_owned()).at(Span::at((*error.marker()).into()))
    }
}

/// A collection that is still open.
struct Open {
    span: Span,
    anchor: usize,
    kind: OpenKind,
}

enum OpenKind {
    Sequence(Vec<Node>),
    Mapping { pairs: Vec<(String, Span, Node)>, seen: HashSet<String>, key: Option<(String, Span)> },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    /// Of all that has been placed so far.
    nodes: usize,
    bytes: usize,
    documents: usize,
    root: Option<Node>,
}

impl Builder {
    fn build(mut self, text: &str) -> Result<Node, GateError> {
        for event in Parser::new_from_str(text) {
            let (event, span) = event?;
            self.take(event, span.into())?;
        }
        self.root.ok_or_else(|| GateProblem::Empty.at(Span::START))
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), GateError> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(GateProblem::ManyDocuments.at(span));
                }
            }
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, Some(_))
            | Event::MappingStart(_, Some(_)) => return Err(GateProblem::Tag.at(span)),
            Event::Scalar(text, style, anchor, None) => {
                self.scalar(&text, style == ScalarStyle::Plain, anchor, span)?;
            }
            Event::SequenceStart(anchor, None) => {
                self.open(span, anchor, OpenKind::Sequence(Vec::new()))?;
            }
            Event::MappingStart(anchor, None) => {
                let kind = OpenKind::Mapping { pairs: Vec::new(), seen: HashSet::new(), key: None };
                self.open(span, anchor, kind)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(anchor) => self.expand(anchor, span)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, is_plain: bool, anchor: usize, span: Span) -> Result<(), GateError> {
        self.count(Size::scalar(text.len()), span)?;
        let node = Node::scalar(span, text, is_plain);
        let Some(OpenKind::Mapping { seen, key: key @ None, .. }) = self.innermost() else {
            return self.place(node, anchor);
        };
        if !seen.insert(text.to_owned()) {
            return Err(GateProblem::DuplicateKey(text.chars().take(80).collect()).at(span));
        }
        *key = Some((text.to_owned(), span));
        // A key may carry an anchor, too, to be repeated as a value.
        self.remember(anchor, &node);
        Ok(())
    }

    fn open(&mut self, span: Span, anchor: usize, kind: OpenKind) -> Result<(), GateError> {
        self.refuse_as_key(span)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(GateProblem::TooDeep.at(span));
        }
        self.count(Size::scalar(0), span)?;
        self.open.push(Open { span, anchor, kind });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), GateError> {
        let Some(Open { span, anchor, kind }) = self.open.pop() else { return Ok(()) };
        let span = Span { start: span.start, end: end.end };
        let node = match kind {
            OpenKind::Sequence(nodes) => Node::sequence(span, nodes),
            OpenKind::Mapping { pairs, .. } => Node::mapping(span, pairs),
        };
        self.place(node, anchor)
    }

    fn expand(&mut self, anchor: usize, span: Span) -> Result<(), GateError> {
        self.refuse_as_key(span)?;
        let Some(target) = self.anchors.get(&anchor).cloned() else {
            return Err(GateProblem::Recursion.at(span));
        };
        if self.open.len() + target.size.depth > MAX_DEPTH {
            return Err(GateProblem::TooDeep.at(span));
        }
        // Counted before it is copied, so that no copy is made past the limit.
        self.count(target.size, span)?;
        self.place(Node { span, ..Node::clone(&target) }, 0)
    }

    /// Puts a finished part where it belongs.
    fn place(&mut self, node: Node, anchor: usize) -> Result<(), GateError> {
        self.remember(anchor, &node);
        match self.innermost() {
            None => self.root = Some(node),
            Some(OpenKind::Sequence(nodes)) => nodes.push(node),
            Some(OpenKind::Mapping { pairs, key, .. }) => match key.take() {
                Some((text, span)) => pairs.push((text, span, node)),
                None => return Err(GateProblem::ComplexKey.at(node.span)),
            },
        }
        Ok(())
    }

    fn innermost(&mut self) -> Option<&mut OpenKind> {
        self.open.last_mut().map(|open| &mut open.kind)
    }

    fn refuse_as_key(&mut self, span: Span) -> Result<(), GateError> {
        match self.innermost() {
            Some(OpenKind::Mapping { key: None, .. }) => Err(GateProblem::ComplexKey.at(span)),
            _ => Ok(()),
        }
    }

    fn remember(&mut self, anchor: usize, node: &Node) {
        // The parser numbers anchors from 1; 0 says that there is none.
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::new(node.clone()));
        }
    }

    fn count(&mut self, size: Size, span: Span) -> Result<(), GateError> {
        self.nodes += size.nodes;
        self.bytes += size.bytes;
        if self.nodes > MAX_NODES || self.bytes > MAX_EXPANDED_BYTES {
            return Err(GateProblem::TooMuch.at(span));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::NodeKind;

    fn problem(text: &str) -> GateProblem {
        admit(text).unwrap_err().problem
    }

    #[test]
    fn remembers_where_everything_stands() {
        let document = admit("origin: octo-org/website\nstatements:\n  - subjects: [a, b]\n").unwrap();
        let NodeKind::Mapping(pairs) = &document.node.kind else { panic!() };
        let (key, span, value) = &pairs[1];
        assert_eq!(key, "statements");
        assert_eq!((span.start.line, span.start.column), (2, 1));
        assert_eq!((value.span.start.line, value.span.start.column), (3, 3));
        assert_eq!(pairs[0].2.span.start, Position { line: 1, column: 9 });
        assert_eq!(pairs[0].2.span.end, Position { line: 1, column: 25 });
    }

    #[test]
    fn counts_lines_as_editors_do() {
        let place = |text| {
            let error = admit(text).unwrap_err();
            assert!(matches!(error.problem, GateProblem::NotYaml(_)), "{error:?}");
            (error.span.start.line, error.span.start.column)
        };
        assert_eq!(place("a: b\n- c\u{85}d\n"), place("a: b\n- c_d\n"));
        // Found by fuzzing, where it was in a sixth line.
        assert_eq!(place("---\n# c\nstats:\n  - repo:a:b\u{85}.c"), (4, 16));
        assert_eq!(place("a: b\r\nc: d\re: f\u{2028}.g"), (3, 8));
    }

    #[test]
    fn tells_a_cause_that_the_parser_does_not_name() {
        let told = |text: &str| {
            let GateError { problem, span } = admit(text).unwrap_err();
            (problem, (span.start.line, span.start.column))
        };
        assert_eq!(told("a: b\nc: \"x\0y\""), (GateProblem::Unprintable(0), (2, 6)));
        assert_eq!(told("a: \u{1b}[1m"), (GateProblem::Unprintable(0x1b), (1, 4)));
        assert_eq!(told("a: b\u{85}\nc: \u{9b}x"), (GateProblem::Unprintable(0x9b), (2, 4)));
        let glued = || GateProblem::GluedOrigin("octo-org/x".into());
        assert_eq!(told("# c\norigin:octo-org/x\nstatements:\n"), (glued(), (2, 1)));
        for text in ["origin: x\n- y", "origin:\n- [y\n", "the-origin:x\na: b"] {
            assert!(matches!(told(text).0, GateProblem::NotYaml(_)), "{text}");
        }
    }

    #[test]
    fn refuses_what_hides_meaning() {
        assert_eq!(problem("a: 1\nb: 2\na: 3"), GateProblem::DuplicateKey("a".into()));
        assert_eq!(problem("x: {\"a\": 1, a: 2}"), GateProblem::DuplicateKey("a".into()));
        assert_eq!(problem("a: !!binary aGk="), GateProblem::Tag);
        assert_eq!(problem("? [a]\n: b"), GateProblem::ComplexKey);
        assert_eq!(problem("a: &x b\n*x : c"), GateProblem::ComplexKey);
        assert_eq!(problem("a: 1\n---\na: 2"), GateProblem::ManyDocuments);
        assert_eq!(problem("# nothing\n"), GateProblem::Empty);
        assert_eq!(problem("%YAML 1.2\n---\na: b"), GateProblem::Directive);
        // The two readers take these apart in different ways.
        assert_eq!(problem("{&a: b}"), GateProblem::Ambiguous);
        assert_eq!(problem("\u{85}? a: \\"), GateProblem::Ambiguous);
        assert!(matches!(problem("a: [1"), GateProblem::NotYaml(_)));
    }

    #[test]
    fn bounds_size_depth_and_expansion() {
        assert_eq!(problem(&"x".repeat(MAX_BYTES + 1)), GateProblem::TooLarge);
        assert_eq!(problem(&"[".repeat(33)), GateProblem::TooDeep);
        // The parser has a limit of its own, which ends this one first.
        assert_eq!(problem(&"{a: ".repeat(10_000)), GateProblem::TooDeep);
        assert!(admit(&format!("{}{}", "[".repeat(32), "]".repeat(32))).is_ok());
        assert_eq!(problem(&format!("[{}]", "a,".repeat(20_000))), GateProblem::TooMuch);

        let laughs = (1..9).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, n| {
            let alias = format!("*a{}", n - 1);
            text + &format!("a{n}: &a{n} [{}]\n", vec![alias; 9].join(","))
        });
        assert_eq!(problem(&laughs), GateProblem::TooMuch);

        let large = format!("a: &a {}\nb: [{}]", "x".repeat(32_000), "*a,".repeat(4_000));
        assert_eq!(problem(&large), GateProblem::TooMuch);
        assert_eq!(problem("a: &a [*a]"), GateProblem::Recursion);
    }

    #[test]
    fn every_limit_is_the_last_that_passes() {
        assert!(admit(&"x".repeat(102_400)).is_ok());
        assert_eq!(problem(&"x".repeat(102_401)), GateProblem::TooLarge);
        // The list itself counts, too.
        assert!(admit(&format!("[{}]", "a,".repeat(19_999))).is_ok());
        assert_eq!(problem(&format!("[{}]", "a,".repeat(20_000))), GateProblem::TooMuch);
        // Three keys of a byte, eight times 50,000, and the rest.
        let expanded = |rest: usize| {
            format!("a: &a {}\nb: [{}]\nc: {}", "x".repeat(50_000), "*a,".repeat(7), "y".repeat(rest))
        };
        assert!(admit(&expanded(409_600 - 400_003)).is_ok());
        assert_eq!(problem(&expanded(409_600 - 400_002)), GateProblem::TooMuch);
    }

    #[test]
    fn an_alias_counts_as_what_it_repeats_and_stands_where_it_is_written() {
        let document = admit("a: &a [xx, {yyy: z}]\nb: *a\n").unwrap();
        assert_eq!(document.node.size, Size { nodes: 13, bytes: 14, depth: 3 });
        let NodeKind::Mapping(pairs) = &document.node.kind else { panic!() };
        assert_eq!(pairs[1].2.kind, pairs[0].2.kind);
        assert_eq!(pairs[1].2.span.start, Position { line: 2, column: 4 });
        assert_eq!(pairs[1].2.span.end, Position { line: 2, column: 6 });
    }

    #[test]
    fn an_anchor_of_a_key_can_be_repeated_as_a_value() {
        let document = admit("&x a: 1\nb: *x\n").unwrap();
        assert_eq!(document.value["b"], serde_yaml::Value::from("a"));
    }

    #[test]
    fn an_alias_nests_as_deep_as_what_it_repeats() {
        let deep = format!("a: &a {}{}\n", "[".repeat(20), "]".repeat(20));
        assert!(admit(&format!("{deep}b: {}*a{}", "[".repeat(11), "]".repeat(11))).is_ok());
        assert_eq!(
            problem(&format!("{deep}b: {}*a{}", "[".repeat(12), "]".repeat(12))),
            GateProblem::TooDeep
        );
    }
}
