//! The settings, checked: what the service runs on.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderName;
use github_app::{ApiUrl, AppId, AppIdError, AppJwt, AppKey, AppKeyError, Signer};
use github_types::Secret;
use oidc::{SubjectPattern, SubjectPatternError};
use url::Url;

use crate::audit::{AuditLogError, Sink};
use crate::key_file::KeyFile;
use crate::log::field::chain;
use crate::pace::Pace;
use crate::settings::{Settings, StoreFailure, Switch};
use crate::store::{StoreAddress, StoreAddressError};
use crate::throttle::RateLimits;

/// Headers that carry a credential, or that an answer has for other ends.
const RESERVED_HEADERS: [&str; 14] = [
    "authorization",
    "x-authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "host",
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "cache-control",
    "www-authenticate",
    "retry-after",
    "allow",
];

/// Everything that the service runs on.
pub struct Configuration {
    pub(crate) app: AppJwt,
    pub(crate) app_id: AppId,
    /// The file with the App's key, to be watched.
    pub(crate) key_file: Option<Arc<KeyFile>>,
    pub(crate) audiences: Vec<String>,
    pub(crate) subjects: Vec<SubjectPattern>,
    pub(crate) issuers: Vec<String>,
    pub(crate) api: ApiUrl,
    pub(crate) address: SocketAddr,
    pub(crate) rate_limits: RateLimits,
    pub(crate) replay_guard: Switch,
    pub(crate) store: Option<StoreAddress>,
    pub(crate) store_failure: StoreFailure,
    pub(crate) refusal_interval: Duration,
    pub(crate) max_in_flight: NonZeroU32,
    pub(crate) metrics_address: Option<SocketAddr>,
    pub(crate) audit: Option<Sink>,
    pub(crate) request_id_header: HeaderName,
    pub(crate) pace: Pace,
}

/// A setting that stops the start; the text is one line that names it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// A required setting is absent.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// There is no key.
    #[error("GITHUB_APP_PRIVATE_KEY is not set, nor GITHUB_APP_PRIVATE_KEY_FILE: set one of them")]
    NoKey,
    /// Two settings exclude each other.
    #[error("GITHUB_APP_PRIVATE_KEY and GITHUB_APP_PRIVATE_KEY_FILE are both set: set one of them")]
    TwoKeys,
    /// The key's file cannot be read, or holds none.
    #[error("GITHUB_APP_PRIVATE_KEY_FILE: {0}")]
    KeyFile(String),
    /// The key is none.
    #[error("GITHUB_APP_PRIVATE_KEY: {0}")]
    Key(AppKeyError),
    /// The App's id is none.
    #[error("GITHUB_APP_ID: {0}")]
    AppId(AppIdError),
    /// The URL of GitHub's API is none.
    #[error("GITHUB_API_URL: {0}")]
    Api(github_app::ApiUrlError),
    /// The App's JWT would travel in the open.
    #[error("GITHUB_API_URL: expected a URL that begins with `https://`, found `{0}`")]
    PlainApi(ApiUrl),
    /// The audience is a URL, where it must be the host name.
    #[error(
        "GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE: expected a host name, found `{audience}`: write `{host}`"
    )]
    Audience {
        /// What stands there.
        audience: String,
        /// What belongs there.
        host: String,
    },
    /// A subject pattern is none.
    #[error("GITHUB_ACTIONS_TOKEN_ALLOWED_SUBJECTS: {0}")]
    Subject(SubjectPatternError),
    /// There is no subject pattern between the commas.
    #[error(
        "GITHUB_ACTIONS_TOKEN_ALLOWED_SUBJECTS: expected patterns such as `repo:octo-org/*`, found `{0}`: leave it out to \
         serve all"
    )]
    NoSubject(String),
    /// An issuer is none.
    #[error(
        "GITHUB_ACTIONS_TOKEN_ISSUER: expected a URL that begins with `https://`, without user and query, found `{0}`"
    )]
    Issuer(String),
    /// Nothing would ever be granted.
    #[error("{0}: expected at least 1, found `0`")]
    NoPlace(&'static str),
    /// The store's URL is none.
    #[error("REDIS_URL: {0}")]
    Store(StoreAddressError),
    /// The audit events cannot be written.
    #[error(transparent)]
    AuditLog(#[from] AuditLogError),
    /// The header's name is none, or one that HTTP or this service needs for itself.
    #[error(
        "REQUEST_ID_HEADER: expected the name of a header of your own such as `x-request-id`, found `{0}`"
    )]
    RequestIdHeader(String),
}

/// Everything that is wrong with the settings, at least one thing; each is a line.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ConfigurationErrors(Vec<ConfigurationError>);

impl ConfigurationErrors {
    /// In the order of the settings.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigurationError> {
        self.0.iter()
    }

    /// What is right; notes what is wrong, so that all of it is told at once.
    fn keep<T>(&mut self, outcome: Result<T, ConfigurationError>) -> Option<T> {
        outcome.map_err(|error| self.0.push(error)).ok()
    }
}

impl TryFrom<Settings> for Configuration {
    type Error = ConfigurationErrors;

    fn try_from(settings: Settings) -> Result<Self, ConfigurationErrors> {
        let mut wrong = ConfigurationErrors(Vec::new());
        let id = wrong.keep(app_id(settings.github_app_id));
        let signing =
            wrong.keep(signer(settings.github_app_private_key, settings.github_app_private_key_file));
        let audiences = wrong.keep(audiences(settings.github_actions_token_allowed_audience));
        let subjects = wrong.keep(subjects(settings.github_actions_token_allowed_subjects));
        let issuers = wrong.keep(issuers(&settings.github_actions_token_issuer));
        let api = wrong.keep(api(&settings.github_api_url));
        let max_in_flight = wrong.keep(at_least_one("MAX_IN_FLIGHT", settings.max_in_flight));
        let github_calls = wrong.keep(at_least_one("MAX_GITHUB_CALLS", settings.max_github_calls));
        let store = wrong.keep(store(settings.redis_url));
        let audit = wrong.keep(Sink::open(&settings.audit_log).map_err(ConfigurationError::AuditLog));
        let request_id_header = wrong.keep(request_id_header(&settings.request_id_header));
        let (
            Some(id),
            Some((signer, key_file)),
            Some(audiences),
            Some(subjects),
            Some(issuers),
            Some(api),
            Some(max_in_flight),
            Some(github_calls),
            Some(store),
            Some(audit),
            Some(request_id_header),
        ) = (
            id,
            signing,
            audiences,
            subjects,
            issuers,
            api,
            max_in_flight,
            github_calls,
            store,
            audit,
            request_id_header,
        )
        else {
            return Err(wrong);
        };
        Ok(Self {
            app: AppJwt::new(id.clone(), signer),
            app_id: id,
            key_file,
            audiences,
            subjects,
            issuers,
            api,
            address: SocketAddr::new(settings.host, settings.port),
            metrics_address: settings.metrics_address,
            rate_limits: RateLimits {
                repository: settings.rate_limit_per_minute,
                owner: settings.owner_rate_limit_per_minute,
                refused: settings.refused_limit_per_minute,
            },
            replay_guard: settings.replay_guard,
            store,
            store_failure: settings.store_failure,
            refusal_interval: Duration::from_millis(settings.refusal_interval_ms.into()),
            max_in_flight,
            pace: Pace::with_github_calls(github_calls),
            audit,
            request_id_header,
        })
    }
}

impl Configuration {
    /// What may be meant and is worth a second look, each in a line that names the setting.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let host = |url: &str| Url::parse(url).ok()?.host_str().map(str::to_owned);
        let hosts: BTreeSet<String> = self.issuers.iter().filter_map(|issuer| host(issuer)).collect();
        let mut warnings: Vec<String> =
            self.audiences.iter().filter_map(|audience| odd_audience(audience)).collect();
        if hosts.len() > 1 {
            let hosts: Vec<String> = hosts.iter().map(|host| format!("`{host}`")).collect();
            warnings.push(format!(
                "GITHUB_ACTIONS_TOKEN_ISSUER: {} are different GitHubs: to the policies, repositories of the same name \
                 there are the same caller",
                hosts.join(" and ")
            ));
        }
        if let Some(expected) = host(&self.api.to_string()).map(|api| issuer_host(&api))
            && hosts.iter().all(|host| *host != expected)
        {
            let hosts: Vec<String> = hosts.iter().map(|host| format!("`{host}`")).collect();
            warnings.push(format!(
                "GITHUB_ACTIONS_TOKEN_ISSUER: {} does not belong to the GitHub of GITHUB_API_URL, whose issuer is at \
                 `{expected}`: to the policies, whoever has the same names there is the same caller",
                hosts.join(" and ")
            ));
        }
        warnings
    }

    /// The same with other time limits, for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn at_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }
}

fn app_id(text: Option<String>) -> Result<AppId, ConfigurationError> {
    required("GITHUB_APP_ID", text)?.trim().parse().map_err(ConfigurationError::AppId)
}

/// Workflows ask for tokens for the broker's host name: a URL as the audience would refuse them all.
fn audiences(text: Option<String>) -> Result<Vec<String>, ConfigurationError> {
    const NAME: &str = "GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE";
    let audiences = list(&required(NAME, text)?);
    if audiences.is_empty() {
        return Err(ConfigurationError::Missing(NAME));
    }
    for audience in &audiences {
        if audience.contains("://")
            && let Some(host) = Url::parse(audience).ok().as_ref().and_then(Url::host_str)
        {
            let host = host.to_owned();
            return Err(ConfigurationError::Audience { audience: audience.clone(), host });
        }
    }
    Ok(audiences)
}

/// A host name that no client of ours asks for: they ask in small letters and without port.
fn odd_audience(audience: &str) -> Option<String> {
    let host = Url::parse(&format!("https://{audience}")).ok()?.host_str()?.to_owned();
    let is_odd = host != audience && audience.contains(['.', ':']);
    is_odd.then(|| {
        format!(
            "GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE: the action asks for a host name in small letters and without port: \
             expected `{host}`, found `{audience}`"
        )
    })
}

/// Where the issuer is that belongs to a REST API.
///
/// Source: GitHub's documentation of OIDC on github.com, with data residency, and of Enterprise Server.
fn issuer_host(api: &str) -> String {
    match api.strip_prefix("api.") {
        Some("github.com") => "token.actions.githubusercontent.com".to_owned(),
        Some(site) if site.ends_with(".ghe.com") => format!("token.actions.{site}"),
        _ => api.to_owned(),
    }
}

fn subjects(text: Option<String>) -> Result<Vec<SubjectPattern>, ConfigurationError> {
    let text = text.unwrap_or_default();
    let patterns = list(&text);
    // SECURITY: without a pattern everybody is served. Commas alone are what is left of variables that are empty.
    if patterns.is_empty() && !text.trim().is_empty() {
        return Err(ConfigurationError::NoSubject(text));
    }
    patterns.iter().map(|pattern| pattern.parse().map_err(ConfigurationError::Subject)).collect()
}

fn issuers(text: &str) -> Result<Vec<String>, ConfigurationError> {
    let issuers = list(text);
    if issuers.is_empty() {
        return Err(ConfigurationError::Missing("GITHUB_ACTIONS_TOKEN_ISSUER"));
    }
    match issuers.iter().find(|issuer| !is_issuer(issuer)) {
        Some(wrong) => Err(ConfigurationError::Issuer(wrong.clone())),
        None => Ok(issuers),
    }
}

fn api(text: &str) -> Result<ApiUrl, ConfigurationError> {
    let api: ApiUrl = text.trim().parse().map_err(ConfigurationError::Api)?;
    if Url::parse(&api.to_string()).is_ok_and(|url| is_safe(&url)) {
        Ok(api)
    } else {
        Err(ConfigurationError::PlainApi(api))
    }
}

fn request_id_header(text: &str) -> Result<HeaderName, ConfigurationError> {
    let wrong = || ConfigurationError::RequestIdHeader(text.to_owned());
    let name: HeaderName = text.trim().parse().map_err(|_| wrong())?;
    // SECURITY: what comes in this header is logged, and it goes out in the answer.
    if RESERVED_HEADERS.contains(&name.as_str()) { Err(wrong()) } else { Ok(name) }
}

fn at_least_one(name: &'static str, number: u32) -> Result<NonZeroU32, ConfigurationError> {
    NonZeroU32::new(number).ok_or(ConfigurationError::NoPlace(name))
}

fn required(name: &'static str, value: Option<String>) -> Result<String, ConfigurationError> {
    value.filter(|value| !value.trim().is_empty()).ok_or(ConfigurationError::Missing(name))
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

fn store(url: Option<Secret>) -> Result<Option<StoreAddress>, ConfigurationError> {
    let url = url.filter(|url| !url.expose().trim().is_empty());
    url.map(|url| url.expose().trim().parse().map_err(ConfigurationError::Store)).transpose()
}

/// What signs, and the file to watch if the key is in one.
type Signing = (Arc<dyn Signer>, Option<Arc<KeyFile>>);

fn signer(text: Option<Secret>, file: Option<PathBuf>) -> Result<Signing, ConfigurationError> {
    let text = text.filter(|text| !text.expose().trim().is_empty());
    let file = file.filter(|file| !file.as_os_str().is_empty());
    match (text, file) {
        (Some(_), Some(_)) => Err(ConfigurationError::TwoKeys),
        (Some(text), None) => {
            let key = AppKey::from_pem(&text).map_err(ConfigurationError::Key)?;
            Ok((Arc::new(key), None))
        }
        (None, Some(file)) => {
            let file =
                Arc::new(KeyFile::open(file).map_err(|error| ConfigurationError::KeyFile(chain(&error)))?);
            Ok((file.clone(), Some(file)))
        }
        (None, None) => Err(ConfigurationError::NoKey),
    }
}

fn is_issuer(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && is_safe(&url)
}

/// Plain HTTP is for a GitHub on the same machine only: who can change keys or policies on their way, or read a
/// token there, can be anybody.
fn is_safe(url: &Url) -> bool {
    let is_local = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    url.scheme() == "https" || (url.scheme() == "http" && is_local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            github_app_id: Some("1".into()),
            github_app_private_key: Some(Secret::new("x")),
            github_app_private_key_file: None,
            github_actions_token_allowed_audience: Some("broker.example".into()),
            github_actions_token_allowed_subjects: None,
            github_actions_token_issuer: "https://token.actions.githubusercontent.com".into(),
            github_api_url: "https://api.github.com".into(),
            port: 0,
            host: [127, 0, 0, 1].into(),
            rate_limit_per_minute: 0,
            owner_rate_limit_per_minute: 0,
            refused_limit_per_minute: 0,
            replay_guard: Switch::On,
            redis_url: None,
            store_failure: StoreFailure::Open,
            refusal_interval_ms: 0,
            max_in_flight: 1,
            metrics_address: None,
            max_github_calls: 1,
            log_level: "info".into(),
            log_format: None,
            audit_log: "off".into(),
            request_id_header: "x-request-id".into(),
        }
    }

    fn error(change: impl FnOnce(&mut Settings)) -> String {
        let mut settings = settings();
        change(&mut settings);
        Configuration::try_from(settings).err().map(|errors| errors.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_wrong_setting_is_named_in_one_line() {
        let two = error(|settings| settings.github_app_id = None);
        assert!(two.starts_with("GITHUB_APP_ID is not set\nGITHUB_APP_PRIVATE_KEY: "), "{two}");
        assert_eq!(
            error(|settings| settings.github_app_private_key = None),
            "GITHUB_APP_PRIVATE_KEY is not set, nor GITHUB_APP_PRIVATE_KEY_FILE: set one of them"
        );
        assert!(error(|_| {}).starts_with("GITHUB_APP_PRIVATE_KEY: "));
        assert!(
            error(|settings| settings.github_app_private_key_file = Some("/".into())).contains("both set")
        );
        let missing = error(|settings| {
            settings.github_app_private_key = None;
            settings.github_app_private_key_file = Some("/nonexistent".into());
        });
        assert!(missing.starts_with("GITHUB_APP_PRIVATE_KEY_FILE: cannot be read: "), "{missing}");
        for text in [&error(|_| {}), &missing] {
            assert!(!text.contains('\n'), "{text}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let told = error(|settings| {
            settings.github_app_id = Some(" ".into());
            settings.github_app_private_key = None;
            settings.github_actions_token_allowed_audience = Some("https://broker.example:8443/x".into());
            settings.github_actions_token_allowed_subjects = Some("x".repeat(513));
            settings.github_actions_token_issuer = "token.actions.githubusercontent.com".into();
            settings.github_api_url = "http://api.github.com".into();
            settings.audit_log = "/nonexistent/audit.log".into();
            settings.request_id_header = "x request".into();
        });
        let names: Vec<&str> = told.lines().filter_map(|line| line.split([' ', ':']).next()).collect();
        let expected = [
            "GITHUB_APP_ID",
            "GITHUB_APP_PRIVATE_KEY",
            "GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE",
            "GITHUB_ACTIONS_TOKEN_ALLOWED_SUBJECTS",
            "GITHUB_ACTIONS_TOKEN_ISSUER",
            "GITHUB_API_URL",
            "AUDIT_LOG",
            "REQUEST_ID_HEADER",
        ];
        assert_eq!(names, expected, "{told}");
        assert!(told.contains("found `https://broker.example:8443/x`: write `broker.example`"), "{told}");
    }

    #[test]
    fn commas_alone_do_not_serve_everybody() {
        let error = error(|settings| settings.github_actions_token_allowed_subjects = Some(" , ,".into()));
        let expected = "GITHUB_ACTIONS_TOKEN_ALLOWED_SUBJECTS: expected patterns such as `repo:octo-org/*`, found ` , ,`";
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn the_request_id_has_a_header_of_its_own() {
        for name in ["authorization", "X-Authorization", "content-length"] {
            let error = error(|settings| settings.request_id_header = name.to_owned());
            assert!(error.contains(&format!("REQUEST_ID_HEADER: expected the name of a header of your own such as `x-request-id`, found `{name}`")), "{error}");
        }
        assert!(!error(|settings| settings.request_id_header = "traceparent".into()).contains("REQUEST_ID"));
    }

    #[test]
    fn a_host_name_that_no_client_asks_for_is_odd() {
        for (audience, host) in [("Broker.Example", "broker.example"), ("broker:8443", "broker")] {
            let warning = odd_audience(audience).unwrap();
            assert!(warning.ends_with(&format!("expected `{host}`, found `{audience}`")), "{warning}");
        }
        for audience in ["broker.example", "127.0.0.1", "MyBroker", "my broker"] {
            assert_eq!(odd_audience(audience), None);
        }
    }

    #[test]
    fn every_github_has_its_issuer() {
        for (api, issuer) in [
            ("api.github.com", "token.actions.githubusercontent.com"),
            ("api.octo.ghe.com", "token.actions.octo.ghe.com"),
            ("github.octo-org.example", "github.octo-org.example"),
            ("api.octo-org.example", "api.octo-org.example"),
        ] {
            assert_eq!(issuer_host(api), issuer);
        }
    }

    #[test]
    fn the_api_is_https_or_local() {
        let error = |url: &str| {
            error(|settings| {
                settings.github_app_private_key = Some(Secret::new(crate::fake_github::PEM.as_str()));
                settings.github_api_url = url.to_owned();
            })
        };
        for url in
            ["https://github.example/api/v3", "http://127.0.0.1:4000", "http://localhost", "http://[::1]"]
        {
            assert_eq!(error(url), "", "{url}");
        }
        for url in ["http://github.example", "http://127.0.0.1.example", "http://10.0.0.1/"] {
            let expected = "GITHUB_API_URL: expected a URL that begins with `https://`, found `http://";
            assert!(error(url).starts_with(expected), "{url}: {}", error(url));
        }
        assert!(error("ftp://github.example").starts_with("GITHUB_API_URL: "));
    }

    #[test]
    fn there_is_a_place_for_one_request_and_one_call_at_least() {
        let error = error(|settings| {
            settings.max_in_flight = 0;
            settings.max_github_calls = 0;
        });
        assert!(error.contains("MAX_IN_FLIGHT: expected at least 1, found `0`\n"), "{error}");
        assert!(error.contains("MAX_GITHUB_CALLS: expected at least 1, found `0`"), "{error}");
    }

    #[test]
    fn nothing_of_a_wrong_store_is_repeated() {
        let error = error(|settings| {
            settings.github_app_private_key = Some(Secret::new(crate::fake_github::PEM.as_str()));
            settings.redis_url = Some(Secret::new("redis://user:secret@host:port"));
        });
        assert!(error.starts_with("REDIS_URL: expected `redis://"), "{error}");
        assert!(!error.contains("secret") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn issuers_are_https_or_local() {
        for issuer in ["https://token.actions.githubusercontent.com/octo", "http://127.0.0.1:4000/oidc"] {
            assert!(is_issuer(issuer), "{issuer}");
        }
        for issuer in
            ["http://issuer.example", "issuer.example", "", "https://u@x", "https://x?y", "file:///x"]
        {
            assert!(!is_issuer(issuer), "{issuer}");
        }
    }
}
