//! Random text for tokens and ids.

use aws_lc_rs::rand;

use crate::digest::hex;
use crate::error::Error;

/// This many random letters and digits.
pub(crate) fn letters_and_digits(count: usize) -> Result<String, Error> {
    let mut text = String::with_capacity(count);
    while text.len() < count {
        let mut bytes = [0; 64];
        fill(&mut bytes)?;
        // Bytes from 248 on would make the first letters of the alphabet more likely than the others.
        let fair = bytes.iter().filter(|byte| **byte < 248).map(|byte| usize::from(*byte % 62));
        text.extend(fair.filter_map(|index| ALPHABET.get(index)).map(|byte| char::from(*byte)));
    }
    text.truncate(count);
    Ok(text)
}

/// A random UUID (RFC 9562, version 4).
pub(crate) fn uuid() -> Result<String, Error> {
    let mut bytes: [u8; 16] = [0; 16];
    fill(&mut bytes)?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = hex(&bytes);
    let parts: Vec<&str> =
        [0..8, 8..12, 12..16, 16..20, 20..32].into_iter().filter_map(|range| text.get(range)).collect();
    Ok(parts.join("-"))
}

/// Fills the buffer with random bytes.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    rand::fill(bytes).map_err(|_| Error::Crypto("get random bytes"))
}

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
