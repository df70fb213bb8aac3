//! The one type that holds what must not be seen.

use std::fmt;

use zeroize::ZeroizeOnDrop;

/// A token, key or other credential: wiped when dropped, never printed.
///
/// It has no `Display` and no `Serialize`, and its `Debug` shows nothing of the value, so that neither a log
/// line nor an error can carry it by accident.
#[derive(Clone, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// Takes the value in.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the one place that sends it.
    ///
    /// SECURITY: every call is a place to review; the result must not reach a log, an error or a message.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_value() {
        assert_eq!(format!("{:?}", Some(Secret::new("ghs_value"))), "Some(Secret(…))");
    }
}
