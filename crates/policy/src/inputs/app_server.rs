//! The input `app-server`: where the broker is, or where several are.

use super::InputProblem;
use super::aws::{self, AwsAuth};
use super::entries::entries;
use super::mapping::{Mapping, string, text};
use crate::gate::{self, Node, NodeKind};
use serde::Serialize;

pub(super) const INPUT: &str = "app-server";
/// The most brokers that are tried one after the other.
const MOST: usize = 8;

/// Where the broker is, and what stands before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppServer {
    /// Its URL without a slash at the end; a path prefix is kept.
    pub url: String,
    /// How a gateway before it wants to be signed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<AwsAuth>,
    #[serde(rename = "audience")]
    host: String,
}

impl AppServer {
    /// The host name, without a port: the audience of the OIDC token.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// Reads a URL, a mapping with `url` and `auth`, or a list of them; one that is listed twice counts once.
pub(super) fn read(text: &str) -> Result<Vec<AppServer>, InputProblem> {
    let text = text.trim();
    if text.is_empty() {
        let help = "set the input, or write your broker's URL as its default in your copy of action.yml";
        return Err(InputProblem::new(INPUT, "expected the URL of the broker, found nothing").with_help(help));
    }
    let mut servers: Vec<AppServer> = Vec::new();
    for server in each(text).map_err(|problem| concealed(problem, text))? {
        if !servers.contains(&server) {
            servers.push(server);
        }
    }
    match servers.len() {
        0 => Err(InputProblem::new(
            INPUT,
            format!("expected the URL of the broker, found `{}`", shown(text, 60)),
        )),
        1..=MOST => Ok(servers),
        _ => Err(InputProblem::new(INPUT, format!("expected at most {MOST} brokers, found more"))),
    }
}

/// SECURITY: what is found may be the part of a URL before its `@`, in which a password stands: a comment or a key took the rest.
fn concealed(problem: InputProblem, text: &str) -> InputProblem {
    if !text.contains('@') || problem.message.contains("`…@") {
        return problem;
    }
    let message = match problem.message.split_once(", found `") {
        Some((expected, _)) => format!("{expected}, found `…`"),
        None if !problem.message.contains('@') => problem.message,
        None => format!("{}`…`", problem.message.split('`').next().unwrap_or_default()),
    };
    InputProblem { message, ..problem }
}

fn each(text: &str) -> Result<Vec<AppServer>, InputProblem> {
    let listed = entries(text);
    if listed.iter().any(|entry| is_url(entry)) && !listed.iter().any(|entry| has_key(entry)) {
        // SECURITY: a comma parts a password, whose beginning would be shown for a URL.
        listed.iter().filter(|entry| entry.contains('@')).try_for_each(|entry| url(entry).map(drop))?;
        return listed.into_iter().map(url).collect();
    }
    let node = gate::outline(text).map_err(|error| InputProblem::new(INPUT, error.to_string()))?;
    match &node.kind {
        NodeKind::Sequence(items) => items.iter().map(one).collect(),
        _ => Ok(vec![one(&node)?]),
    }
}

fn is_url(entry: &str) -> bool {
    entry.starts_with("https:") || entry.starts_with("http:")
}

/// Whether an entry is the beginning of a mapping.
fn has_key(entry: &str) -> bool {
    entry.starts_with('{') || (!is_url(entry) && (entry.ends_with(':') || entry.contains(": ")))
}

fn one(node: &Node) -> Result<AppServer, InputProblem> {
    let Some(fields) = Mapping::of(node) else {
        let expected =
            "expected a URL that begins with `https://`, or a mapping with `url`, or a list of them";
        return text(node).map_or_else(|| Err(InputProblem::new(INPUT, expected)), |text| url(text.trim()));
    };
    only(fields, &["url", "auth"], INPUT)?;
    let mut server = url(string(fields, "url")?)?;
    server.auth = fields.get("auth").map(|auth| aws::read(auth, &server.host)).transpose()?;
    Ok(server)
}

/// SECURITY: before an `@` stands a user, and with it a password.
fn shown(text: &str, most: usize) -> String {
    let (mut shown, rest) = match text.rsplit_once('@') {
        Some((_, rest)) => ("…@".to_owned(), rest),
        None => (String::new(), text),
    };
    shown.extend(rest.chars().take(most));
    shown
}

pub(super) fn only(fields: Mapping<'_>, known: &[&str], place: &str) -> Result<(), InputProblem> {
    match fields.keys().find(|key| !known.contains(key)) {
        None => Ok(()),
        Some(key) => {
            let shown = shown(key, 40);
            let known = known.join("`, `");
            Err(InputProblem::new(INPUT, format!("unknown key `{shown}` in `{place}`: expected `{known}`")))
        }
    }
}

/// Takes a URL apart as far as the request needs it.
fn url(text: &str) -> Result<AppServer, InputProblem> {
    let shown = shown(text, 100);
    let wrong = |expected: &str| InputProblem::new(INPUT, format!("{expected}, found `{shown}`"));
    let (scheme, rest) =
        text.split_once("://").ok_or_else(|| wrong("expected a URL that begins with `https://`"))?;
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    if text.contains(['?', '#', '@', '\\'])
        || text.chars().any(|c| c.is_whitespace() || !c.is_ascii_graphic())
    {
        return Err(wrong("expected a URL without user, query, fragment and white space"));
    }
    let host = host(authority).ok_or_else(|| wrong("expected a host name with an optional port"))?;
    let is_local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match scheme {
        "https" => {}
        // SECURITY: the OIDC token and the answer's token would travel in the clear.
        "http" if is_local => {}
        "http" => return Err(wrong("expected `https://` (plain `http://` is for loopback addresses only)")),
        _ => return Err(wrong("expected a URL that begins with `https://`")),
    }
    let host = host.to_ascii_lowercase();
    let url = format!("{scheme}://{authority}{}", path.trim_end_matches('/'));
    Ok(AppServer { url, auth: None, host })
}

fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.find(']')) {
        Some(end) => authority.split_at(end + 2),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match inner {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        }),
    };
    let is_port = match port.strip_prefix(':') {
        Some(port) => port.parse::<u16>().is_ok_and(|port| port > 0),
        None => port.is_empty(),
    };
    (is_host && is_port).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_path_prefix_and_takes_the_host_for_the_audience() {
        for (text, url, host) in [
            ("https://Broker.example", "https://Broker.example", "broker.example"),
            ("https://broker.example:8443/a/b/", "https://broker.example:8443/a/b", "broker.example"),
            ("http://127.0.0.1:3000/", "http://127.0.0.1:3000", "127.0.0.1"),
            ("http://[::1]:3000", "http://[::1]:3000", "[::1]"),
        ] {
            let servers = read(text).unwrap();
            assert_eq!((servers.len(), servers[0].url.as_str(), servers[0].host()), (1, url, host), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_safe_url() {
        for text in [
            "",
            "broker.example",
            "http://broker.example",
            "https://",
            "https://a b",
            "https://u:p@x",
            "https://x?y",
            "https://x:0",
            "https://x:99999",
            "https://x..y",
            "ftp://x",
            "https://[::1",
            "https://\u{e4}.example",
            "https://x\\y",
            "[a]",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn says_what_was_expected_and_found() {
        let long = format!("[{}]", " ".repeat(200));
        for (text, message) in [
            ("", "expected the URL of the broker, found nothing"),
            ("[]", "expected the URL of the broker, found `[]`"),
            (&long, &format!("expected the URL of the broker, found `[{}`", " ".repeat(59))),
            ("broker.example", "expected a URL that begins with `https://`, found `broker.example`"),
            ("ftp://x", "expected a URL that begins with `https://`, found `ftp://x`"),
            (
                "http://broker.example",
                "expected `https://` (plain `http://` is for loopback addresses only), found `http://broker.example`",
            ),
            ("{url: ' '}", "`url` is missing or not a text"),
            ("{url: 7}", "expected a URL that begins with `https://`, found `7`"),
            ("{url: [https://x]}", "`url` is missing or not a text"),
            ("{url: https://x, url: https://y}", "duplicate key `url`"),
            (
                "[[https://x]]",
                "expected a URL that begins with `https://`, or a mapping with `url`, or a list of them",
            ),
            ("{address: https://x}", "unknown key `address` in `app-server`: expected `url`, `auth`"),
            ("https://x:", "expected a host name with an optional port, found `https://x:`"),
            (
                "https://a_b.example:65536",
                "expected a host name with an optional port, found `https://a_b.example:65536`",
            ),
        ] {
            assert_eq!(read(text).unwrap_err().message, message, "{text}");
        }
        for found in
            ["https://x?y", "https://x#y", "https://x\\y", "https://\u{e4}.example", "https://x\u{7f}"]
        {
            let expected = "expected a URL without user, query, fragment and white space";
            assert_eq!(read(found).unwrap_err().message, format!("{expected}, found `{found}`"));
        }
    }

    #[test]
    fn shows_nothing_of_a_user_and_a_password() {
        for text in [
            "https://u:p@host.invalid/x",
            "https://u:p@ss/w@host.invalid/x",
            "u:p@host.invalid/x",
            "[https://u:p@host.invalid/x]",
            "{url: https://u:p@host.invalid/x}",
            "{https://u:p@host.invalid/x: 1}",
            "https://one.example, https://u:p@host.invalid/x",
            "https://u:p,w@host.invalid/x",
            "- https://u:p,w@host.invalid/x",
            &format!("https://u:{}@host.invalid/x", "p".repeat(200)),
        ] {
            let message = read(text).unwrap_err().message;
            assert!(message.contains("`…@host.invalid/x`"), "{text}: {message}");
            assert!(!message.contains("u:p"), "{message}");
        }
        for text in [
            "{url: https://u:p@host.invalid/x",
            "- https://u:p@host.invalid/x\n  - y",
            "[https://u:p@host.invalid/x, :]",
            "{https://u:p@host.invalid: 1, https://u:p@host.invalid: 2}",
            "url: https://u:p #w@host.invalid",
            "https://u:p #w@host.invalid",
        ] {
            let message = read(text).unwrap_err().message;
            assert!(!message.contains("u:p"), "{message}");
        }
    }

    #[test]
    fn takes_every_character_of_a_host_name() {
        for text in [
            "https://a-b.example",
            "https://a_b.example",
            "https://A9.example",
            "https://x:65535",
            "http://localhost",
        ] {
            assert_eq!(read(text).unwrap()[0].url, text);
        }
        let most: Vec<String> = (0..8).map(|n| format!("https://b{n}.example")).collect();
        assert_eq!(read(&most.join("\n")).unwrap().len(), 8);
    }

    #[test]
    fn reads_every_way_to_list_brokers() {
        for text in [
            "https://one.example\nhttps://two.example",
            "https://one.example, https://two.example",
            "- https://one.example # here\n- https://two.example\n- https://one.example/",
            "[\"https://one.example\", \"https://two.example\"]",
            "['https://one.example', {url: https://two.example}]",
            "- url: https://one.example\n- url: https://two.example\n  auth:\n",
            "# comment\n- url: https://one.example\n- https://two.example",
        ] {
            let servers = read(text).unwrap();
            let urls: Vec<_> = servers.iter().map(|server| server.url.as_str()).collect();
            assert_eq!(urls, ["https://one.example", "https://two.example"], "{text}");
        }
    }

    #[test]
    fn refuses_a_list_with_something_else() {
        let many: Vec<String> = (0..9).map(|n| format!("https://b{n}.example")).collect();
        for text in [
            "https://one.example, two",
            "[https://one.example, 7]",
            "[]",
            "-",
            "[[https://x]]",
            &many.join("\n"),
        ] {
            assert_eq!(read(text).unwrap_err().input, "app-server", "{text}");
        }
    }
}
