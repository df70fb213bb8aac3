//! Text that looks like YAML, or once did.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// What YAML is made of, with what parsers disagree on.
const PIECES: [&str; 60] = [
    "a",
    "b",
    "a: ",
    "b: ",
    "a:",
    ": ",
    "- ",
    "-",
    "? ",
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    " ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    ",",
    "&a ",
    "&b ",
    "*a",
    "*b",
    "\"",
    "'",
    "\\",
    "|\n",
    ">-\n",
    "#c\n",
    " #c\n",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "!!str ",
    "!x ",
    "!",
    "true",
    "null",
    "~",
    "on",
    "1",
    "0x1f",
    "1e3",
    ".inf",
    "<<: ",
    "\t",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{0}",
    "\u{7f}",
    "é",
    "😀",
    "@",
    "`",
    "=",
    "%",
];

/// Pieces of YAML in any order.
pub(crate) fn soup() -> impl Strategy<Value = String> {
    vec(select(&PIECES[..]), 0..40).prop_map(|pieces| pieces.concat())
}

/// A policy with something in the middle of it.
pub(crate) fn spoiled_policy() -> impl Strategy<Value = String> {
    const POLICY: &str = "origin: octo-org/website\nstatements:\n  - subjects: [ \"repo:octo-org/app:**\" ]\n    permissions: {contents: read}\n    claims: {ref: [a, b]}\n    expires: 2027-01-01\n";
    (0..POLICY.len(), 0..20_usize, soup()).prop_map(|(place, gone, soup)| {
        let (before, after) = POLICY.split_at(place);
        let after: String = after.chars().skip(gone).collect();
        format!("{before}{soup}{after}")
    })
}

/// Any text at all, of the other kinds too.
pub(crate) fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), soup(), spoiled_policy(), "[ -~\n]{0,200}"]
}
