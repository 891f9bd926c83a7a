//! Documents that must say what is so.

use crate::{assert_none, document, source_files};
use std::process::Command;
use toml::Table;
use trueconfig_tests::support::{binaries, root};

/// The two commands that do all the set-up on a fresh machine.
const DEMO: &str = "cargo build --release && ./target/release/trueconfig demo";
const TESTS: &str = "cargo test --workspace";

const DOCUMENTS: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"];

/// Folders whose files documents name.
const OURS: [&str; 7] = ["common/", "daemon/", "tui/", "baselines/", "tests/", "packaging/", ".ci/"];

#[test]
fn the_readme_has_its_two_commands() {
    let readme = document("README.md");
    for command in [DEMO, TESTS] {
        assert!(readme.lines().any(|line| line == command), "README.md has no line {command:?}");
    }
}

#[test]
fn the_check_runs_what_the_readme_says() {
    let check = document(".ci/run");
    for part in DEMO.split(" && ").chain([TESTS]) {
        assert!(check.contains(part), ".ci/run does not run {part:?}");
    }
}

#[test]
fn the_readme_names_the_verbs_there_are() {
    let help = Command::new(&binaries().trueconfig).arg("--help").output().expect("the client runs").stdout;
    let help = String::from_utf8(help).expect("help is text");
    let (_, commands) = help.split_once("\nCommands:\n").expect("help lists commands");
    // A long line is wrapped, and goes on further to the right.
    let verbs = commands
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|verb| !verb.is_empty()));
    let readme = document("README.md");
    let (_, table) = readme.split_once("\n| Verb |").expect("a table of verbs");
    let (table, _) = table.split_once("\n\n").expect("text after it");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(rows.collect::<Vec<_>>(), verbs.collect::<Vec<_>>());
}

/// R58: who follows the README has what the controls need.
#[test]
fn the_readme_names_every_permission_of_the_controls() {
    let readme = document("README.md");
    let controls = source_files().into_iter().filter(|file| file.path.starts_with("baselines/controls/"));
    let mut broken = Vec::new();
    for file in controls.filter(|file| file.path.ends_with(".toml")) {
        let control: Table = file.text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.path));
        let lists = control["permissions"].as_table().expect("permissions is a table").values();
        let names = lists.filter_map(|list| list.as_array()).flatten().filter_map(|name| name.as_str());
        let missing = names.filter(|name| !readme.contains(&format!("`{name}`")));
        broken.extend(missing.map(|name| format!("{}: {name}", file.path)));
    }
    assert_none("the README does not name a permission", broken);
}

/// A test or a type guards each invariant, and the page names it where it stands.
#[test]
fn every_invariant_names_a_guard_that_exists() {
    let files = source_files();
    let exists = |name: &str| {
        let (function, kind) = (format!("fn {name}("), format!("struct {name}"));
        files.iter().any(|file| {
            file.path.starts_with(name)
                || file.is_rust() && (file.text.contains(&function) || file.text.contains(&kind))
        })
    };
    let architecture = document("ARCHITECTURE.md");
    let invariants = section(&architecture, "Invariants");
    assert!(invariants.len() >= 10, "at least the ten of the design");
    for invariant in invariants {
        let (_, guard) = invariant.split_once("Guard: ").unwrap_or_else(|| panic!("no guard: {invariant}"));
        for name in
            quoted(guard).filter(|name| *name != "SecretString" && !["Display", "Serialize"].contains(name))
        {
            assert!(exists(name), "no such guard as {name}: {invariant}");
        }
    }
}

#[test]
fn files_that_documents_name_exist() {
    let mut broken = Vec::new();
    for name in DOCUMENTS {
        let text = document(name);
        let paths = quoted(&text)
            .filter(|word| OURS.iter().any(|folder| word.starts_with(folder)) && !word.contains(' '));
        broken.extend(paths.filter(|path| !root().join(path).exists()).map(|path| format!("{name}: {path}")));
    }
    assert_none("a document names a file that is not there", broken);
}

/// The numbered paragraphs of a section.
fn section<'a>(text: &'a str, heading: &str) -> Vec<&'a str> {
    let (_, section) = text.split_once(&format!("\n## {heading}\n")).expect("the section is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    let starts: Vec<_> =
        section.match_indices('\n').map(|(at, _)| at + 1).filter(|at| is_numbered(&section[*at..])).collect();
    let ends = starts.iter().skip(1).copied().chain([section.len()]);
    starts.iter().zip(ends).map(|(start, end)| &section[*start..end]).collect()
}

fn is_numbered(text: &str) -> bool {
    text.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok())
}

/// What stands in back quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}
