//! How the paths of files are told.

use std::env;
use std::path::{Component, Path, PathBuf};

use super::format::Format;

/// What paths are told from.
#[derive(Debug)]
pub(super) enum Paths {
    /// As they were given.
    AsGiven,
    /// From the root of the checkout, as GitHub wants them; a path that leads out of it from the root of the machine.
    From { root: PathBuf, here: PathBuf },
}

impl Paths {
    pub(super) fn of(format: Format) -> Self {
        match (format, env::current_dir()) {
            (Format::Sarif | Format::Github, Ok(here)) => {
                let workspace = env::var_os("GITHUB_WORKSPACE").map(PathBuf::from);
                // A step, or somebody at a terminal, may be in a folder of the checkout.
                let workspace = workspace.filter(|root| here.starts_with(root));
                let root = workspace.or_else(|| checkout(&here)).unwrap_or_else(|| here.clone());
                Self::From { root, here }
            }
            _ => Self::AsGiven,
        }
    }

    /// The path, with `/` between folders.
    pub(super) fn told(&self, path: &Path) -> String {
        match self {
            Self::AsGiven => path.display().to_string(),
            Self::From { root, here } => {
                let whole = plain(&here.join(path));
                with_slashes(whole.strip_prefix(root).unwrap_or(&whole))
            }
        }
    }
}

/// The folder at the top of the git checkout; in a linked one, `.git` is a file.
fn checkout(here: &Path) -> Option<PathBuf> {
    here.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}

/// Without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            _ => plain.push(component),
        }
    }
    plain
}

fn with_slashes(path: &Path) -> String {
    let shown = path.display().to_string();
    if cfg!(windows) { shown.replace('\\', "/") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_at_the_root_of_the_checkout() {
        let paths = Paths::From { root: "/srv/site".into(), here: "/srv/site/infra".into() };
        for (path, told) in [
            ("access-token.yaml", "infra/access-token.yaml"),
            ("./a/../b.yaml", "infra/b.yaml"),
            ("../.github/access-token.yaml", ".github/access-token.yaml"),
            ("/srv/site/infra/x.yaml", "infra/x.yaml"),
            ("../../other/x.yaml", "/srv/other/x.yaml"),
            ("/etc/x.yaml", "/etc/x.yaml"),
        ] {
            assert_eq!(paths.told(Path::new(path)), told);
        }
        assert_eq!(Paths::AsGiven.told(Path::new("./a/../b.yaml")), "./a/../b.yaml");
    }
}
