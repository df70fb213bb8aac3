//! The names of claims in tests.

/// The claim that is meant by a name that is none. Others may be of somebody's own.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    /// Shorter words are part of many names.
    const SHORTEST_PART: usize = 5;
    if lint::CLAIMS.contains(&name) || name.starts_with("repo_property_") {
        return None;
    }
    let is_part = |known: &&str| {
        let rest = known.strip_prefix(name).filter(|rest| rest.starts_with('_'));
        name.len() >= SHORTEST_PART
            && rest.or(known.strip_suffix(name).filter(|rest| rest.ends_with('_'))).is_some()
    };
    lint::CLAIMS.iter().copied().find(is_part).or_else(|| policy::nearest(name, lint::CLAIMS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_near_that_of_a_claim_means_it() {
        for (name, claim) in [
            ("event", "event_name"),
            ("owner", "repository_owner"),
            ("runner", "runner_environment"),
            ("repositry", "repository"),
            ("Ref", "ref"),
            ("event-name", "event_name"),
            ("enviroment", "environment"),
        ] {
            assert_eq!(meant(name), Some(claim), "{name}");
        }
    }

    #[test]
    fn other_claims_are_somebodys_own() {
        for name in [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "nbf",
            "jti",
            "repo_property_ref",
            "team",
            "id",
            "ref",
            "enterprise_slug",
        ] {
            assert_eq!(meant(name), None, "{name}");
        }
    }
}
