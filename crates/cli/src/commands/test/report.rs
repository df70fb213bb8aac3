//! The results for people.

use super::Results;
use crate::terminal::{WIDTH, counted, one_line, painted, wrapped};

/// Every test with what came of it.
pub(super) fn of(results: &Results, is_coloured: bool) -> String {
    let paint = |code, text| painted(code, text, is_coloured);
    let mut text = String::new();
    let (mut all, mut failed) = (0, 0);
    for suite in &results.suites {
        text.push_str(&format!("{}\n", one_line(&suite.path)));
        for assumed in &suite.assumed {
            text.push_str(&format!("{}\n", wrapped(&format!("  note: {assumed}"), WIDTH, "        ")));
        }
        for trial in &suite.trials {
            all += 1;
            let name = wrapped(&one_line(&trial.name), WIDTH - 10, "          ");
            let Some(problem) = &trial.problem else {
                text.push_str(&format!("  {}      {name}\n", paint("32", "ok")));
                continue;
            };
            failed += 1;
            text.push_str(&format!("  {}  {name}\n", paint("1;31", "FAILED")));
            for line in problem {
                text.push_str(&format!(
                    "          {}\n",
                    wrapped(&one_line(line), WIDTH - 10, "            ")
                ));
            }
        }
        text.push('\n');
    }
    let unusable = match results.unusable.len() {
        0 => String::new(),
        count => format!("; {} could not be run", counted(count, "file")),
    };
    let sum = match failed {
        0 => format!("{}: all as expected{unusable}", counted(all, "test")),
        _ => format!(
            "{}: {failed} failed{unusable}; `access-token explain` tells why, statement by statement",
            counted(all, "test")
        ),
    };
    text.push_str(&wrapped(&sum, WIDTH, "  "));
    text.push('\n');
    text
}
