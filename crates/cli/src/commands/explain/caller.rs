//! Who asks: the claims of a job, from flags, a file, or a token.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

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

    /// The subject; default is what GitHub makes of the other claims
    #[arg(long, value_name = "SUBJECT")]
    sub: Option<String>,

    /// Another claim, such as `runner_environment=github-hosted`; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = claim)]
    claim: Vec<(String, String)>,

    /// A JSON file with the claims
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    claims: Option<PathBuf>,

    /// An OIDC token to take the claims from, or `-` to read it from standard input; it is not verified
    #[arg(long, value_name = "JWT")]
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
    /// When the file or the token cannot be read, or the ref is not a full one.
    pub(super) fn claims(&self) -> anyhow::Result<Claims> {
        if let Some(found) = self.r#ref.as_deref().filter(|found| !found.starts_with("refs/")) {
            bail!("--ref: expected a full ref such as `refs/heads/main`, found `{found}`");
        }
        let mut assumed = Vec::new();
        let mut claims = match (&self.claims, &self.token) {
            (Some(file), _) => {
                let name = file.display();
                let text = fs::read_to_string(file).with_context(|| format!("cannot read `{name}`"))?;
                object(&text).with_context(|| format!("cannot read `{name}`"))?
            }
            (None, Some(token)) => {
                assumed.push(
                    "the token was read, not verified: whoever made it may have written anything".to_owned(),
                );
                of_token(token)?
            }
            (None, None) => Map::new(),
        };
        self.lay_over(&mut claims);
        self.complete(&mut claims, &mut assumed);
        Ok(Claims { claims, assumed })
    }

    fn lay_over(&self, claims: &mut Map<String, Value>) {
        let owner = self.repository.as_deref().and_then(|repository| repository.split_once('/'));
        let flags = [
            ("repository", self.repository.as_deref()),
            ("repository_owner", owner.map(|(owner, _)| owner)),
            ("ref", self.r#ref.as_deref()),
            ("event_name", self.event.as_deref()),
            ("environment", self.environment.as_deref()),
            ("workflow_ref", self.workflow_ref.as_deref()),
            ("job_workflow_ref", self.job_workflow_ref.as_deref()),
        ];
        let flags = flags.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let others = self.claim.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in flags.chain(others) {
            claims.insert(name.to_owned(), value.into());
        }
    }

    /// Adds what GitHub always has, if it is not said.
    fn complete(&self, claims: &mut Map<String, Value>, assumed: &mut Vec<String>) {
        let is_from_flags = self.claims.is_none() && self.token.is_none();
        if is_from_flags && !claims.contains_key("event_name") {
            assume(claims, assumed, "event_name", "push".to_owned());
        }
        let is_pull_request = text(claims, "event_name").starts_with("pull_request");
        if is_from_flags && !is_pull_request && !claims.contains_key("ref") {
            assume(claims, assumed, "ref", "refs/heads/main".to_owned());
        }
        if let Some(sub) = &self.sub {
            claims.insert("sub".to_owned(), sub.as_str().into());
        } else if !claims.contains_key("sub") || self.changes_subject() {
            let sub = subject(claims);
            assume(claims, assumed, "sub", sub);
        }
        if is_from_flags && !claims.contains_key("repository_id") {
            let note = "no ids are known, so the caller has no subjects in the immutable form; \
                        --claim repository_id=… and repository_owner_id=… give them";
            assumed.push(note.to_owned());
        }
    }

    /// Whether a flag says something else about what the subject is made of.
    fn changes_subject(&self) -> bool {
        [&self.repository, &self.r#ref, &self.event, &self.environment].into_iter().any(Option::is_some)
    }
}

fn assume(claims: &mut Map<String, Value>, assumed: &mut Vec<String>, name: &str, value: String) {
    assumed.push(format!("the claim `{name}` is `{value}`"));
    claims.insert(name.to_owned(), value.into());
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> &'a str {
    claims.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The subject that GitHub gives a job unless its owner customizes it: by its environment, or as one of a pull
/// request, or by its ref. Source: GitHub's "OpenID Connect reference".
pub(in crate::commands) fn subject(claims: &Map<String, Value>) -> String {
    let repository = text(claims, "repository");
    let escaped = |name| text(claims, name).replace(':', "%3A");
    if !text(claims, "environment").is_empty() {
        format!("repo:{repository}:environment:{}", escaped("environment"))
    } else if text(claims, "event_name").starts_with("pull_request") {
        format!("repo:{repository}:pull_request")
    } else {
        format!("repo:{repository}:ref:{}", escaped("ref"))
    }
}

/// The payload of a token. Nothing of the token itself gets into an error.
fn of_token(argument: &str) -> anyhow::Result<Map<String, Value>> {
    /// No token is longer.
    const LONGEST: u64 = 64 * 1024;
    let mut token = argument.to_owned();
    if argument == "-" {
        token.clear();
        std::io::stdin()
            .take(LONGEST)
            .read_to_string(&mut token)
            .context("--token: cannot read standard input")?;
    }
    let parts: Vec<&str> = token.trim().split('.').collect();
    let [_, payload, _] = parts.as_slice() else {
        bail!("--token: expected three parts with dots between, found {}", parts.len());
    };
    let Ok(payload) = URL_SAFE_NO_PAD.decode(payload) else { bail!("--token: its payload is not Base64") };
    let payload = String::from_utf8(payload).unwrap_or_default();
    object(&payload).ok().context("--token: its payload is not a JSON object")
}

fn object(text: &str) -> anyhow::Result<Map<String, Value>> {
    match serde_json::from_str(text).context("not JSON")? {
        Value::Object(claims) => Ok(claims),
        _ => bail!("expected a JSON object with claims"),
    }
}
