//! What the fuzz targets share: how an input falls into its parts.
//!
//! An input is a text, and its parts stand between lines of [`SEPARATOR`]. So a mutation stays where it happens, a find
//! can be read by eye, and the seeds ([`conformance`]'s cases) are plain files.

/// The line between two parts.
pub const SEPARATOR: &str = "%%%%";

/// The parts of an input; none if it is no text.
pub fn parts(data: &[u8]) -> Option<Vec<&str>> {
    let text = std::str::from_utf8(data).ok()?;
    Some(text.split(&format!("\n{SEPARATOR}\n")).collect())
}

/// The first parts, so many; what is not there is empty.
pub fn first<'a, const N: usize>(parts: &[&'a str]) -> [&'a str; N] {
    std::array::from_fn(|place| parts.get(place).copied().unwrap_or_default())
}
