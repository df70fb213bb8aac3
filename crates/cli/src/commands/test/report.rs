//! The results for people.

use preview::suite::Suite;

use crate::terminal::{WIDTH, counted, one_line, painted, wrapped};

/// Every test with what came of it.
pub(super) fn of(suites: &[Suite], is_coloured: bool) -> String {
    let paint = |code, text| painted(code, text, is_coloured);
    let mut text = String::new();
    let (mut all, mut failed) = (0, 0);
    for suite in suites {
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
    match failed {
        0 => text.push_str(&format!("{}: all as expected\n", counted(all, "test"))),
        _ => text.push_str(&format!(
            "{}: {failed} failed; `access-token explain` tells why, statement by statement\n",
            counted(all, "test")
        )),
    }
    text
}
