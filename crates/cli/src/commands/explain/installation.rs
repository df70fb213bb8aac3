//! The App's installation: as GitHub's API describes it, or one that stands in nobody's way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use policy::decide::{OWNER_POLICY_PATHS, REPOSITORY_POLICY_PATHS};
use policy::scenario::ScenarioInstallation;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::commands::disk::read_text;

/// The flags that say it.
#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Installation")]
pub(super) struct Installation {
    /// The App's installation as GitHub's API tells it (`gh api /orgs/OWNER/installation` with the App's own token);
    /// default is one that has every permission that is asked for
    #[arg(long, value_name = "FILE")]
    installation: Option<PathBuf>,

    /// The App is not installed for the owner
    #[arg(long, conflicts_with = "installation")]
    without_installation: bool,
}

/// What GitHub tells of an installation, as far as it counts.
#[derive(Deserialize)]
struct Described {
    account: Account,
    suspended_at: Option<String>,
    permissions: BTreeMap<String, String>,
    #[serde(default)]
    single_file_paths: Vec<String>,
}

#[derive(Deserialize)]
struct Account {
    id: u64,
}

impl Installation {
    /// The installation for a request of these permissions to `owner`, if there is one.
    ///
    /// # Errors
    /// When the file cannot be read or is none of GitHub's.
    pub(super) fn of(
        &self,
        permissions: impl Iterator<Item = (String, String)>,
        claims: &Map<String, Value>,
        owner: &str,
        assumed: &mut Vec<String>,
    ) -> anyhow::Result<Option<ScenarioInstallation>> {
        if self.without_installation {
            return Ok(None);
        }
        if let Some(file) = &self.installation {
            return described(file).map(Some);
        }
        let of = if owner.is_empty() { "the owner".to_owned() } else { format!("`{owner}`") };
        assumed.push(format!(
            "the GitHub App is installed for {of}, has every permission that is asked for, and can read the policies"
        ));
        let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        let is_own = claim("repository_owner").eq_ignore_ascii_case(owner);
        let read = [("single-file".to_owned(), "read".to_owned())];
        Ok(Some(ScenarioInstallation {
            owner_id: claim("repository_owner_id").parse().ok().filter(|_| is_own).unwrap_or_default(),
            suspended: false,
            permissions: read.into_iter().chain(permissions).collect(),
            single_file_paths: OWNER_POLICY_PATHS
                .into_iter()
                .chain(REPOSITORY_POLICY_PATHS)
                .map(str::to_owned)
                .collect(),
        }))
    }
}

fn described(file: &Path) -> anyhow::Result<ScenarioInstallation> {
    let name = file.display();
    let found: Described = serde_json::from_str(&read_text(file)?).with_context(|| {
        format!("--installation: `{name}` is not what `GET /orgs/OWNER/installation` answers")
    })?;
    Ok(ScenarioInstallation {
        owner_id: found.account.id,
        suspended: found.suspended_at.is_some(),
        permissions: found.permissions,
        single_file_paths: found.single_file_paths,
    })
}
