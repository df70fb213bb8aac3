//! What counts as an owner's name and as a repository's name.

/// Whether `name` can be the name of an organization or user.
///
/// `^[a-z\d](-?[a-z\d])*(_[a-z\d]+)?$` in any ASCII case, at most 39 characters.
pub(super) fn is_owner(name: &str) -> bool {
    let (account, shortcode) = match name.split_once('_') {
        Some((account, shortcode)) => (account, Some(shortcode)),
        None => (name, None),
    };
    let words_are_whole = account.split('-').all(is_alphanumeric);
    name.len() <= 39 && words_are_whole && shortcode.is_none_or(is_alphanumeric)
}

/// Whether `name` can be the name of a repository, without its owner.
pub(super) fn is_repository(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=100).contains(&name.len()) && name.chars().all(allowed) && name != "." && name != ".."
}

fn is_alphanumeric(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::{is_owner, is_repository};

    #[test]
    fn knows_owner_names() {
        for name in ["octo-org", "o", "O1-2-x", "mona_octo", &"a".repeat(39)] {
            assert!(is_owner(name), "{name}");
        }
        for name in ["", "-o", "o-", "o--o", "o.o", "o_", "_o", "a_b_c", "a_b-c", "é", &"a".repeat(40)] {
            assert!(!is_owner(name), "{name}");
        }
    }

    #[test]
    fn knows_repository_names() {
        for name in ["website", ".github", "a.b_c-D", "...", &"a".repeat(100)] {
            assert!(is_repository(name), "{name}");
        }
        for name in ["", ".", "..", "a/b", "a b", "é", &"a".repeat(101)] {
            assert!(!is_repository(name), "{name}");
        }
    }
}
