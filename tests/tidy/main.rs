//! What the compiler and clippy cannot hold: the direction of dependencies, the shape of files, and that
//! documents say what is so. Each rule lists every place that breaks it.

mod binary;
mod dependencies;
mod documents;
mod requirements;
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
    /// Whether only tests compile it.
    for_tests: bool,
}

impl SourceFile {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Its lines with their places.
    fn lines(&self) -> impl Iterator<Item = (String, &str)> {
        self.text.lines().enumerate().map(|(at, line)| (format!("{}:{}", self.path, at + 1), line))
    }

    /// The part that only tests compile: all of it, or what follows `mod tests {`.
    fn test_lines(&self) -> impl Iterator<Item = (String, &str)> {
        self.lines().skip(if self.for_tests { 0 } else { self.product_length() })
    }

    /// The part that is built into a product.
    fn product_lines(&self) -> impl Iterator<Item = (String, &str)> {
        self.lines().take(if self.for_tests { 0 } else { self.product_length() })
    }

    fn product_length(&self) -> usize {
        self.text.lines().position(|line| line == "mod tests {").unwrap_or(usize::MAX)
    }

    /// Where the modules lie that this file declares under `#[cfg(test)]`, without their ending.
    fn test_modules(&self) -> impl Iterator<Item = String> {
        let (folder, name) = self.path.rsplit_once('/').unwrap_or_default();
        let stem = name.trim_end_matches(".rs");
        let inside = if ["mod", "lib", "main"].contains(&stem) {
            folder.to_owned()
        } else {
            format!("{folder}/{stem}")
        };
        let lines = self.text.lines().zip(self.text.lines().skip(1));
        let declared = lines.filter(|(attribute, _)| *attribute == "#[cfg(test)]").filter_map(|(_, line)| {
            let line = line.trim_start_matches("pub(crate) ");
            line.strip_prefix("mod ")?.strip_suffix(';')
        });
        declared.map(move |module| format!("{inside}/{module}"))
    }
}

/// Every text file, in the order of paths.
fn source_files() -> Vec<SourceFile> {
    let mut files = Vec::new();
    collect(&root(), "", &mut files);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(files.iter().any(|file| file.path == "Cargo.toml"), "this is not the workspace");
    let modules: Vec<_> =
        files.iter().filter(|file| file.is_rust()).flat_map(SourceFile::test_modules).collect();
    for file in &mut files {
        let path = &file.path;
        let declared = |module: &String| {
            path.strip_prefix(module.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        file.for_tests =
            path.starts_with("tests/") || path.contains("/tests/") || modules.iter().any(declared);
    }
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
            files.push(SourceFile { path, text, for_tests: false });
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
