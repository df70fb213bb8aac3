//! A policy file: `GET /repos/{owner}/{repo}/contents/{path}` in the raw media type.

use std::borrow::Cow;

use github_types::Repository;
use reqwest::{Method, StatusCode};

use crate::answer::{Answer, End};
use crate::call::{Call, Repeat};
use crate::{EntityTag, Error, GitHub, InstallationToken};

const ROUTE: &str = "GET /repos/{owner}/{repo}/contents/{path}";
const RAW: &str = "application/vnd.github.raw+json";

/// The longest policy that is read, in bytes (100 KiB).
pub const MAX_POLICY_BYTES: usize = 100 * 1024;

/// What there is at the path of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyText {
    /// A file of text.
    Found {
        /// The text, at most [`MAX_POLICY_BYTES`] long.
        text: String,
        /// GitHub's name for this version of it.
        etag: Option<EntityTag>,
    },
    /// The version that is known already.
    Unchanged,
    /// Nothing, or nothing that this token may see.
    Missing,
    /// Something that exists and is no policy: it counts as an invalid one, not as none.
    Unusable(Unusable),
}

/// Why something at the path of a policy is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// A directory, a submodule, or a symbolic link to anything but a file of the repository.
    #[error("it is not a file")]
    NotAFile,
    /// A file that is too long.
    #[error("it is longer than {MAX_POLICY_BYTES} bytes")]
    TooLong,
    /// A file that is no text.
    #[error("it is not UTF-8 text")]
    NotText,
}

impl GitHub {
    /// Reads a file on the default branch of a repository.
    ///
    /// When the file still is the version that is `known`, that is the answer, and it costs no quota.
    /// With a fresh token a refusal is tested again, for less than a second in all by the default
    /// [`Pace`](crate::Pace): "not found" is also how GitHub says that there is no policy.
    ///
    /// # Errors
    /// When GitHub gives no answer that counts. Only a 404 is [`PolicyText::Missing`].
    pub async fn read_policy(
        &self,
        repository: &Repository,
        path: &str,
        token: &InstallationToken,
        known: Option<&EntityTag>,
    ) -> Result<PolicyText, Error> {
        let segments = ["repos", repository.owner().as_str(), repository.name().as_str(), "contents"];
        let call = Call {
            route: ROUTE,
            method: Method::GET,
            url: self.api().join(segments.into_iter().chain(path.split('/'))),
            client: token.client(),
            credential: Cow::Borrowed(token.secret()),
            accept: RAW,
            unless: known,
            body: None,
            limit: MAX_POLICY_BYTES,
            repeat: Repeat::Freely,
        };
        let answer = self.call_with_token(&call, token, &self.pace().replication).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(PolicyText::Missing),
            StatusCode::NOT_MODIFIED if known.is_some() => return Ok(PolicyText::Unchanged),
            _ => return Err(call.unexpected(&answer)),
        }
        match answer.media_type().as_deref().map(content) {
            Some(Content::File) => Ok(read(answer)),
            Some(Content::Description) => Ok(PolicyText::Unusable(Unusable::NotAFile)),
            Some(Content::Foreign) | None => Err(call.malformed(&answer, "the raw content of a file")),
        }
    }
}

/// What the media type says about the body.
enum Content {
    /// The bytes of a file.
    File,
    /// JSON about something that has no bytes.
    Description,
    /// Not GitHub's words: a proxy's page, for example, must not pass for a policy.
    Foreign,
}

/// GitHub answers a file in the media type that was asked for, in one spelling or another, and JSON for a directory
/// and so on, for which there is no raw form.
fn content(media_type: &str) -> Content {
    match media_type.strip_prefix("application/vnd.github.") {
        Some(parameters) if parameters.split(['.', '+']).any(|parameter| parameter == "raw") => Content::File,
        Some(_) => Content::Description,
        None if media_type == "application/json" => Content::Description,
        None => Content::Foreign,
    }
}

fn read(answer: Answer) -> PolicyText {
    let etag = EntityTag::of(&answer.headers);
    if matches!(answer.end, End::TooLong) {
        return PolicyText::Unusable(Unusable::TooLong);
    }
    match String::from_utf8(answer.body) {
        Ok(text) => PolicyText::Found { text, etag },
        Err(_) => PolicyText::Unusable(Unusable::NotText),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use github_types::Secret;
    use serde_json::json;
    use tokio::time::Instant;

    use super::*;
    use crate::ErrorKind;
    use crate::fake_github::{FakeGitHub, Reply};

    const RAW_UTF8: &str = "application/vnd.github.raw+json; charset=utf-8";

    fn token(seconds_ago: u64) -> InstallationToken {
        let minted_at = Instant::now().checked_sub(Duration::from_secs(seconds_ago)).unwrap();
        InstallationToken::new(Secret::new("ghs_value"), minted_at)
    }

    /// The outcome of reading, and the number of requests that it took.
    async fn read_with(
        token: &InstallationToken,
        replies: impl IntoIterator<Item = Reply>,
    ) -> (Result<PolicyText, ErrorKind>, usize) {
        let github = FakeGitHub::start(replies).await;
        let repository = "octo-org/website".parse().unwrap();
        let outcome =
            github.client().read_policy(&repository, ".github/access-token.yaml", token, None).await;
        (outcome.map_err(Error::into_kind), github.requests().len())
    }

    async fn read(reply: Reply) -> Result<PolicyText, ErrorKind> {
        read_with(&token(60), [reply]).await.0
    }

    fn found(text: &str) -> PolicyText {
        PolicyText::Found { text: text.to_owned(), etag: None }
    }

    #[tokio::test]
    async fn reads_the_file_as_it_is() {
        let headers = [("content-type", RAW_UTF8), ("etag", "W/\"abc\"")];
        let github = FakeGitHub::start([Reply::bytes(200, &headers, "origin: é\r\n".as_bytes())]).await;
        let repository = "octo-org/website".parse().unwrap();
        let text = github
            .client()
            .read_policy(&repository, ".github/access-token.yaml", &token(60), None)
            .await
            .unwrap();
        assert_eq!(
            text,
            PolicyText::Found { text: "origin: é\r\n".to_owned(), etag: Some("W/\"abc\"".parse().unwrap()) }
        );
        let request = github.requests().pop().unwrap();
        assert_eq!(request.line, "GET /repos/octo-org/website/contents/.github/access-token.yaml HTTP/1.1");
        assert_eq!(request.header("accept"), Some("application/vnd.github.raw+json"));
        assert_eq!(request.header("authorization"), Some("Bearer ghs_value"));
    }

    #[tokio::test]
    async fn is_told_when_nothing_has_changed() {
        let repository = "octo-org/website".parse().unwrap();
        let known: EntityTag = "W/\"abc\"".parse().unwrap();
        let github = FakeGitHub::start([
            Reply::status(304, &[]),
            Reply::text(200, RAW_UTF8, "x"),
            Reply::status(404, &[]),
        ])
        .await;
        let client = github.client();
        for expected in [PolicyText::Unchanged, found("x"), PolicyText::Missing] {
            let answer = client.read_policy(&repository, "a", &token(60), Some(&known)).await.unwrap();
            assert_eq!(answer, expected);
        }
        for request in github.requests() {
            assert_eq!(request.header("if-none-match"), Some("W/\"abc\""));
        }
    }

    #[tokio::test]
    async fn knows_the_raw_media_type_in_every_spelling() {
        for media_type in
            ["application/vnd.github.raw", "application/vnd.github.v3.raw; charset=utf-8", RAW_UTF8]
        {
            assert_eq!(read(Reply::text(200, media_type, "")).await.unwrap(), found(""), "{media_type}");
        }
    }

    #[tokio::test]
    async fn only_a_404_is_missing() {
        assert_eq!(read(Reply::status(404, &[])).await.unwrap(), PolicyText::Missing);
        for status in [204, 301, 304, 401, 403, 409, 451] {
            let error = read(Reply::text(status, RAW_UTF8, "")).await.unwrap_err();
            assert!(
                matches!(error, ErrorKind::Unexpected { status: found, .. } if found == status),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn what_is_no_file_exists_all_the_same() {
        let not_a_file = PolicyText::Unusable(Unusable::NotAFile);
        for description in
            [json!([{"type": "file"}]), json!({"type": "submodule"}), json!({"type": "symlink"})]
        {
            assert_eq!(read(Reply::json(200, &description)).await.unwrap(), not_a_file);
            let object = Reply::text(200, "application/vnd.github.object+json", &description.to_string());
            assert_eq!(read(object).await.unwrap(), not_a_file);
        }
        let many = "x".repeat(MAX_POLICY_BYTES + 1);
        assert_eq!(read(Reply::text(200, "application/json", &many)).await.unwrap(), not_a_file);
    }

    #[tokio::test]
    async fn a_file_may_be_100_kib_of_text() {
        let longest = "x".repeat(102_400);
        assert_eq!(read(Reply::text(200, RAW_UTF8, &longest)).await.unwrap(), found(&longest));
        let longer = read(Reply::text(200, RAW_UTF8, &"x".repeat(102_401))).await.unwrap();
        assert_eq!(longer, PolicyText::Unusable(Unusable::TooLong));
        let binary = Reply::bytes(200, &[("content-type", RAW_UTF8)], b"\xff\xfe");
        assert_eq!(read(binary).await.unwrap(), PolicyText::Unusable(Unusable::NotText));
    }

    #[tokio::test]
    async fn a_foreign_answer_is_no_policy() {
        for reply in [
            Reply::text(200, "text/html", "<html>"),
            Reply::text(200, "text/plain", "origin: octo-org/website"),
            Reply::text(200, "application/vnd.github", ""),
            Reply::bytes(200, &[], b"origin: octo-org/website"),
        ] {
            assert!(matches!(read(reply).await, Err(ErrorKind::Malformed { .. })));
        }
    }

    #[tokio::test]
    async fn tests_a_refusal_of_a_fresh_token_again() {
        for status in [401, 403, 404] {
            let late =
                [Reply::status(status, &[]), Reply::status(status, &[]), Reply::text(200, RAW_UTF8, "x")];
            let (outcome, requests) = read_with(&token(0), late).await;
            assert_eq!((outcome.unwrap(), requests), (found("x"), 3), "{status}");
        }
        let (outcome, requests) = read_with(&token(0), vec![Reply::status(404, &[]); 5]).await;
        assert_eq!((outcome.unwrap(), requests), (PolicyText::Missing, 3));
        let (outcome, requests) = read_with(&token(0), vec![Reply::status(403, &[]); 5]).await;
        assert!(matches!(outcome, Err(ErrorKind::Unexpected { status: 403, .. })));
        assert_eq!(requests, 3);
    }

    #[tokio::test]
    async fn believes_a_refusal_of_an_older_token_at_once() {
        for status in [401, 403, 404] {
            let (_, requests) = read_with(&token(5), vec![Reply::status(status, &[]); 2]).await;
            assert_eq!(requests, 1, "{status}");
        }
    }

    #[tokio::test]
    async fn a_rate_limit_is_no_refusal_of_a_fresh_token() {
        let limit = Reply::status(403, &[("retry-after", "7")]);
        let (outcome, requests) = read_with(&token(0), vec![limit; 2]).await;
        let wait = Duration::from_secs(7);
        assert!(matches!(outcome, Err(ErrorKind::RateLimited { retry_after }) if retry_after == wait));
        assert_eq!(requests, 1);
    }
}
