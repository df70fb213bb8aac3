//! Where GitHub's REST API is.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// The base of the REST API, such as `https://api.github.com` or `https://HOST/api/v3`.
///
/// It holds no credentials, no query and no fragment, so that a message may show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiUrl(Url);

/// A string that is no base of the REST API. The string itself is not repeated, as it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiUrlError {
    /// Not a URL with a host.
    #[error("the API URL is not a URL: expected one like `https://api.github.com`")]
    Form,
    /// Another scheme than HTTP.
    #[error("the API URL begins neither with `https://` nor with `http://`")]
    Scheme,
    /// User name or password.
    #[error("the API URL has a user name or password: expected none")]
    Credentials,
    /// Query or fragment.
    #[error("the API URL has a query or fragment: expected none")]
    Query,
}

impl ApiUrl {
    /// Whether credentials travel encrypted.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host that people see: that of the API, without the `api.` of `api.github.com` and `api.SUBDOMAIN.ghe.com`.
    ///
    /// Source: GitHub's page "Getting started with the REST API", "Base URL".
    pub(crate) fn web_host(&self) -> &str {
        let host = self.0.host_str().unwrap_or_default();
        let bare = host.strip_prefix("api.");
        bare.filter(|bare| *bare == "github.com" || bare.ends_with(".ghe.com")).unwrap_or(host)
    }

    /// The URL of a resource; each segment is escaped as needed.
    pub(crate) fn join<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.0.clone();
        // A URL with a host always has a path that can be extended, so that there is no other case.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

impl FromStr for ApiUrl {
    type Err = ApiUrlError;

    fn from_str(text: &str) -> Result<Self, ApiUrlError> {
        let url: Url = text.parse().map_err(|_| ApiUrlError::Form)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(ApiUrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ApiUrlError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ApiUrlError::Query);
        }
        Ok(Self(url))
    }
}

impl fmt::Display for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_path_prefix_with_or_without_slash() {
        for text in ["https://github.example/api/v3", "https://github.example/api/v3/"] {
            let api: ApiUrl = text.parse().unwrap();
            assert_eq!(api.to_string(), "https://github.example/api/v3");
            let url = api.join(["repos", "octo-org", "..."]);
            assert_eq!(url.as_str(), "https://github.example/api/v3/repos/octo-org/...");
        }
        let api: ApiUrl = "https://api.github.com".parse().unwrap();
        assert_eq!(api.join(["a b/c?d#e"]).as_str(), "https://api.github.com/a%20b%2Fc%3Fd%23e");
    }

    #[test]
    fn knows_the_host_that_people_see() {
        for (text, host) in [
            ("https://api.github.com", "github.com"),
            ("https://api.octo.ghe.com", "octo.ghe.com"),
            ("https://github.example/api/v3", "github.example"),
            ("https://api.example/api/v3", "api.example"),
            ("http://127.0.0.1:4000", "127.0.0.1"),
        ] {
            assert_eq!(text.parse::<ApiUrl>().unwrap().web_host(), host);
        }
    }

    #[test]
    fn refuses_what_is_no_base() {
        for (text, error) in [
            ("", ApiUrlError::Form),
            ("api.github.com", ApiUrlError::Form),
            ("https://", ApiUrlError::Form),
            ("file:///etc", ApiUrlError::Scheme),
            ("mailto:octocat@github.com", ApiUrlError::Scheme),
            ("https://octocat:password@api.github.com", ApiUrlError::Credentials),
            ("https://token@api.github.com", ApiUrlError::Credentials),
            ("https://api.github.com/?a", ApiUrlError::Query),
            ("https://api.github.com/#a", ApiUrlError::Query),
        ] {
            assert_eq!(text.parse::<ApiUrl>(), Err(error), "{text}");
            assert!(!error.to_string().contains("password@"));
        }
    }
}
