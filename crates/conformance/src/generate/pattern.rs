//! Subject patterns: the caller's own subjects, bent.

use super::World;
use super::random::Random;

/// A pattern that matches the caller often, and often nearly; `home` is the policy's repository.
pub(super) fn subject(random: &mut Random, world: &World, home: &str) -> String {
    let mut pattern = random.one_of(&world.subjects).cloned().unwrap_or_default();
    for _ in 0..random.below(3) {
        pattern = bend(random, pattern, home);
    }
    if random.chance(3 + world.mistakes) { strange(random) } else { pattern }
}

/// One change that an author might make, on purpose or not.
fn bend(random: &mut Random, pattern: String, home: &str) -> String {
    let mut segments: Vec<String> = pattern.split(':').map(str::to_owned).collect();
    let value = 2 * random.place(segments.len() / 2 + 1) + 1;
    match random.below(14) {
        0 | 1 => segments.get_mut(value).into_iter().for_each(|segment| "*".clone_into(segment)),
        2 => segments.get_mut(value).into_iter().for_each(|segment| "**".clone_into(segment)),
        3 | 4 => {
            if let Some(segment) = segments.get_mut(value) {
                *segment = cover(random, segment);
            }
        }
        5 => {
            segments.truncate(2);
            segments.push("**".to_owned());
        }
        6 => {
            let kept = 1 + random.place(segments.len());
            segments.truncate(kept);
            segments.push((*random.pick(&["**", "*", "***", "?"])).to_owned());
        }
        7 => return change_case(random, &pattern),
        8 => return pattern.replace(home, "${origin}"),
        9 => {
            let prefix = format!("repo:{home}:");
            let rest = pattern.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(&prefix));
            return rest.and(pattern.get(prefix.len()..)).unwrap_or(&pattern).to_owned();
        }
        10 => return pattern.replace(&format!("_ref:{home}/"), "_ref:/"),
        11 => return edit(random, &pattern),
        12 => {
            let key = 2 * random.place(segments.len() / 2);
            if let Some(segment) = segments.get_mut(key) {
                *segment = cover(random, segment);
            }
        }
        _ => return pattern,
    }
    segments.join(":")
}

/// Puts a wildcard in place of a part.
fn cover(random: &mut Random, segment: &str) -> String {
    let characters: Vec<char> = segment.chars().collect();
    let from = random.place(characters.len() + 1);
    let to = from + random.place(characters.len() - from + 1);
    let wildcard = match random.below(4) {
        0 => "?".repeat(to - from),
        1 => "**".to_owned(),
        _ => "*".to_owned(),
    };
    let start: String = characters.iter().take(from).collect();
    let end: String = characters.iter().skip(to).collect();
    format!("{start}{wildcard}{end}")
}

fn change_case(random: &mut Random, pattern: &str) -> String {
    match random.below(4) {
        0 => pattern.to_uppercase(),
        1 => pattern.to_lowercase(),
        _ => {
            let place = random.place(pattern.len());
            let flip = |c: char| {
                if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
            };
            pattern.chars().enumerate().map(|(at, c)| if at == place { flip(c) } else { c }).collect()
        }
    }
}

/// One character more, less, or another.
fn edit(random: &mut Random, pattern: &str) -> String {
    let mut characters: Vec<char> = pattern.chars().collect();
    let place = random.place(characters.len());
    let new = *random.pick(&['*', '?', ':', '/', '@', 'a', 'M', '{', '[', '\\', ',', '!', 'ü', '\u{212a}']);
    match random.below(3) {
        0 => characters.insert(place, new),
        1 => drop((!characters.is_empty()).then(|| characters.remove(place))),
        _ => characters.get_mut(place).into_iter().for_each(|character| *character = new),
    }
    characters.into_iter().collect()
}

/// Patterns that should match nothing, or hardly anything.
fn strange(random: &mut Random) -> String {
    match random.below(9) {
        0 => String::new(),
        1 => "**".to_owned(),
        2 => "repo:*/*:**".to_owned(),
        3 => "repo:**".to_owned(),
        4 => format!("repo:octo-org/app:{}**", "a*".repeat(240 + random.place(20))),
        5 => "repo:octo-org/*:\u{7}**".to_owned(),
        6 => "repo:octo-org/*:ref:refs/pull/**".to_owned(),
        7 => ":".repeat(1 + random.place(4)),
        _ => (0..random.below(12))
            .map(|_| *random.pick(&['a', 'A', ':', '/', '@', '*', '?', 'r', 'e', 'p', 'o']))
            .collect(),
    }
}

/// A pattern for a claim's value or a repository's name.
pub(super) fn around(random: &mut Random, value: &str) -> String {
    match random.below(10) {
        0..=4 => value.to_owned(),
        5 | 6 => cover(random, value),
        7 => change_case(random, value),
        8 => "*".to_owned(),
        _ => edit(random, value),
    }
}
