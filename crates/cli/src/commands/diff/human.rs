//! The changes for people at a terminal.

use policy::parse::PolicyKind;
use policy::review::{Change, Direction, Risk};
use preview::comparison::{Comparison, words};

use crate::terminal::{WIDTH, one_line, painted, wrapped};

/// Everything that is to be said of all comparisons.
pub(super) fn of(comparisons: &[Comparison], is_coloured: bool) -> String {
    comparisons.iter().map(|comparison| one(comparison, is_coloured)).collect::<Vec<_>>().join("\n")
}

fn one(comparison: &Comparison, is_coloured: bool) -> String {
    let paint = |code, text| painted(code, text, is_coloured);
    let kind = match comparison.kind {
        PolicyKind::Owner => "owner policy",
        PolicyKind::Repository => "repository policy",
    };
    let (old, new) = (one_line(&comparison.old), one_line(&comparison.new));
    let mut text = wrapped(&format!("{old} → {new} ({kind})"), WIDTH, "  ") + "\n";
    for remark in &comparison.remarks {
        text.push_str(&wrapped(&format!("  note: {}", one_line(remark)), WIDTH, "        "));
        text.push('\n');
    }
    let changes: Vec<&Change> = comparison.review.changes.iter().collect();
    for (direction, heading, code) in
        [(Direction::Widens, "Widens", "1;31"), (Direction::Narrows, "Narrows", "1;32")]
    {
        let mut some = changes.iter().filter(|change| change.direction == direction).peekable();
        if some.peek().is_some() {
            text.push_str(&format!("\n{}\n", paint(code, heading)));
        }
        for change in some {
            let risk = words::risk(change.risk);
            let shown = if change.risk == Risk::High { paint("1", risk) } else { risk.to_owned() };
            let space = " ".repeat(8_usize.saturating_sub(risk.len()));
            text.push_str(&format!(
                "  {shown}{space}{}\n",
                wrapped(&words::what(change), WIDTH - 10, "          ")
            ));
            for (word, detail) in words::details(change) {
                let line = format!("          {word:<8}{detail}");
                text.push_str(&wrapped_after(&line, 18));
            }
        }
    }
    text.push_str(&format!("\n{}\n", words::sum(&changes)));
    text
}

/// The line, broken where it is too wide; its first `keep` characters stay.
fn wrapped_after(line: &str, keep: usize) -> String {
    let start: String = line.chars().take(keep).collect();
    let rest: String = line.chars().skip(keep).collect();
    let indent = " ".repeat(keep);
    let rest = wrapped(&rest, WIDTH - keep, "").replace('\n', &format!("\n{indent}"));
    format!("{start}{rest}\n")
}
