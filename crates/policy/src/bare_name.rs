//! The name of a repository without its owner.

/// What stands behind this owner, in any letter case; the name as it is if it has none, or another.
pub(crate) fn bare_name<'a>(name: &'a str, owner: &str) -> &'a str {
    match name.split_once('/') {
        Some((prefix, bare)) if prefix.eq_ignore_ascii_case(owner) => bare,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_what_stands_behind_this_owner() {
        for (name, bare) in
            [("website", "website"), ("Octo-Org/Website", "Website"), ("hubot/website", "hubot/website")]
        {
            assert_eq!(bare_name(name, "octo-org"), bare);
        }
    }
}
