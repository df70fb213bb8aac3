//! PEM that went through configuration: newlines escaped, quoted or gone.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use zeroize::Zeroizing;

use super::AppKeyError;

/// How the key inside a PEM block is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    /// `RSA PRIVATE KEY`: PKCS#1 (RFC 8017 A.1.2).
    Pkcs1,
    /// `PRIVATE KEY`: PKCS#8 (RFC 5958).
    Pkcs8,
}

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// How some secret managers hand out whatever they keep, with and without padding.
const WHOLE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The one PEM block in `text`, decoded; what stands around it is ignored, as RFC 7468 §2 has it: quotes, spaces, a
/// byte order mark.
///
/// The text may also be base64 of all that, on one line or on several, as secret managers hand it out.
pub(super) fn read(text: &str) -> Result<(Format, Zeroizing<Vec<u8>>), AppKeyError> {
    if text.contains(BEGIN) {
        return block(text);
    }
    let text = text.trim_matches(|c: char| matches!(c, '"' | '\'' | '\u{feff}') || c.is_whitespace());
    let whole = decode(&WHOLE, text).map_err(|_| AppKeyError::NoPem)?;
    block(std::str::from_utf8(&whole).map_err(|_| AppKeyError::NoPem)?)
}

fn block(text: &str) -> Result<(Format, Zeroizing<Vec<u8>>), AppKeyError> {
    let (_, block) = text.split_once(BEGIN).ok_or(AppKeyError::NoPem)?;
    if block.contains(BEGIN) {
        return Err(AppKeyError::Several);
    }
    let (label, rest) = block.split_once(DASHES).ok_or(AppKeyError::NoPem)?;
    let (format, label) = match label {
        "RSA PRIVATE KEY" => (Format::Pkcs1, "RSA PRIVATE KEY"),
        "PRIVATE KEY" => (Format::Pkcs8, "PRIVATE KEY"),
        "ENCRYPTED PRIVATE KEY" => return Err(AppKeyError::Encrypted),
        other if is_label(other) => return Err(AppKeyError::Label(other.to_owned())),
        _ => return Err(AppKeyError::NoPem),
    };
    let (body, end) = rest.split_once(DASHES).ok_or(AppKeyError::CutShort(label))?;
    if !end
        .strip_prefix("END ")
        .and_then(|end| end.strip_prefix(label))
        .is_some_and(|end| end.starts_with(DASHES))
    {
        return Err(AppKeyError::CutShort(label));
    }
    // The old headers of encrypted PKCS#1 keys (RFC 1421 §4.6.1.1); no base64 has a colon.
    if body.contains(':') {
        return Err(AppKeyError::Encrypted);
    }
    decode(&STANDARD, body).map(|der| (format, der))
}

/// Whether a label may be repeated in a message.
///
/// SECURITY: what stands between dashes may be the key itself when some dashes were lost, but a key is longer
/// than this and has small letters.
fn is_label(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b' ')
}

fn decode(base64: &GeneralPurpose, body: &str) -> Result<Zeroizing<Vec<u8>>, AppKeyError> {
    // Room for everything at once: growing would leave copies behind that nobody wipes.
    let mut letters = Zeroizing::new(Vec::with_capacity(body.len()));
    let mut bytes = body.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => match bytes.by_ref().find(|next| *next != b'\\') {
                Some(b'n' | b'r') => {}
                _ => return Err(AppKeyError::Encoding),
            },
            byte if byte.is_ascii_whitespace() => {}
            byte => letters.push(byte),
        }
    }
    let mut der = Zeroizing::new(Vec::with_capacity(letters.len()));
    base64.decode_vec(letters.as_slice(), &mut der).map_err(|_| AppKeyError::Encoding)?;
    Ok(der)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_body_between_begin_and_end() {
        let (format, der) =
            read("x -----BEGIN PRIVATE KEY-----\\nAAEC\\n-----END PRIVATE KEY----- y").unwrap();
        assert_eq!((format, der.as_slice()), (Format::Pkcs8, [0, 1, 2].as_slice()));
    }

    #[test]
    fn refuses_an_end_that_does_not_fit() {
        for end in ["-----END RSA PRIVATE KEY-----", "-----END PRIVATE KEY", "-----BEGINNING", "----"] {
            let error = read(&format!("-----BEGIN PRIVATE KEY-----AAEC{end}")).unwrap_err();
            assert_eq!(error, AppKeyError::CutShort("PRIVATE KEY"), "{end}");
        }
    }

    #[test]
    fn refuses_other_escapes() {
        for body in ["AA\\tEC", "AAEC\\", "AAEC\\\\"] {
            let error =
                read(&format!("-----BEGIN PRIVATE KEY-----{body}-----END PRIVATE KEY-----")).unwrap_err();
            assert_eq!(error, AppKeyError::Encoding, "{body}");
        }
    }
}
