//! The public keys of an issuer.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

/// The most entries that a set may have. GitHub publishes fewer than ten.
const MAX_ENTRIES: usize = 64;
/// The public exponent of every key in practice (2¹⁶ + 1), big-endian.
const EXPONENT: [u8; 3] = [1, 0, 1];

/// The RSA keys of an issuer that sign tokens.
///
/// INVARIANT: never empty, so that a failing or foreign answer cannot pass for an issuer without keys.
#[derive(Clone, Debug)]
pub struct KeySet(Vec<Key>);

#[derive(Clone, Debug)]
struct Key {
    id: Option<String>,
    public: ParsedPublicKey,
}

/// A document that is no usable key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not JSON, or without the array `keys` (RFC 7517 §5).
    #[error("the key set is not a JSON object with an array `keys`")]
    Form,
    /// More entries than any issuer has.
    #[error("the key set has more than {MAX_ENTRIES} keys")]
    TooMany,
    /// No entry is an RSA key for RS256 signatures.
    #[error("the key set has no RSA key of 2048 to 8192 bits for signatures with RS256")]
    Empty,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// One entry, as RFC 7517 §4 and RFC 7518 §6.3.1 write it. Certificates (`x5c`) and references (`x5u`) are not read.
#[derive(Deserialize)]
struct Entry {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    n: String,
    e: String,
}

impl KeySet {
    /// Reads a JSON Web Key Set; entries that are not RSA keys for RS256 signatures are left out.
    ///
    /// # Errors
    /// When the document has another shape, is unreasonably large, or no key is left.
    pub fn from_json(json: &[u8]) -> Result<Self, KeySetError> {
        let document: Document = serde_json::from_slice(json).map_err(|_| KeySetError::Form)?;
        if document.keys.len() > MAX_ENTRIES {
            return Err(KeySetError::TooMany);
        }
        let keys: Vec<Key> = document.keys.into_iter().filter_map(key).collect();
        if keys.is_empty() { Err(KeySetError::Empty) } else { Ok(Self(keys)) }
    }

    /// How many keys there are; at least one.
    pub fn key_count(&self) -> usize {
        self.0.len()
    }

    /// The keys that a token with this key id may be signed with; more than one only if the issuer reuses an id.
    ///
    /// A token without a key id fits when there is no choice.
    pub(crate) fn candidates(&self, id: Option<&str>) -> impl Iterator<Item = &ParsedPublicKey> {
        let single = self.0.len() == 1;
        let fits = move |key: &&Key| match id {
            Some(_) => key.id.as_deref() == id,
            None => single,
        };
        self.0.iter().filter(fits).map(|key| &key.public)
    }
}

fn key(value: Value) -> Option<Key> {
    let entry: Entry = serde_json::from_value(value).ok()?;
    let signs = entry.usage.is_none_or(|usage| usage == "sig")
        && entry.key_ops.is_none_or(|operations| operations.iter().any(|operation| operation == "verify"))
        && entry.alg.is_none_or(|algorithm| algorithm == "RS256");
    if entry.kty != "RSA" || !signs {
        return None;
    }
    let modulus = number(&entry.n)?;
    if !(2048..=8192).contains(&bits(&modulus)) || number(&entry.e)? != EXPONENT {
        return None;
    }
    // SECURITY: the algorithm is fixed here, before any token is seen.
    let components = RsaPublicKeyComponents { n: modulus, e: EXPONENT.to_vec() };
    let public = components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()?;
    Some(Key { id: entry.kid, public })
}

/// Reads a `Base64urlUInt`; some issuers write a leading zero byte although RFC 7518 §2 forbids it.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let first = bytes.iter().position(|byte| *byte != 0)?;
    bytes.get(first..).map(<[u8]>::to_vec)
}

fn bits(number: &[u8]) -> usize {
    let spare = number.first().map_or(0, |byte| byte.leading_zeros() as usize);
    number.len() * 8 - spare
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// An entry with a modulus of that many bits (odd, of no known factors, which is all that reading asks).
    fn entry(bits: usize) -> Value {
        let mut modulus = vec![0xff; bits.div_ceil(8)];
        modulus[0] >>= (8 - bits % 8) % 8;
        json!({"kty": "RSA", "kid": "1", "n": URL_SAFE_NO_PAD.encode(modulus), "e": "AQAB"})
    }

    fn read(entries: &[Value]) -> Result<KeySet, KeySetError> {
        KeySet::from_json(json!({ "keys": entries }).to_string().as_bytes())
    }

    fn with(name: &str, value: Value) -> Value {
        let mut entry = entry(2048);
        entry[name] = value;
        entry
    }

    #[test]
    fn keeps_rsa_keys_for_signatures() {
        for good in [
            entry(2048),
            entry(3072),
            entry(8192),
            with("use", json!("sig")),
            with("alg", json!("RS256")),
            with("key_ops", json!(["verify"])),
            with("x5c", json!(["anything"])),
        ] {
            assert_eq!(read(std::slice::from_ref(&good)).unwrap().key_count(), 1, "{good}");
        }
    }

    #[test]
    fn leaves_every_other_entry_out() {
        let mut others = vec![
            entry(2047),
            entry(1024),
            entry(8193),
            with("kty", json!("EC")),
            with("kty", json!("oct")),
            with("use", json!("enc")),
            with("alg", json!("RS512")),
            with("alg", json!("HS256")),
            with("key_ops", json!(["sign"])),
            with("kid", json!(1)),
            with("e", json!("AQ")),
            with("e", json!("Aw")),
            with("e", json!("")),
            with("n", json!("")),
            with("n", json!("AAAA")),
            with("n", json!("not base64")),
            json!(null),
            json!("key"),
            json!({"kty": "RSA"}),
        ];
        assert_eq!(read(&others).unwrap_err(), KeySetError::Empty);
        others.push(entry(2048));
        assert_eq!(read(&others).unwrap().key_count(), 1);
    }

    #[test]
    fn refuses_what_is_no_key_set() {
        for json in ["", "[]", "{}", "null", r#"{"keys":{}}"#, r#"{"keys":[]} x"#, "<html>"] {
            assert_eq!(KeySet::from_json(json.as_bytes()).unwrap_err(), KeySetError::Form, "{json}");
        }
        assert_eq!(read(&[]).unwrap_err(), KeySetError::Empty);
        assert_eq!(read(&vec![entry(2048); 65]).unwrap_err(), KeySetError::TooMany);
        assert_eq!(read(&vec![entry(2048); 64]).unwrap().key_count(), 64);
    }

    #[test]
    fn finds_keys_by_their_id() {
        let keys =
            read(&[with("kid", json!("1")), with("kid", json!("2")), with("kid", json!(null))]).unwrap();
        let found = |id| keys.candidates(id).count();
        assert_eq!((found(Some("1")), found(Some("2")), found(Some("3")), found(None)), (1, 1, 0, 0));
        let single = read(&[entry(2048)]).unwrap();
        assert_eq!((single.candidates(None).count(), single.candidates(Some("2")).count()), (1, 0));
    }

    #[test]
    fn a_leading_zero_byte_is_no_part_of_the_number() {
        let mut modulus = vec![0xff; 256];
        modulus.insert(0, 0);
        assert!(read(&[with("n", json!(URL_SAFE_NO_PAD.encode(modulus)))]).is_ok());
    }
}
