//! Who asks: the claims of a job, from flags, a file, or a token.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use github_types::Repository;
use preview::claims::subject;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::token;

/// The flags that say it; a flag wins over the file or token.
#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Caller")]
pub(super) struct Caller {
    /// The repository whose workflow asks
    #[arg(long, value_name = "OWNER/NAME", required_unless_present_any = ["claims", "token"])]
    repository: Option<String>,

    /// The ref that the workflow runs for, such as `refs/heads/main`
    #[arg(long, value_name = "REF")]
    r#ref: Option<String>,

    /// The event that started the workflow, such as `push` or `pull_request`
    #[arg(long, value_name = "EVENT")]
    event: Option<String>,

    /// The environment of the job
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,

    /// The workflow, such as `octo-org/app/.github/workflows/deploy.yml@refs/heads/main`
    #[arg(long, value_name = "WORKFLOW")]
    workflow_ref: Option<String>,

    /// The reusable workflow that the job runs in
    #[arg(long, value_name = "WORKFLOW")]
    job_workflow_ref: Option<String>,

    /// The user who started the workflow
    #[arg(long, value_name = "LOGIN")]
    actor: Option<String>,

    /// The id of the repository; with the owner's, the caller has subjects in the immutable form, too
    #[arg(long, value_name = "ID")]
    repository_id: Option<u64>,

    /// The id of the repository's owner
    #[arg(long, value_name = "ID")]
    repository_owner_id: Option<u64>,

    /// The subject; default is what GitHub makes of the other claims
    #[arg(long, value_name = "SUBJECT")]
    sub: Option<String>,

    /// Another claim, such as `runner_environment=github-hosted`; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = claim)]
    claim: Vec<(String, String)>,

    /// A JSON file with the claims
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    claims: Option<PathBuf>,

    /// A file with an OIDC token to take the claims from, or `-` for standard input; it is not verified
    #[arg(long, value_name = "FILE")]
    token: Option<String>,
}

fn claim(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected for example `runner_environment=github-hosted`".to_owned()),
    }
}

/// Claims, and what was assumed to get them.
pub(super) struct Claims {
    pub(super) claims: Map<String, Value>,
    pub(super) assumed: Vec<String>,
}

impl Caller {
    /// The claims of the caller.
    ///
    /// # Errors
    /// When the file or the token cannot be read, or the flags contradict each other.
    pub(super) fn claims(&self, now: OffsetDateTime) -> anyhow::Result<Claims> {
        self.contradictions()?;
        let mut assumed = Vec::new();
        let mut claims = match (&self.claims, &self.token) {
            (Some(file), _) => {
                let name = file.display();
                let text = fs::read_to_string(file).with_context(|| format!("cannot read `{name}`"))?;
                object(&text).with_context(|| format!("cannot read `{name}`"))?
            }
            (None, Some(file)) => {
                let claims = token::read(file)?;
                assumed.push(
                    "the token was read, not verified: whoever made it may have written anything".to_owned(),
                );
                assumed.extend(expired(&claims, now));
                claims
            }
            (None, None) => Map::new(),
        };
        self.lay_over(&mut claims);
        let is_partial = !claims.contains_key("repository") && !claims.contains_key("sub");
        if let Some(file) = self.claims.as_ref().filter(|_| is_partial) {
            bail!(
                "--claims: `{}` has no `repository`: write for example `{{\"repository\": \"octo-org/app\"}}`, or add \
                 --repository",
                file.display()
            );
        }
        self.complete(&mut claims, &mut assumed);
        Ok(Claims { claims, assumed })
    }

    /// What no job can be.
    fn contradictions(&self) -> anyhow::Result<()> {
        if let Some(found) = self.repository.as_deref().filter(|found| found.parse::<Repository>().is_err()) {
            bail!("--repository: expected `owner/name` such as `octo-org/app`, found `{found}`");
        }
        if let Some(found) = self.r#ref.as_deref().filter(|found| !found.starts_with("refs/")) {
            bail!("--ref: expected a full ref such as `refs/heads/main`, found `{found}`");
        }
        // Only where the event runs code of the pull request; `pull_request_target` runs for the branch it targets.
        if let (Some("pull_request"), Some(found)) = (self.event.as_deref(), self.r#ref.as_deref())
            && !found.starts_with("refs/pull/")
        {
            bail!(
                "--ref `{found}` with --event `pull_request`: such a job runs for `refs/pull/NUMBER/merge`; \
                 leave out --ref, or write --event pull_request_target"
            );
        }
        if let (Some(repository), Some(workflow)) = (&self.repository, &self.workflow_ref) {
            let own = format!("{}/", repository.to_lowercase());
            if !workflow.to_lowercase().starts_with(&own) {
                bail!(
                    "--workflow-ref: expected a workflow of `{repository}`, such as \
                     `{repository}/.github/workflows/deploy.yml@refs/heads/main`, found `{workflow}`; a reusable \
                     workflow of another repository is --job-workflow-ref"
                );
            }
        }
        let mut known: Vec<&str> = self.flags().into_iter().map(|(name, _)| name).collect();
        known.extend(self.sub.as_ref().map(|_| "sub"));
        for (name, _) in &self.claim {
            if known.contains(&name.as_str()) {
                bail!("--claim: `{name}` is said twice; leave out one of the two");
            }
            known.push(name);
        }
        Ok(())
    }

    /// The claims that flags of their own say.
    fn flags(&self) -> Vec<(&'static str, String)> {
        let owner = self.repository.as_deref().and_then(|repository| repository.split_once('/'));
        let flags = [
            ("repository", self.repository.clone()),
            ("repository_owner", owner.map(|(owner, _)| owner.to_owned())),
            ("ref", self.r#ref.clone()),
            ("event_name", self.event.clone()),
            ("environment", self.environment.clone()),
            ("workflow_ref", self.workflow_ref.clone()),
            ("job_workflow_ref", self.job_workflow_ref.clone()),
            ("actor", self.actor.clone()),
            ("repository_id", self.repository_id.map(|id| id.to_string())),
            ("repository_owner_id", self.repository_owner_id.map(|id| id.to_string())),
        ];
        flags.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    fn lay_over(&self, claims: &mut Map<String, Value>) {
        for (name, value) in self.flags() {
            claims.insert(name.to_owned(), value.into());
        }
        for (name, value) in &self.claim {
            claims.insert(name.clone(), value.as_str().into());
        }
    }

    /// Adds what GitHub always has, if it is not said.
    fn complete(&self, claims: &mut Map<String, Value>, assumed: &mut Vec<String>) {
        // Claims with `sub` are those of a token; what they lack, it lacks. Others were written by hand.
        let is_by_hand = self.token.is_none() && !claims.contains_key("sub");
        if is_by_hand && !claims.contains_key("repository_owner") {
            let owner = text(claims, "repository").split('/').next().unwrap_or_default().to_owned();
            assume(claims, assumed, "repository_owner", owner);
        }
        if is_by_hand && !claims.contains_key("event_name") {
            assume(claims, assumed, "event_name", "push".to_owned());
        }
        let is_pull_request = text(claims, "event_name").starts_with("pull_request");
        if is_by_hand && !is_pull_request && !claims.contains_key("ref") {
            assume(claims, assumed, "ref", "refs/heads/main".to_owned());
        }
        if let Some(sub) = &self.sub {
            claims.insert("sub".to_owned(), sub.as_str().into());
        } else if is_by_hand || self.changes_subject() {
            let sub = subject(claims);
            assume(claims, assumed, "sub", sub);
        }
        if is_by_hand && !claims.contains_key("repository_id") {
            let note = "no ids are known, so the caller has no subjects in the immutable form; \
                        --repository-id and --repository-owner-id give them";
            assumed.push(note.to_owned());
        }
    }

    /// Whether a flag says something else about what the subject is made of.
    fn changes_subject(&self) -> bool {
        [&self.repository, &self.r#ref, &self.event, &self.environment].into_iter().any(Option::is_some)
    }
}

/// What is to be said of a token whose time is over.
fn expired(claims: &Map<String, Value>, now: OffsetDateTime) -> Option<String> {
    let end = claims.get("exp")?.as_i64()?;
    (end < now.unix_timestamp()).then(|| {
        "the token is expired, so the broker would answer 401; it is explained as if it were not".to_owned()
    })
}

fn assume(claims: &mut Map<String, Value>, assumed: &mut Vec<String>, name: &str, value: String) {
    assumed.push(format!("the claim `{name}` is `{value}`"));
    claims.insert(name.to_owned(), value.into());
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> &'a str {
    claims.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn object(text: &str) -> anyhow::Result<Map<String, Value>> {
    match serde_json::from_str(text).context("not JSON")? {
        Value::Object(claims) => Ok(claims),
        _ => bail!("expected a JSON object with claims"),
    }
}
