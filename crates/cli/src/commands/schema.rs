//! `access-token schema`: JSON Schemas of the files that people write, for their editors.

mod policy;

use std::io::Write;

use schemars::{Schema, schema_for};

use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
The schemas are of draft 2020-12. An editor with the YAML language server takes
one from the first line of a file:

  # yaml-language-server: $schema=PATH-OR-URL

A schema helps with writing; `access-token check` knows more.

Examples:
  access-token schema repository > repository.json
  access-token schema test > test.json";

/// Print the JSON Schema of a kind of file, for editors
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The kind of file
    #[arg(value_enum)]
    kind: Kind,
}

/// The kinds of files.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// `.github/access-token.yaml` in a target repository
    Repository,
    /// `access-token.yaml` in `OWNER/.github-access-token`
    Owner,
    /// `access-token.test.yaml`
    Test,
}

/// Prints the schema.
pub(crate) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<Exit, Failure> {
    let schema: Schema = match arguments.kind {
        Kind::Repository => schema_for!(policy::RepositoryPolicy),
        Kind::Owner => schema_for!(policy::OwnerPolicy),
        Kind::Test => schema_for!(preview::suite::TestFile),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(Failure::failed)? + "\n";
    output.write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}
