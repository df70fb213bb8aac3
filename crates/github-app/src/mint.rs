//! A token for an installation: `POST /app/installations/{installation_id}/access_tokens`.

use std::borrow::Cow;

use github_types::Secret;
use reqwest::{Method, StatusCode};
use tokio::time::Instant;

use crate::answer::{Answer, End};
use crate::call::{Call, JSON, MAX_JSON_BYTES, Repeat};
use crate::quota::Client;
use crate::{Error, ErrorKind, GitHub, InstallationId, InstallationToken, MintedToken, TokenScope};

const ROUTE: &str = "POST /app/installations/{installation_id}/access_tokens";

impl GitHub {
    /// Mints a token.
    ///
    /// The caller compares it with the scope ([`MintedToken::check`]), and must not drop this future once it is
    /// under way: a token that is minted meanwhile would live on unseen. For the same reason a call that may have
    /// arrived is never repeated, and a token in an answer that cannot be used is handed to whoever
    /// [takes strays](GitHub::on_stray), or else revoked before this fails.
    ///
    /// # Errors
    /// [`ErrorKind::MintRefused`] when the scope is beyond the installation; otherwise when GitHub gives no answer
    /// that counts. That includes a suspended installation (403) and one that is gone (404).
    pub async fn mint(&self, installation: InstallationId, scope: &TokenScope) -> Result<MintedToken, Error> {
        let jwt = self.app().at(self.unix_now()).await.map_err(|error| Error::new(ROUTE, error))?;
        let mut call = Call {
            route: ROUTE,
            method: Method::POST,
            url: self.api().join(["app", "installations", &installation.to_string(), "access_tokens"]),
            client: Some(Client::App),
            credential: Cow::Borrowed(&jwt),
            accept: JSON,
            unless: None,
            body: Some(scope.to_json()),
            limit: MAX_JSON_BYTES,
            repeat: Repeat::IfUnsent,
        };
        let answer = self.call_as_app(&mut call).await?;
        let minted_at = Instant::now();
        match answer.status {
            StatusCode::CREATED => {}
            StatusCode::UNPROCESSABLE_ENTITY => return Err(refused(&call, &answer)),
            _ => return Err(call.unexpected(&answer)),
        }
        if let (End::Complete, Some(minted)) = (&answer.end, MintedToken::read(&answer.body, minted_at)) {
            return Ok(MintedToken { request_id: answer.request_id(), ..minted.of(installation) });
        }
        if let Some(secret) = find_token(&answer.body) {
            self.stray(InstallationToken::new(secret, minted_at).of(installation)).await;
        }
        let request_id = answer.request_id();
        Err(match answer.end {
            End::CutShort(kind) => call.error(kind).with_request_id(request_id),
            End::Complete | End::TooLong => call.malformed(&answer, "an installation token"),
        })
    }
}

impl GitHub {
    /// Sets who takes the tokens that nobody will be given, because the answer that they came in cannot be used.
    ///
    /// Only the first one that is set counts. Without one, such a token is revoked where it is found, as well as
    /// that goes at once.
    pub fn on_stray(&self, take: impl Fn(InstallationToken) + Send + Sync + 'static) {
        let _ = self.strays().set(Box::new(take));
    }

    async fn stray(&self, token: InstallationToken) {
        match self.strays().get() {
            Some(take) => take(token),
            // Whether this succeeds or not, the call has failed; there is nobody who could do more about it.
            None => drop(self.revoke(&token).await),
        }
    }
}

fn refused(call: &Call<'_>, answer: &Answer) -> Error {
    let reason = answer.message(call.credential.expose()).unwrap_or_else(|| "no reason given".to_owned());
    call.error(ErrorKind::MintRefused { reason }).with_request_id(answer.request_id())
}

/// Finds the token in an answer that is broken otherwise; it comes first in GitHub's answers.
fn find_token(body: &[u8]) -> Option<Secret> {
    const NAME: &[u8] = b"\"token\"";
    let at = body.windows(NAME.len()).position(|window| window == NAME)?;
    let rest = body.get(at + NAME.len()..)?.trim_ascii_start();
    let rest = rest.strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    let token = rest.get(..rest.iter().position(|byte| *byte == b'"')?)?;
    let token = std::str::from_utf8(token).ok()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (!token.is_empty() && token.bytes().all(fits)).then(|| Secret::new(token))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use github_types::{Level, PermissionSet, RepositoryList, RepositorySelection};
    use reqwest::Client;
    use reqwest::dns::{Addrs, Name, Resolve, Resolving};
    use serde_json::{Value, json};

    use super::*;
    use crate::Pace;
    use crate::fake_github::{FakeGitHub, Reply};

    fn minted() -> Value {
        // As text, because the order counts: GitHub's answer begins with the token.
        json!({
            "expires_at": "2026-11-01T13:00:00Z",
            "permissions": {"contents": "write", "metadata": "read"},
            "repository_selection": "selected",
            "repositories": [{"name": "website"}],
        })
    }

    fn reply() -> Reply {
        let rest = minted().to_string();
        Reply::text(201, "application/json", &rest.replacen('{', r#"{"token":"ghs_value","#, 1))
    }

    fn scope() -> TokenScope {
        TokenScope {
            permissions: PermissionSet::one("contents".parse().unwrap(), Level::Write),
            repositories: RepositorySelection::Listed(RepositoryList::one("website".parse().unwrap())),
        }
    }

    fn installation() -> InstallationId {
        serde_json::from_value(json!(7)).unwrap()
    }

    /// The outcome of a mint, and the requests that it took.
    async fn mint(replies: impl IntoIterator<Item = Reply>) -> (Result<MintedToken, Error>, Vec<String>) {
        let github = FakeGitHub::start(replies).await;
        let outcome = github.client().mint(installation(), &scope()).await;
        (outcome, github.requests().into_iter().map(|request| request.line).collect())
    }

    #[tokio::test]
    async fn asks_for_exactly_the_scope() {
        let github = FakeGitHub::start([reply()]).await;
        let minted = github.client().mint(installation(), &scope()).await.unwrap();
        assert_eq!(minted.token.secret().expose(), "ghs_value");
        assert_eq!(minted.expires_at.unix_timestamp(), 1_793_538_000);
        assert_eq!(minted.check(&scope()), Ok(()));
        let request = github.requests().pop().unwrap();
        assert_eq!(request.line, "POST /app/installations/7/access_tokens HTTP/1.1");
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(
            serde_json::from_str::<Value>(&request.body).unwrap(),
            json!({"permissions": {"contents": "write"}, "repositories": ["website"]})
        );
    }

    #[tokio::test]
    async fn tells_a_refusal_with_its_reason() {
        let reason = "The permissions requested are not granted to this installation.";
        let (outcome, _) = mint([Reply::json(422, &json!({ "message": reason }))]).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.to_string(), format!("`{ROUTE}` failed (GitHub's request AB:12)"));
        assert_eq!(error.kind().to_string(), format!("GitHub refuses to mint the token: {reason}"));
        let (outcome, _) = mint([Reply::status(422, &[])]).await;
        assert!(matches!(outcome.unwrap_err().into_kind(), ErrorKind::MintRefused { .. }));
    }

    #[tokio::test]
    async fn tells_other_statuses_apart() {
        for status in [200, 202, 307, 401, 403, 404] {
            let (outcome, _) = mint([Reply::json(status, &json!({"message": "words"}))]).await;
            let error = outcome.unwrap_err();
            assert_eq!(error.kind().to_string(), format!("GitHub answered {status}: words"));
        }
    }

    #[tokio::test]
    async fn never_repeats_a_call_that_may_have_arrived() {
        for reply in [
            Reply::reset(),
            Reply::status(500, &[]),
            Reply::status(502, &[]),
            Reply::status(503, &[]),
            Reply::status(504, &[]),
            Reply::status(429, &[]),
        ] {
            let (outcome, requests) = mint([reply, self::reply()]).await;
            assert!(outcome.is_err());
            assert_eq!(requests.len(), 1);
        }
    }

    /// A name service that fails the first time.
    struct Flaky(FakeAddress, Arc<AtomicUsize>);
    type FakeAddress = std::net::SocketAddr;

    impl Resolve for Flaky {
        fn resolve(&self, _: Name) -> Resolving {
            let (address, count) = (self.0, self.1.fetch_add(1, Ordering::SeqCst));
            Box::pin(async move {
                if count == 0 {
                    Err("no such host".into())
                } else {
                    Ok(Box::new(std::iter::once(address)) as Addrs)
                }
            })
        }
    }

    #[tokio::test]
    async fn repeats_a_call_that_certainly_did_not_arrive() {
        let github = FakeGitHub::start([reply()]).await;
        let count = Arc::new(AtomicUsize::new(0));
        let http = Client::builder().dns_resolver(Flaky(github.address, Arc::clone(&count)));
        let outcome = github.client_over(http, "github.example").mint(installation(), &scope()).await;
        assert!(outcome.is_ok());
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn revokes_a_token_in_an_answer_that_cannot_be_used() {
        let unreadable = r#"{"token": "ghs_value", "expires_at": "tomorrow"}"#;
        let endless = format!(r#"{{"token": "ghs_value", "x": "{}"}}"#, "x".repeat(MAX_JSON_BYTES));
        for (reply, message) in [
            (
                Reply::text(201, "application/json", unreadable),
                "GitHub's answer is not an installation token",
            ),
            (Reply::text(201, "application/json", &endless), "GitHub's answer is not an installation token"),
            (reply().cut_short(1), "GitHub is unavailable"),
        ] {
            let github = FakeGitHub::start([reply, Reply::status(204, &[])]).await;
            let error = github.client().mint(installation(), &scope()).await.unwrap_err();
            assert_eq!(error.kind().to_string(), message);
            let request = github.requests().pop().unwrap();
            assert_eq!(request.line, "DELETE /installation/token HTTP/1.1");
            assert_eq!(request.header("authorization"), Some("Bearer ghs_value"));
        }
    }

    #[tokio::test]
    async fn hands_over_a_token_in_an_answer_that_cannot_be_used() {
        let github = FakeGitHub::start([reply().cut_short(1)]).await;
        let client = github.client();
        let (sender, mut strays) = tokio::sync::mpsc::unbounded_channel();
        client.on_stray(move |token| sender.send(token).unwrap());
        assert!(client.mint(installation(), &scope()).await.is_err());
        assert_eq!(strays.recv().await.unwrap().secret().expose(), "ghs_value");
        assert_eq!(github.requests().len(), 1);
    }

    #[tokio::test]
    async fn revokes_a_token_in_an_answer_that_stalls() {
        let github = FakeGitHub::start([reply().stalled(1), Reply::status(204, &[])]).await;
        let limit = Duration::from_millis(300);
        let pace = Pace { try_limit: limit, mint_limit: limit, ..Pace::default() };
        let error = github.client().with_pace(pace).mint(installation(), &scope()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::TimedOut));
        assert_eq!(github.requests().len(), 2);
    }

    #[test]
    fn finds_a_token_in_rubble() {
        let found = |body: &str| find_token(body.as_bytes()).map(|secret| secret.expose().to_owned());
        assert_eq!(found(r#"{ "token" : "ghs_a.b-c" , "#).as_deref(), Some("ghs_a.b-c"));
        for body in [
            "",
            r#"{"token""#,
            r#"{"token": "ghs_"#,
            r#"{"token": """#,
            r#"{"token": "a b""#,
            r#"{"token": 1"#,
        ] {
            assert_eq!(found(body), None, "{body}");
        }
    }
}
