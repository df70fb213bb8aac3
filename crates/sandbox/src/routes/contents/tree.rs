//! Directories, which a world does not have: they follow from the paths of its files.

use std::collections::BTreeMap;

use crate::digest::git_object_id;
use crate::world::File;

/// One thing in a directory.
#[derive(Debug, PartialEq)]
pub(crate) enum Entry<'f> {
    File { name: String, file: &'f File },
    Directory { name: String, sha: String },
}

/// What is in the directory at this path (empty for the root), or `None` if there is no such directory.
pub(crate) fn list<'f>(files: &'f BTreeMap<String, File>, path: &str) -> Option<Vec<Entry<'f>>> {
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let mut entries: Vec<Entry<'f>> = Vec::new();
    for (full, file) in files.range(prefix.clone()..).take_while(|(full, _)| full.starts_with(&prefix)) {
        let rest = full.strip_prefix(&prefix).unwrap_or(full);
        match rest.split_once('/') {
            None => entries.push(Entry::File { name: rest.to_owned(), file }),
            Some((name, _)) if is_last(&entries, name) => {}
            Some((name, _)) => {
                let sha = tree_sha(&list(files, &format!("{prefix}{name}"))?);
                entries.push(Entry::Directory { name: name.to_owned(), sha });
            }
        }
    }
    (!entries.is_empty()).then_some(entries)
}

/// The files of one directory need not be neighbours (`a/x`, `a.b`, `a/y` cannot happen, `a-b` before `a/x` can), but all paths
/// below the same directory are.
fn is_last(entries: &[Entry<'_>], name: &str) -> bool {
    matches!(entries.last(), Some(Entry::Directory { name: last, .. }) if last == name)
}

/// The git id of a tree of plain files and directories.
pub(crate) fn tree_sha(entries: &[Entry<'_>]) -> String {
    let mut lines: Vec<(String, Vec<u8>)> = entries.iter().map(line).collect();
    lines.sort();
    let content: Vec<u8> = lines.into_iter().flat_map(|(_, line)| line).collect();
    git_object_id("tree", &content)
}

/// A line of a tree, after the key it is sorted by: git compares directories as if their names ended in a slash.
fn line(entry: &Entry<'_>) -> (String, Vec<u8>) {
    let (key, head, sha) = match entry {
        Entry::File { name, file } => (name.clone(), format!("100644 {name}\0"), &file.sha),
        Entry::Directory { name, sha } => (format!("{name}/"), format!("40000 {name}\0"), sha),
    };
    let mut line = head.into_bytes();
    line.extend(unhex(sha));
    (key, line)
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|digit| digit.to_digit(16)?.try_into().ok()).collect();
    digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}
