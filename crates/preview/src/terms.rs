//! The words for the terms of a statement, the same wherever people read them.

use policy::model::Terms;

use crate::plain::one_line;

/// Each term: a word and what it says.
pub fn words(terms: &Terms) -> Vec<(&'static str, String)> {
    let conditions =
        terms.claims.iter().map(|(name, patterns)| format!("{name} is {}", patterns.join(" or ")));
    let mut words: Vec<_> = conditions.map(|condition| ("if", one_line(&condition))).collect();
    words.extend(terms.repositories.as_ref().map(|repositories| ("on", repositories.join(", "))));
    words.extend(terms.expires.as_ref().map(|expires| ("until", expires.clone())));
    words
}
