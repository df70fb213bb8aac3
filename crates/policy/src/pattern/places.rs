//! Where letter case counts in a subject, and where it does not.

/// How a letter at a place compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Letter by letter.
    Exact,
    /// Without letter case, as GitHub compares names.
    CaseBlind,
    /// A wildcard before it makes it impossible to say; the subject decides.
    Open,
}

/// The keys that say more of their values than [`Rule::Exact`].
#[cfg(feature = "review")]
pub(super) const RULED_KEYS: [&str; 7] =
    ["repo", "repository", "repository_owner", "environment", "actor", "workflow_ref", "job_workflow_ref"];

/// What a key says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Rule {
    Exact,
    /// The whole value is a name.
    Name,
    /// `owner/name` up to the second `/`, then a path and a ref.
    WorkflowRef,
}

impl Rule {
    fn of(key: &str) -> Self {
        match key {
            "repo" | "repository" | "repository_owner" | "environment" | "actor" => Self::Name,
            "workflow_ref" | "job_workflow_ref" => Self::WorkflowRef,
            _ => Self::Exact,
        }
    }
}

/// Follows a subject or a pattern character by character and tells how each one compares.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Places {
    /// The key that is being read; none while a value is.
    key: Option<String>,
    rule: Rule,
    slashes: usize,
    /// A wildcard stands before in this value, so that slashes cannot be counted.
    adrift: bool,
    /// A `**` stands before, so that keys and values cannot be told apart.
    lost: bool,
    /// The text is one single value, in which `:` separates nothing.
    single: bool,
}

impl Places {
    /// For a subject: `key:value` pairs.
    pub(super) fn of_subject() -> Self {
        Self {
            key: Some(String::new()),
            rule: Rule::Exact,
            slashes: 0,
            adrift: false,
            lost: false,
            single: false,
        }
    }

    /// For the value of the claim `name`.
    pub(super) fn of_claim(name: &str) -> Self {
        Self { key: None, rule: Rule::of(name), single: true, ..Self::of_subject() }
    }

    /// The place of the next character, a literal one.
    pub(super) fn literal(&mut self, character: char) -> Place {
        if self.lost {
            return Place::Open;
        }
        if character == ':' && !self.single {
            self.turn();
            return Place::Exact;
        }
        if let Some(key) = &mut self.key {
            key.push(character);
            return Place::Exact;
        }
        match self.rule {
            Rule::Exact => Place::Exact,
            Rule::Name => Place::CaseBlind,
            Rule::WorkflowRef if self.adrift => Place::Open,
            Rule::WorkflowRef => {
                self.slashes += usize::from(character == '/');
                if self.slashes < 2 { Place::CaseBlind } else { Place::Exact }
            }
        }
    }

    /// The next character is a wildcard that stays within its value.
    pub(super) fn wildcard(&mut self) {
        self.adrift = true;
    }

    /// The next is `**`, which may reach across pairs.
    pub(super) fn wildcard_across(&mut self) {
        self.adrift = true;
        self.lost = !self.single;
    }

    /// The same in one of finitely many words: whatever follows is told the same places.
    #[cfg(feature = "review")]
    pub(super) fn normalised(mut self) -> Self {
        self.slashes = self.slashes.min(2);
        if let Some(key) = &mut self.key
            && !RULED_KEYS.iter().any(|ruled| ruled.starts_with(key.as_str()))
        {
            // No key begins with a space and none is made of more than that.
            " ".clone_into(key);
        }
        self
    }

    /// From a key to its value, or from a value to the next key.
    fn turn(&mut self) {
        match self.key.take() {
            Some(key) => {
                self.rule = Rule::of(&key);
                self.slashes = 0;
                self.adrift = false;
            }
            None => self.key = Some(String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks the places: `=` exact, `~` case-blind.
    fn places(subject: &str) -> String {
        let mut places = Places::of_subject();
        let mark = |character| match places.literal(character) {
            Place::Exact => '=',
            Place::CaseBlind => '~',
            Place::Open => '?',
        };
        subject.chars().map(mark).collect()
    }

    #[cfg(feature = "review")]
    #[test]
    fn the_ruled_keys_are_those_with_a_rule() {
        assert!(RULED_KEYS.iter().all(|key| Rule::of(key) != Rule::Exact));
        let places = |subject: &str| {
            let mut places = Places::of_subject();
            subject.chars().for_each(|character| {
                let _ = places.literal(character);
                places = places.clone().normalised();
            });
            places
        };
        assert_eq!(places("reposi"), places("reposi"));
        assert_eq!(places("custom_a"), places("other"));
        assert_ne!(places("repo:o/r:env"), places("repo:o/r:ref"));
        assert_eq!(places("workflow_ref:a/b/c"), places("workflow_ref:a/b/c/d/e"));
    }

    #[test]
    fn names_are_case_blind_and_refs_are_not() {
        assert_eq!(places("repo:o/r:ref:refs/heads/M"), "=====~~~==============...".replace('.', "="));
        assert_eq!(places("repo:o/r:environment:Prod"), "=====~~~=============~~~~");
        assert_eq!(places("actor:Octocat:pull_request"), "======~~~~~~~=============");
    }

    #[test]
    fn a_workflow_is_case_blind_up_to_its_path() {
        assert_eq!(places("workflow_ref:o/r/.g/w.yml@r"), "=============~~~===========".to_owned());
        assert_eq!(places("workflow_ref:o/r"), "=============~~~");
    }
}
