//! What is asked for: the body of a request, from flags.

use anyhow::bail;
use serde_json::{Map, Value, json};

/// The flags that say it.
#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Request")]
pub(super) struct Asked {
    /// A permission that the token shall have, such as `contents=write` or `contents: write`; may be given several
    /// times, or with commas between
    #[arg(long, required = true, value_name = "NAME=LEVEL", value_parser = permission, value_delimiter = ',')]
    permission: Vec<(String, String)>,

    /// A repository that the token shall reach, `name` or `owner/name`, or `ALL`; may be given several times, or with
    /// commas between; default is the caller's
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    target: Vec<String>,

    /// Ask for all repositories of the owner, as `--target ALL` does
    #[arg(long, conflicts_with = "target")]
    all: bool,

    /// The account that owns the repositories; default is the one in --target, else the caller's
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,
}

fn permission(text: &str) -> Result<(String, String), String> {
    match text.split_once(['=', ':']) {
        Some((name, level)) if !name.trim().is_empty() && !level.trim().is_empty() => {
            Ok((name.trim().to_owned(), level.trim().to_owned()))
        }
        _ => Err("expected for example `contents=write`".to_owned()),
    }
}

impl Asked {
    /// The body that a client would send.
    ///
    /// # Errors
    /// When a permission is asked for twice, or `ALL` beside others.
    pub(super) fn body(&self) -> anyhow::Result<Value> {
        let mut permissions = Map::new();
        for (name, level) in &self.permission {
            if permissions.insert(name.clone(), level.clone().into()).is_some() {
                bail!("--permission: `{name}` is asked for twice");
            }
        }
        let mut body = Map::from_iter([("permissions".to_owned(), Value::Object(permissions))]);
        if let Some(owner) = &self.owner {
            body.insert("owner".to_owned(), json!(owner));
        }
        let is_all = |target: &String| target.trim().eq_ignore_ascii_case("ALL");
        if self.target.len() > 1 && self.target.iter().any(is_all) {
            bail!("--target: `ALL` stands for every repository; leave out the others");
        }
        if self.all || self.target.iter().any(is_all) {
            body.insert("repositories".to_owned(), json!("ALL"));
        } else if !self.target.is_empty() {
            body.insert(
                "repositories".to_owned(),
                json!(self.target.iter().map(|name| name.trim()).collect::<Vec<_>>()),
            );
        }
        Ok(Value::Object(body))
    }

    /// The permissions by name, as they were written.
    pub(super) fn permissions(&self) -> impl Iterator<Item = (String, String)> {
        self.permission.iter().cloned()
    }

    /// The account that is asked, if the flags name it.
    pub(super) fn owner(&self) -> Option<&str> {
        let of_target = || self.target.iter().find_map(|target| Some(target.trim().split_once('/')?.0));
        self.owner.as_deref().or_else(of_target)
    }
}
