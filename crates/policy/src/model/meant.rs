//! Whom a subject of a statement speaks of, in full.

use super::StatementSubject;

/// The keys with which a legacy short form begins. Other first keys may be those of a customized `sub`.
const SHORT_FORMS: [&str; 5] = ["environment", "job_workflow_ref", "pull_request", "ref", "workflow_ref"];

impl StatementSubject {
    /// The subject as people are to read it: what a legacy short form leaves out is written out, and so is `${origin}`.
    pub fn meant(&self) -> &str {
        let key = self.text.split(':').next().unwrap_or_default();
        let mut forms = self.patterns.iter().map(super::Pattern::text);
        // The fullest form is the last one.
        let full = forms.clone().rfind(|form| form.starts_with("repo:"));
        let is_short = key == "repo" || SHORT_FORMS.contains(&key);
        full.filter(|_| is_short).or_else(|| forms.next()).unwrap_or(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::parse_repository_policy;

    fn meant(subject: &str) -> String {
        let text = format!(
            "origin: octo-org/website\nstatements:\n  - {{subjects: ['{subject}'], permissions: {{contents: read}}}}\n"
        );
        let policy = parse_repository_policy(&text, &"octo-org/website".parse().unwrap()).policy.unwrap();
        policy.statements.list[0].subjects[0].meant().to_owned()
    }

    #[test]
    fn a_short_form_is_written_out() {
        for (subject, full) in [
            ("ref:refs/heads/main", "repo:octo-org/website:ref:refs/heads/main"),
            ("pull_request", "repo:octo-org/website:pull_request"),
            ("workflow_ref:/w.yml@*", "repo:octo-org/website:workflow_ref:octo-org/website/w.yml@*"),
            ("repo:${origin}:environment:x", "repo:octo-org/website:environment:x"),
            ("repo:o/r:workflow_ref:/w.yml@*", "repo:o/r:workflow_ref:octo-org/website/w.yml@*"),
        ] {
            assert_eq!(meant(subject), full, "{subject}");
        }
    }

    #[test]
    fn a_customized_subject_stays_as_it_is() {
        assert_eq!(meant("repository_owner:octo-org:**"), "repository_owner:octo-org:**");
        assert_eq!(meant("repository:octo-org/app"), "repository:octo-org/app");
    }
}
