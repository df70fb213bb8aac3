//! In which form the findings are printed.

use lint::report::{self, Report};
use preview::verdict;

use crate::exit::Failure;

/// For whom.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people
    Human,
    /// For programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a job in GitHub Actions
    Github,
}

impl Format {
    /// What fits where this runs: a job in GitHub Actions says that it is one
    /// (<https://docs.github.com/en/actions/reference/workflows-and-actions/variables>).
    pub(super) fn of_this_place() -> Self {
        match std::env::var_os("GITHUB_ACTIONS") {
            Some(value) if value == "true" => Self::Github,
            _ => Self::Human,
        }
    }

    /// The report in this form; what people read of the files stands before it already.
    pub(super) fn of(self, whole: &Report) -> Result<String, Failure> {
        match self {
            Self::Human => Ok(verdict::of_all(whole) + "\n"),
            Self::Github => Ok(report::github(whole) + &verdict::of_all(whole) + "\n"),
            Self::Json => report::json(whole).map_err(Failure::failed),
            Self::Sarif => report::sarif(whole).map_err(Failure::failed),
        }
    }
}
