//! Prints `docs/rules.md`.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(lint::markdown().as_bytes())
}
