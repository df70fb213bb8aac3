//! The results as `JUnit` XML, which continuous integration reads.
//!
//! There is no one description of this form. Written is what the stricter ones ask for, such as Maven Surefire's and
//! that of Jenkins' xUnit plugin; so each part has a time, although no decision takes one that would tell something.
//!
//! Its few elements are written here: the crates for it bring a clock and an XML parser into the broker's binary.

use preview::suite::Suite;

use super::Results;
use crate::terminal::one_line;

/// The whole document.
pub(super) fn of(Results { suites, unusable }: &Results) -> String {
    let count = |suite: &Suite| (suite.trials.len(), suite.failures());
    let total = suites.iter().map(count).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    text.push_str(&format!(
        "<testsuites name=\"access-token\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"0\">\n",
        total.0 + unusable.len(),
        total.1,
        unusable.len()
    ));
    for suite in suites {
        let name = escaped(&suite.path);
        text.push_str(&format!(
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\" time=\"0\">\n",
            suite.trials.len(),
            suite.failures()
        ));
        for trial in &suite.trials {
            let start =
                format!("    <testcase name=\"{}\" classname=\"{name}\" time=\"0\"", escaped(&trial.name));
            match &trial.problem {
                None => text.push_str(&format!("{start}/>\n")),
                Some(lines) => {
                    let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
                    let message = lines.first().map(String::as_str).unwrap_or_default();
                    text.push_str(&format!(
                        "{start}>\n      <failure type=\"unexpected-decision\" message=\"{message}\">{}</failure>\n    </testcase>\n",
                        lines.join("\n")
                    ));
                }
            }
        }
        text.push_str("  </testsuite>\n");
    }
    // A file that cannot be run counts as a test that could not be done, since programs look at tests only.
    for (path, reason) in unusable {
        let (name, reason) = (escaped(path), escaped(reason));
        text.push_str(&format!(
            "  <testsuite name=\"{name}\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0\">\n    \
             <testcase name=\"the file can be run\" classname=\"{name}\" time=\"0\">\n      \
             <error type=\"unusable-file\" message=\"{reason}\">{reason}</error>\n    </testcase>\n  </testsuite>\n"
        ));
    }
    text.push_str("</testsuites>\n");
    text
}

/// For an attribute or a text. XML has no way to write most control characters; they are replaced before.
fn escaped(text: &str) -> String {
    let plain = one_line(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_becomes_an_element() {
        assert_eq!(escaped("<a b=\"&\u{1b}\u{ffff}\">"), "&lt;a b=&quot;&amp;\u{fffd}\u{fffd}&quot;&gt;");
    }
}
