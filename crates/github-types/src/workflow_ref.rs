//! The path and ref of a workflow, as in the claims `workflow_ref` and `job_workflow_ref`.

/// A workflow reference such as `octo-org/app/.github/workflows/deploy.yml@refs/heads/main`, taken apart.
///
/// Source of the form: GitHub's OpenID Connect reference, claims `workflow_ref` and `job_workflow_ref`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkflowRef<'a> {
    revision: Option<&'a str>,
}

impl<'a> WorkflowRef<'a> {
    /// Takes a reference apart; one without a revision is kept, and no question about it is answered with yes.
    pub fn new(text: &'a str) -> Self {
        // A workflow's file lies directly in `.github/workflows`, so that its path cannot hold `@refs/`, whereas
        // a branch may: the first one is where the revision begins.
        let revision = match text.find("@refs/") {
            Some(at) => text.get(at + 1..),
            None => text.rsplit_once('@').map(|(_, revision)| revision),
        };
        Self { revision }
    }

    /// Whether the workflow was taken from a branch or a tag.
    pub fn is_branch_or_tag(self) -> bool {
        self.revision.is_some_and(is_branch_or_tag)
    }

    /// Whether the workflow is pinned to a full commit id (SHA-1 or SHA-256).
    pub fn is_commit(self) -> bool {
        self.revision.is_some_and(|revision| {
            matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }
}

/// Whether a fully formed ref names a branch or a tag (and not, say, a pull request's merge commit).
pub fn is_branch_or_tag(git_ref: &str) -> bool {
    git_ref.starts_with("refs/heads/") || git_ref.starts_with("refs/tags/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "octo-org/app/.github/workflows/x.yml";

    #[test]
    fn knows_branches_and_tags() {
        for revision in
            ["refs/heads/main", "refs/tags/v1", "refs/heads/a@refs/pull/1/merge", "refs/heads/a@b"]
        {
            assert!(WorkflowRef::new(&format!("{PATH}@{revision}")).is_branch_or_tag(), "{revision}");
        }
        for revision in ["refs/pull/1/merge", "refs/pull/1@refs/heads/main", "main", "", "REFS/heads/main"] {
            assert!(!WorkflowRef::new(&format!("{PATH}@{revision}")).is_branch_or_tag(), "{revision}");
        }
        assert!(!WorkflowRef::new(PATH).is_branch_or_tag());
    }

    #[test]
    fn knows_full_commit_ids_only() {
        let is_commit = |revision: &str| WorkflowRef::new(&format!("{PATH}@{revision}")).is_commit();
        assert!(is_commit(&"0aFb".repeat(10)));
        assert!(is_commit(&"a".repeat(64)));
        assert!(!is_commit(&"a".repeat(39)));
        assert!(!is_commit(&"g".repeat(40)));
        assert!(!is_commit(&format!("refs/heads/x@{}", "a".repeat(40))));
    }
}
