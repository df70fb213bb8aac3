//! A token as it arrived: taken apart, believed in nothing.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use github_types::Secret;
use serde_json::{Map, Value};

use crate::excerpt::excerpt;
use crate::strict_json;

/// The longest token that is looked at. GitHub's are about 1.5 KiB, more with customized claims.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The one algorithm that is verified (RFC 7518 §3.3).
const ALGORITHM: &str = "RS256";

/// The one type of token, where it says its type (RFC 7519 §5.1): what was signed for another purpose is none
/// (RFC 8725 §3.11).
const TYPE: &str = "JWT";

/// A well-formed token that nobody vouches for.
///
/// What it says may be used to find the keys of a *configured* issuer, and for nothing else.
pub struct UnverifiedToken {
    text: Secret,
    signed_bytes: usize,
    signature: Vec<u8>,
    key_id: Option<String>,
    issuer: String,
    payload: Map<String, Value>,
}

/// A string that is no token of the kind that can be verified here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is longer than [`MAX_TOKEN_BYTES`].
    #[error("the token is longer than {MAX_TOKEN_BYTES} bytes")]
    TooLong,
    /// It is not `header.payload.signature`.
    #[error("the token is not three parts joined by `.`")]
    Form,
    /// A part is not unpadded base64url in its one canonical spelling (RFC 7515 §2).
    #[error("the token's {0} is not base64url without padding")]
    Encoding(&'static str),
    /// A part is not JSON, no object, or ambiguous.
    #[error("the token's {0} is not a JSON object that names each member once")]
    Json(&'static str),
    /// A needed member is absent, empty or of another type.
    #[error("the token's {part} has no string `{name}`")]
    Member {
        /// The part of the token.
        part: &'static str,
        /// The name of the member.
        name: &'static str,
    },
    /// The token wants to be verified in another way.
    #[error("the token's algorithm is `{0}`: expected `{ALGORITHM}`")]
    Algorithm(String),
    /// The token was made for another purpose.
    #[error("the token's type is `{0}`: expected `{TYPE}`")]
    Type(String),
    /// The header demands extensions to be understood (RFC 7515 §4.1.11).
    #[error("the token's header has `crit`: no critical extension is known here")]
    Critical,
}

impl UnverifiedToken {
    /// The issuer that the token claims, for comparison with the configured ones and nothing else.
    ///
    /// SECURITY: never fetch anything from it.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The id of the key that the token claims to be signed with.
    pub fn kid(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// What the signature is over: header and payload as they were sent.
    pub(crate) fn signed(&self) -> &[u8] {
        self.text.expose().as_bytes().get(..self.signed_bytes).unwrap_or_default()
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }

    pub(crate) fn payload(&self) -> &Map<String, Value> {
        &self.payload
    }
}

impl FromStr for UnverifiedToken {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLong);
        }
        let mut parts = text.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError::Form);
        };
        if header.is_empty() || payload.is_empty() || signature.is_empty() {
            return Err(TokenError::Form);
        }
        let key_id = read_header(&object("header", header)?)?;
        let signature = decode("signature", signature)?;
        let signed_bytes = header.len() + 1 + payload.len();
        let payload = object("payload", payload)?;
        let issuer = string("payload", &payload, "iss")?.to_owned();
        Ok(Self { text: Secret::new(text), signed_bytes, signature, key_id, issuer, payload })
    }
}

/// Checks the header and gives the key id.
///
/// `jku`, `jwk`, `x5u` and `x5c`, by which a token would bring its own key, are not read at all.
fn read_header(header: &Map<String, Value>) -> Result<Option<String>, TokenError> {
    let algorithm = string("header", header, "alg")?;
    // SECURITY: the algorithm is fixed in the verifier; this only refuses what it would reject anyway, in words.
    if algorithm != ALGORITHM {
        return Err(TokenError::Algorithm(excerpt(algorithm)));
    }
    if header.contains_key("typ") {
        let kind = string("header", header, "typ")?;
        if !kind.eq_ignore_ascii_case(TYPE) {
            return Err(TokenError::Type(excerpt(kind)));
        }
    }
    if header.contains_key("crit") {
        return Err(TokenError::Critical);
    }
    if !header.contains_key("kid") {
        return Ok(None);
    }
    string("header", header, "kid").map(|kid| Some(kid.to_owned()))
}

fn object(part: &'static str, text: &str) -> Result<Map<String, Value>, TokenError> {
    strict_json::object(&decode(part, text)?).ok_or(TokenError::Json(part))
}

fn decode(part: &'static str, text: &str) -> Result<Vec<u8>, TokenError> {
    // This engine refuses padding and spare bits that are not zero, so that a token has one spelling only.
    URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Encoding(part))
}

fn string<'a>(
    part: &'static str,
    members: &'a Map<String, Value>,
    name: &'static str,
) -> Result<&'a str, TokenError> {
    let text = members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or(TokenError::Member { part, name })
}

impl fmt::Debug for UnverifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedToken")
            .field("issuer", &self.issuer)
            .field("kid", &self.key_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, payload: &str) -> String {
        [header, payload, "signature"].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
    }

    fn read(header: &str, payload: &str) -> Result<UnverifiedToken, TokenError> {
        token(header, payload).parse()
    }

    const HEADER: &str = r#"{"alg":"RS256","kid":"1"}"#;
    const PAYLOAD: &str = r#"{"iss":"https://issuer.example"}"#;

    #[test]
    fn tells_issuer_and_key_and_nothing_else() {
        let token = read(HEADER, PAYLOAD).unwrap();
        assert_eq!((token.issuer(), token.kid()), ("https://issuer.example", Some("1")));
        assert_eq!(
            format!("{token:?}"),
            "UnverifiedToken { issuer: \"https://issuer.example\", kid: Some(\"1\"), .. }"
        );
    }

    #[test]
    fn accepts_no_other_algorithm() {
        for algorithm in ["none", "None", "HS256", "RS512", "PS256", "ES256", "rs256", "RS256 "] {
            let error = read(&format!(r#"{{"alg":"{algorithm}"}}"#), PAYLOAD).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the token's algorithm is `{algorithm}`: expected `RS256`")
            );
        }
        for header in ["{}", r#"{"alg":null}"#, r#"{"alg":["RS256"]}"#, r#"{"alg":""}"#] {
            let error = TokenError::Member { part: "header", name: "alg" };
            assert_eq!(read(header, PAYLOAD).unwrap_err(), error, "{header}");
        }
    }

    #[test]
    fn accepts_no_other_type() {
        for header in
            [r#"{"alg":"RS256","typ":"JWT"}"#, r#"{"alg":"RS256","typ":"jwt"}"#, r#"{"alg":"RS256"}"#]
        {
            assert!(read(header, PAYLOAD).is_ok(), "{header}");
        }
        for kind in ["JWE", "at+jwt", "dpop+jwt", "JWT ", "application/jwt"] {
            let error = read(&format!(r#"{{"alg":"RS256","typ":"{kind}"}}"#), PAYLOAD).unwrap_err();
            assert_eq!(error.to_string(), format!("the token's type is `{kind}`: expected `JWT`"));
        }
        for kind in ["null", "1", "\"\"", "[\"JWT\"]"] {
            let error = read(&format!(r#"{{"alg":"RS256","typ":{kind}}}"#), PAYLOAD).unwrap_err();
            assert_eq!(error, TokenError::Member { part: "header", name: "typ" }, "{kind}");
        }
    }

    #[test]
    fn refuses_headers_it_cannot_honour() {
        let critical = read(r#"{"alg":"RS256","crit":[]}"#, PAYLOAD).unwrap_err();
        assert_eq!(critical, TokenError::Critical);
        for kid in ["1", "null", "\"\"", "[\"1\"]"] {
            let error = read(&format!(r#"{{"alg":"RS256","kid":{kid}}}"#), PAYLOAD).unwrap_err();
            assert_eq!(error, TokenError::Member { part: "header", name: "kid" }, "{kid}");
        }
    }

    #[test]
    fn refuses_an_issuer_that_is_no_string() {
        for payload in
            ["{}", r#"{"iss":null}"#, r#"{"iss":["a"]}"#, r#"{"iss":{"iss":"a"}}"#, r#"{"iss":""}"#]
        {
            let error = TokenError::Member { part: "payload", name: "iss" };
            assert_eq!(read(HEADER, payload).unwrap_err(), error, "{payload}");
        }
    }

    #[test]
    fn refuses_other_forms() {
        let good = token(HEADER, PAYLOAD);
        for text in
            ["", ".", "..", "a.b", "a..b", &format!("{good}."), &format!("{good}.x"), &format!(".{good}")]
        {
            assert_eq!(text.parse::<UnverifiedToken>().unwrap_err(), TokenError::Form, "{text}");
        }
    }

    #[test]
    fn refuses_every_other_spelling_of_the_same_bytes() {
        let good = token(HEADER, PAYLOAD);
        for text in [format!("{good}="), format!("{good}\n"), format!("{good} ")] {
            let error = text.parse::<UnverifiedToken>().unwrap_err();
            assert_eq!(error, TokenError::Encoding("signature"), "{text:?}");
        }
        // "signature" is nine bytes, "signatur" is eight: its last letter has two spare bits.
        let (signed, _) = good.rsplit_once('.').unwrap();
        assert!(format!("{signed}.c2lnbmF0dXI").parse::<UnverifiedToken>().is_ok());
        assert!(format!("{signed}.c2lnbmF0dXJ").parse::<UnverifiedToken>().is_err());
        // The alphabet is base64url's, not base64's.
        assert!(format!("{signed}.-_-_").parse::<UnverifiedToken>().is_ok());
        assert!(format!("{signed}.+/+/").parse::<UnverifiedToken>().is_err());
        for text in [good.replacen('J', "J ", 1), format!(" {good}"), format!("Bearer {good}")] {
            assert_eq!(text.parse::<UnverifiedToken>().unwrap_err(), TokenError::Encoding("header"));
        }
    }

    #[test]
    fn refuses_ambiguous_json() {
        for header in
            [r#"{"alg":"RS256","alg":"RS256"}"#, r#"{"alg":"none","\u0061lg":"RS256"}"#, "[]", "{}{}"]
        {
            assert_eq!(read(header, PAYLOAD).unwrap_err(), TokenError::Json("header"), "{header}");
        }
        for payload in
            [r#"{"iss":"a","iss":"a"}"#, r#"{"iss":"a","x":{"y":1,"y":2}}"#, "null", r#"{"iss":"a"}x"#]
        {
            assert_eq!(read(HEADER, payload).unwrap_err(), TokenError::Json("payload"), "{payload}");
        }
    }

    #[test]
    fn refuses_an_oversized_token() {
        let of_length = |bytes: usize| {
            let good = token(HEADER, PAYLOAD);
            format!("{good}{}", "A".repeat(bytes - good.len())).parse::<UnverifiedToken>()
        };
        assert_eq!(of_length(MAX_TOKEN_BYTES + 1).unwrap_err(), TokenError::TooLong);
        assert!(!matches!(of_length(MAX_TOKEN_BYTES), Err(TokenError::TooLong)));
    }
}
