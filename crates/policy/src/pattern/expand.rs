//! From what an author wrote to the patterns that are matched.

use github_types::Repository;

/// What stands for the policy's own `owner/name`.
pub const ORIGIN: &str = "${origin}";

/// The patterns that a subject of a statement stands for: itself and what its legacy short forms mean.
///
/// A subject that does not begin with `repo:` also counts as prefixed with the policy's repository; the value of a
/// `workflow_ref` or `job_workflow_ref` that begins with `/` also as prefixed with its name.
pub fn expand(text: &str, origin: &Repository) -> Vec<String> {
    let text = text.replace(ORIGIN, &origin.to_string());
    let mut forms = vec![text.clone()];
    if !text.starts_with("repo:") {
        forms.push(format!("repo:{origin}:{text}"));
    }
    let named: Vec<String> = forms.iter().filter_map(|form| name_workflows(form, origin)).collect();
    forms.extend(named);
    forms
}

/// The same with `owner/name` before the path of every workflow that lacks it; none if no one does.
fn name_workflows(text: &str, origin: &Repository) -> Option<String> {
    let mut found = false;
    let mut key = None;
    let segments: Vec<String> = text
        .split(':')
        .map(|segment| match key.take() {
            Some("workflow_ref" | "job_workflow_ref") if segment.starts_with('/') => {
                found = true;
                format!("{origin}{segment}")
            }
            Some(_) => segment.to_owned(),
            None => {
                key = Some(segment);
                segment.to_owned()
            }
        })
        .collect();
    found.then(|| segments.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str) -> Vec<String> {
        expand(text, &"octo-org/website".parse().unwrap())
    }

    #[test]
    fn a_full_subject_stands_for_itself() {
        assert_eq!(
            forms("repo:${origin}:ref:refs/heads/main"),
            ["repo:octo-org/website:ref:refs/heads/main"]
        );
    }

    #[test]
    fn a_short_form_also_counts_with_the_repository() {
        assert_eq!(forms("ref:x"), ["ref:x", "repo:octo-org/website:ref:x"]);
    }

    #[test]
    fn a_workflow_path_also_counts_with_the_name() {
        assert_eq!(
            forms("workflow_ref:/.github/w.yml@refs/heads/main"),
            [
                "workflow_ref:/.github/w.yml@refs/heads/main",
                "repo:octo-org/website:workflow_ref:/.github/w.yml@refs/heads/main",
                "workflow_ref:octo-org/website/.github/w.yml@refs/heads/main",
                "repo:octo-org/website:workflow_ref:octo-org/website/.github/w.yml@refs/heads/main",
            ]
        );
        assert_eq!(forms("ref:/x").len(), 2);
    }
}
