//! Which word is meant by one that is not known.

/// No known word is longer.
const LONGEST: usize = 80;
/// How many letters may be wrong, missing or too many.
const FAR: usize = 3;

/// The known word that is probably meant; `_` counts as `-`, and letter case does not count.
pub fn nearest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_ascii_lowercase().replace('_', "-");
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(name, &word), *name))
        .filter(|(distance, name)| *distance <= FAR && *distance * 2 < name.len())
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_word_with_the_fewest_wrong_letters() {
        let meant = |word| nearest(word, &["subjects", "statements", "expires"]);
        for (word, name) in [
            ("subject", "subjects"),
            ("SUBJECTS", "subjects"),
            ("statments", "statements"),
            ("expire", "expires"),
        ] {
            assert_eq!(meant(word), Some(name), "{word}");
        }
        for word in ["", "permissions", "exp", &"subjects".repeat(1_000)] {
            assert_eq!(meant(word), None, "{word}");
        }
        // At the limits: three letters of seven, half of the letters, and the longest word that is looked up.
        for (word, name, is_meant) in [
            ("abcdxyz", "abcdefg", true),
            ("abcxyz", "abcdef", false),
            ("abcdefghwxyz", "abcdefghijkl", false),
            (&"x".repeat(80), "xx", false),
        ] {
            assert_eq!(nearest(word, &[name]).is_some(), is_meant, "{word}");
        }
        let long: &'static str =
            "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij";
        assert_eq!(nearest(long, &[long]), Some(long));
        assert_eq!(nearest(&format!("{long}k"), &[long]), None);
        assert_eq!(nearest("allowed_subjects", &["allowed-subjects"]), Some("allowed-subjects"));
    }
}
