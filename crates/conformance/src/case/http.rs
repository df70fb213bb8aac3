//! Cases on the level of HTTP: `cases/http/*.yaml`.
//!
//! A file is `{note, cases}`. Each case asks a broker that stands before a sandbox. The sandbox's world, the caller's
//! claims and the default body come from `cases/base.yaml` with the case's `scenario` merged over it.
//!
//! - `token` says how the OIDC token is made: `header` and `claims` are merged over a sound token's, `null` removes. A
//!   claim `{seconds_from_now: N}` is a time, `{append: TEXT}` lengthens the sound one.
//! - `request.authorization` is the header's text, with `$token` for that token, here and in other headers; `null` leaves
//!   the header out. An empty `content-type` leaves that one out; without it JSON is declared.
//! - `request.body` is JSON, `request.raw` any text; without both a `POST` carries the scenario's request.
//! - `want.json` and `want.headers` are exact but for the values `$any` (something is there), `{contains: TEXT}` and
//!   `{not: VALUE}`; a header `null` must be absent. `want.text` is the whole body.
//! - `world` is laid over the sandbox's world, in the shape of `PUT /sandbox/world` below `owners`, after the scenario.
//! - `broker.rate_limit_per_minute` is that setting; without it there is no limit.
//! - `before` is how often the same request is sent before the one that counts.
//! - After each case a sound request is sent to the same broker, which must grant it, unless `lasting` says that what
//!   the case shows lasts longer.
//! - `alike` is a list of further scenarios to merge: each must get the very same answer, request id aside.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{LoadError, base, files, folder, merge, parse};

/// One exchange with a broker.
#[derive(Debug, Clone)]
pub struct HttpCase {
    /// The file, below `cases/`, and the case's note.
    pub name: String,
    /// The world, the caller and the default body.
    pub scenario: Value,
    /// Further scenarios that must get the same answer.
    pub alike: Vec<Value>,
    /// How the caller's token is made.
    pub token: Token,
    /// Laid over the owners of the sandbox's world.
    pub world: Value,
    /// Requests per minute that a repository may make; 0: any number.
    pub rate_limit_per_minute: u32,
    /// How often the request is sent before the one that counts.
    pub before: u32,
    /// Whether the broker may refuse the next sound request, too.
    pub lasting: bool,
    /// Faults for the sandbox, as its `POST /sandbox/faults` takes them.
    pub faults: Vec<Value>,
    /// What is sent.
    pub request: Request,
    /// What must come back.
    pub want: Want,
}

/// How an OIDC token differs from a sound one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Merged over the header.
    #[serde(default)]
    pub header: Map<String, Value>,
    /// Merged over the claims.
    #[serde(default)]
    pub claims: Map<String, Value>,
    /// Who signs.
    #[serde(default)]
    pub signature: Signature,
}

/// Who signs a token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signature {
    /// The issuer.
    #[default]
    Sound,
    /// Somebody else with the issuer's key id.
    Foreign,
    /// The issuer, but a byte was changed.
    Spoiled,
}

/// What is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The method.
    #[serde(default = "post")]
    pub method: String,
    /// Path and query.
    #[serde(default = "access_tokens")]
    pub path: String,
    /// The header `authorization`; absent: none.
    #[serde(default = "bearer")]
    pub authorization: Option<String>,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A JSON body; `null` is one, too.
    #[serde(default, deserialize_with = "present")]
    pub body: Option<Value>,
    /// Any other body.
    #[serde(default)]
    pub raw: Option<String>,
}

/// What must come back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Want {
    /// The status.
    pub status: u16,
    /// Headers: a text, `$any`, `{contains: TEXT}`, or `null` for absent.
    #[serde(default)]
    pub headers: BTreeMap<String, Value>,
    /// The body as JSON.
    #[serde(default)]
    pub json: Option<Value>,
    /// The body as text.
    #[serde(default)]
    pub text: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    note: String,
    cases: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    note: String,
    #[serde(default)]
    scenario: Value,
    #[serde(default)]
    alike: Vec<Value>,
    #[serde(default)]
    world: Value,
    #[serde(default)]
    broker: Broker,
    #[serde(default)]
    before: u32,
    #[serde(default)]
    lasting: bool,
    #[serde(default)]
    token: Token,
    #[serde(default)]
    faults: Vec<Value>,
    #[serde(default)]
    request: Value,
    want: Want,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Broker {
    rate_limit_per_minute: u32,
}

/// All HTTP cases, in the order of their files.
///
/// # Errors
/// The first file that cannot be read or understood.
pub fn http() -> Result<Vec<HttpCase>, LoadError> {
    let base = base()?;
    let mut cases = Vec::new();
    for path in files(&folder().join("http"))? {
        let file: File = parse(&path)?;
        for entry in file.cases {
            let file_name = path.strip_prefix(folder()).unwrap_or(&path).display();
            let name = format!("{file_name}: {}: {}", file.note.trim_end_matches('.'), entry.note);
            let case = complete(entry, &base, name.clone());
            cases.push(case.map_err(|problem| LoadError::Meaning { case: name, problem })?);
        }
    }
    Ok(cases)
}

fn complete(entry: Entry, base: &Value, name: String) -> Result<HttpCase, String> {
    let scenario = merge::merge(base.clone(), entry.scenario);
    let alike = entry.alike.into_iter().map(|over| merge::expand(merge::merge(scenario.clone(), over)));
    let request =
        if entry.request.is_null() { Value::Object(Map::new()) } else { merge::expand(entry.request)? };
    Ok(HttpCase {
        name,
        alike: alike.collect::<Result<_, _>>()?,
        scenario: merge::expand(scenario)?,
        world: merge::expand(entry.world)?,
        rate_limit_per_minute: entry.broker.rate_limit_per_minute,
        before: entry.before,
        lasting: entry.lasting,
        token: entry.token,
        faults: entry.faults,
        request: serde_json::from_value(request).map_err(|error| error.to_string())?,
        want: entry.want,
    })
}

/// Tells a field that is `null` from one that is absent.
fn present<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(field).map(Some)
}

fn post() -> String {
    "POST".to_owned()
}

fn access_tokens() -> String {
    "/access_tokens".to_owned()
}

#[expect(clippy::unnecessary_wraps, reason = "the default of an optional field")]
fn bearer() -> Option<String> {
    Some("Bearer $token".to_owned())
}
