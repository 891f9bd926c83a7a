//! What the compiler and clippy cannot hold: the direction of dependencies, the shape of files, and that
//! documents say what is so. Each rule lists every place that breaks it.

mod binary;
mod dependencies;
mod documents;
mod sources;

use std::fs;
use std::path::Path;
use trueconfig_tests::support::root;

/// What is not the project's own text.
const SKIPPED: [&str; 2] = [".git", "target"];

/// A text file of the project.
struct SourceFile {
    /// From the workspace's root, with slashes.
    path: String,
    /// Its content.
    text: String,
}

impl SourceFile {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Its lines with their places.
    fn lines(&self) -> impl Iterator<Item = (String, &str)> {
        self.text.lines().enumerate().map(|(at, line)| (format!("{}:{}", self.path, at + 1), line))
    }

    /// The part that only tests compile: a whole file of tests, or what follows `#[cfg(test)] mod tests {`.
    fn test_lines(&self) -> impl Iterator<Item = (String, &str)> {
        let whole = self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || self.path.ends_with("/tests.rs");
        let first = self.text.lines().position(|line| line == "mod tests {").unwrap_or(usize::MAX);
        self.lines().skip(if whole { 0 } else { first })
    }
}

/// Every text file, in the order of paths.
fn source_files() -> Vec<SourceFile> {
    let mut files = Vec::new();
    collect(&root(), "", &mut files);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(files.iter().any(|file| file.path == "Cargo.toml"), "this is not the workspace");
    files
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).expect("the workspace can be read") {
        let entry = entry.expect("the workspace can be read");
        let name = entry.file_name().into_string().expect("our names are text");
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().expect("the workspace can be read");
        if SKIPPED.contains(&name.as_str()) || name.starts_with("target-") {
            continue;
        }
        if kind.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            files.push(SourceFile { path, text });
        }
    }
}

/// The text of one document.
fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Fails with every place, not with the first.
fn assert_none(rule: &str, broken: Vec<String>) {
    assert!(broken.is_empty(), "{rule}\n  {}", broken.join("\n  "));
}
