//! From the fields of a policy to a text that somebody might have written.

use serde_json::{Map, Value};

use super::random::Random;

/// Writes the fields as JSON or as YAML, sometimes with something in it that makes the file invalid.
pub(super) fn write(random: &mut Random, mistakes: u32, fields: Map<String, Value>) -> String {
    let tree = Value::Object(fields);
    let mut text = match random.below(3) {
        0 => tree.to_string(),
        1 => format!("---\n# who may\n{}", serde_yaml::to_string(&tree).unwrap_or_default()),
        _ => serde_yaml::to_string(&tree).unwrap_or_default(),
    };
    if random.chance(mistakes) {
        spoil(random, &mut text);
    }
    text
}

fn spoil(random: &mut Random, text: &mut String) {
    match random.below(12) {
        0 => text.clear(),
        1 => text.truncate(somewhere(random, text)),
        2 => text.push_str("\norigin: octo-org/website\n"),
        3 => text.push_str("\n---\nx: y\n"),
        4 => *text = text.replace("contents", "!!str contents"),
        5 => *text = text.replace("statements", "? [statements]\n"),
        6 => text.push_str("\nstatements: *nowhere\n"),
        7 => text.push_str(&format!("\n# {}", "x".repeat(102_400))),
        8 => text.insert_str(0, &"[".repeat(40 + random.place(100))),
        9 => *text = text.replace("origin", "Origin"),
        10 => text.push_str("\n\t- x"),
        _ => {
            let place = somewhere(random, text);
            text.insert(
                place,
                *random.pick(&['{', ']', '&', '*', '!', '"', '\'', ':', '\n', '-', '#', '|', '%']),
            );
        }
    }
}

/// The start of one of the text's characters; zero for an empty text.
fn somewhere(random: &mut Random, text: &str) -> usize {
    let place = random.place(text.chars().count());
    text.char_indices().nth(place).map_or(0, |(start, _)| start)
}
