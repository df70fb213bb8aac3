//! What a field of the log holds: never more than a line can bear.

use std::error::Error;

/// The longest field, in bytes. Names and reasons come from outside, and anybody can make them long.
const MAX_BYTES: usize = 1024;

/// An error with all its causes, outermost first.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause.filter(|_| text.len() <= MAX_BYTES) {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    cut(text)
}

/// A value as JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> String {
    cut(serde_json::to_string(value).unwrap_or_default())
}

/// The beginning of a text, with `…` where the rest is left out.
pub(crate) fn cut(text: impl Into<String>) -> String {
    let mut text = text.into();
    if text.len() > MAX_BYTES {
        let end = (0..=MAX_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Layer {
        #[error("the broker gave up")]
        Outer(#[source] Box<Layer>),
        #[error("{0}")]
        Inner(String),
    }

    #[test]
    fn an_error_is_told_with_its_causes() {
        let error = Layer::Outer(Box::new(Layer::Outer(Box::new(Layer::Inner("no route".to_owned())))));
        assert_eq!(chain(&error), "the broker gave up: the broker gave up: no route");
    }

    #[test]
    fn a_field_is_cut_between_characters() {
        assert_eq!(cut("x".repeat(MAX_BYTES)), "x".repeat(MAX_BYTES));
        for text in ["x".repeat(MAX_BYTES + 1), "é".repeat(MAX_BYTES), format!("x{}", "€".repeat(MAX_BYTES))]
        {
            let cut = cut(text.clone());
            assert!(cut.len() <= MAX_BYTES + '…'.len_utf8(), "{}", cut.len());
            assert!(text.starts_with(cut.strip_suffix('…').unwrap()));
        }
        let long = Layer::Outer(Box::new(Layer::Inner("x".repeat(1_000_000))));
        assert!(chain(&long).len() <= MAX_BYTES + '…'.len_utf8());
        assert!(json(&vec!["x"; 10_000]).ends_with('…'));
    }
}
