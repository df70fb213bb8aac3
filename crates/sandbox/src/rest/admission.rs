//! Whether the REST API listens to a request at all.

use axum::body::Bytes;
use axum::http::StatusCode;

use crate::answer::{Answer, Payload, Problem};
use crate::incoming::Incoming;
use crate::quota::Client;

/// 403 in plain text, as GitHub refuses a client that does not say who it is.
pub(super) fn without_user_agent() -> Answer {
    let text = "\r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header \
                (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check \
                https://developer.github.com for other possible causes.\r\n";
    Answer {
        status: StatusCode::FORBIDDEN,
        payload: Payload::Raw {
            content_type: "text/html; charset=utf-8",
            bytes: Bytes::from_static(text.as_bytes()),
        },
        headers: Vec::new(),
    }
}

/// The version of the REST API that the client wants, or the default.
pub(super) fn version(incoming: &Incoming) -> Result<&'static str, Problem> {
    let Some(header) = incoming.headers.get("x-github-api-version") else { return Ok(DEFAULT_VERSION) };
    VERSIONS.iter().find(|version| header.as_bytes() == version.as_bytes()).copied().ok_or_else(|| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            format!("Invalid API version. Supported versions: {}", VERSIONS.join(", ")),
        )
        .documented("https://docs.github.com/rest/about-the-rest-api/api-versions")
    })
}

/// Refuses a client that accepts no JSON.
pub(super) fn check_accept(incoming: &Incoming) -> Result<(), Problem> {
    let Some(accept) = incoming.header("accept") else { return Ok(()) };
    let fits = |part: &str| {
        let kind = part.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        matches!(kind.as_str(), "" | "*/*" | "application/*" | "application/json")
            || kind.starts_with("application/vnd.github")
    };
    if accept.split(',').any(fits) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!("Unsupported 'Accept' header: '{accept}'. Must accept 'application/json'."),
    ))
}

/// The representations of the contents API that a client can choose with `accept`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaType {
    Json,
    Raw,
    Object,
}

impl MediaType {
    /// Reads the first media type of GitHub's in `accept`: `application/vnd.github.raw+json`, also without `+json` or with a version.
    pub(crate) fn of(incoming: &Incoming) -> Self {
        let parameter = incoming.header("accept").and_then(|accept| {
            let (_, rest) = accept.split_once("application/vnd.github")?;
            rest.split([',', ';', ' ']).next()
        });
        match parameter.map(|text| text.trim_start_matches(".v3").trim_end_matches("+json")) {
            Some(".raw") => Self::Raw,
            Some(".object") => Self::Object,
            _ => Self::Json,
        }
    }
}

/// The value of `x-github-media-type`.
pub(super) fn media_type(incoming: &Incoming) -> &'static str {
    match MediaType::of(incoming) {
        MediaType::Json => "github.v3; format=json",
        MediaType::Raw => "github.v3; param=raw; format=json",
        MediaType::Object => "github.v3; param=object; format=json",
    }
}

/// 403 for a client that has used up its hour.
pub(super) fn over_the_limit(client: Client) -> Problem {
    let whose = match client {
        Client::Anonymous => "127.0.0.1".to_owned(),
        Client::App => "this GitHub App".to_owned(),
        Client::Installation(id) => format!("installation ID {id}"),
    };
    Problem::new(StatusCode::FORBIDDEN, format!("API rate limit exceeded for {whose}."))
        .documented("https://docs.github.com/rest/overview/rate-limits-for-the-rest-api")
}

/// The version that counts when a client does not choose one.
const DEFAULT_VERSION: &str = "2022-11-28";

/// The version in which starting a workflow answers with the run; source: `x-github-breaking-changes` in GitHub's description.
pub(crate) const VERSION_2026: &str = "2026-03-10";

const VERSIONS: &[&str] = &[DEFAULT_VERSION, VERSION_2026];
