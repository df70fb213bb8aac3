//! The requests of the load.

use serde_json::{Value, json};

/// One kind of request, and so what may come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    One,
    Two,
    Issues,
    TooMuch,
    OtherRepository,
    DryRun,
    DeniedDryRun,
    Stranger,
    PullRequest,
    BadToken,
    BadBody,
}

/// Grants come more often than the rest.
const ORDER: [Kind; 16] = [
    Kind::One,
    Kind::TooMuch,
    Kind::Two,
    Kind::DryRun,
    Kind::Issues,
    Kind::Stranger,
    Kind::One,
    Kind::BadToken,
    Kind::Two,
    Kind::OtherRepository,
    Kind::Issues,
    Kind::PullRequest,
    Kind::One,
    Kind::DeniedDryRun,
    Kind::Two,
    Kind::BadBody,
];

impl Kind {
    pub(super) fn of(number: u64) -> Self {
        ORDER[usize::try_from(number % ORDER.len() as u64).unwrap()]
    }

    /// The status when nothing goes wrong; a failure may be 502, 503 or 504 instead, and nothing else.
    pub(super) fn status(self) -> u16 {
        match self {
            Self::One | Self::Two | Self::Issues | Self::DryRun => 200,
            Self::BadBody => 400,
            Self::BadToken => 401,
            Self::TooMuch
            | Self::OtherRepository
            | Self::DeniedDryRun
            | Self::Stranger
            | Self::PullRequest => 403,
        }
    }

    /// The repositories and permissions of its token, in GitHub's words; none if it must not get one.
    pub(super) fn scope(self) -> Option<(Value, Value)> {
        match self {
            Self::One => Some((json!(["website"]), json!({"contents": "read"}))),
            Self::Two => Some((json!(["docs", "website"]), json!({"contents": "read"}))),
            Self::Issues => Some((json!(["docs"]), json!({"contents": "read", "issues": "write"}))),
            _ => None,
        }
    }

    pub(super) fn body(self) -> Value {
        let body = |repositories: &[&str], permissions: Value| json!({"owner": "octo-org", "repositories": repositories, "permissions": permissions});
        let mut body = match self {
            Self::One | Self::Stranger | Self::PullRequest | Self::BadToken | Self::DryRun => {
                body(&["website"], json!({"contents": "read"}))
            }
            Self::Two => body(&["docs", "website"], json!({"contents": "read"})),
            Self::Issues => body(&["docs"], json!({"contents": "read", "issues": "write"})),
            Self::TooMuch => body(&["website", "docs"], json!({"contents": "read", "issues": "write"})),
            Self::DeniedDryRun => body(&["website"], json!({"secrets": "write"})),
            Self::OtherRepository => body(&["elsewhere"], json!({"contents": "read"})),
            Self::BadBody => body(&["website"], json!({"contents": "all"})),
        };
        if matches!(self, Self::DryRun | Self::DeniedDryRun) {
            body["dry_run"] = json!(true);
        }
        body
    }

    pub(super) fn claims(self, sound: &Value) -> Value {
        let mut claims = sound.clone();
        let over = match self {
            Self::Stranger => json!({
                "sub": "repo:octocat/app:ref:refs/heads/main", "repository": "octocat/app",
                "repository_owner": "octocat", "repository_owner_id": "583231", "repository_id": "77",
                "workflow_ref": "octocat/app/.github/workflows/deploy.yml@refs/heads/main",
                "job_workflow_ref": "octocat/app/.github/workflows/deploy.yml@refs/heads/main",
            }),
            Self::PullRequest => json!({
                "sub": "repo:octo-org/app:pull_request", "event_name": "pull_request_target",
            }),
            _ => json!({}),
        };
        for (name, value) in over.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    /// The token as this kind of client shows it.
    pub(super) fn credential(self, token: String) -> String {
        match self {
            // The signature of another token.
            Self::BadToken => {
                token.rsplit_once('.').map(|(signed, _)| format!("{signed}.{}", "A".repeat(342)))
            }
            _ => None,
        }
        .unwrap_or(token)
    }
}
