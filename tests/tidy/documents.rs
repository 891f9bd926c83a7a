//! Documents that must say what is so.

use crate::{assert_none, document, source_files};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
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

/// Issue 7: links within the project lead to files and headings that are there.
#[test]
fn links_in_documents_lead_somewhere() {
    let mut dead = Vec::new();
    for file in source_files().into_iter().filter(|file| file.path.ends_with(".md")) {
        for target in links(&file.text).filter(|target| !target.contains("://")) {
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
            let path = if path.is_empty() { PathBuf::from(&file.path) } else { folder.join(path) };
            let found = root().join(&path);
            let text = fs::read_to_string(&found).unwrap_or_default();
            let stands = anchor.is_empty() || headings(&text).any(|heading| heading == anchor);
            if !found.exists() || !stands {
                dead.push(format!("{}: {target}", file.path));
            }
        }
    }
    assert_none("a link leads nowhere", dead);
}

/// Issue 7: every command of ours that a document shows names a verb and options that there are.
#[test]
fn commands_in_documents_are_taken() {
    let mut wrong = Vec::new();
    let mut known = BTreeMap::new();
    for file in source_files().into_iter().filter(|file| file.path.ends_with(".md")) {
        for command in commands(&file.text) {
            let words: Vec<&str> = command.split_whitespace().collect();
            let verbs = words[1..].iter().copied().take_while(|word| is_verb(word)).take(2);
            let named: Vec<&str> = [words[0]].into_iter().chain(verbs).collect();
            let help = known.entry(named.join(" ")).or_insert_with(|| help(&named));
            let options = words.iter().filter(|word| word.starts_with("--"));
            let named = |option: &str| help.split([' ', ',', '\n']).any(|word| word == option);
            let unknown: Vec<_> = options.filter(|option| !named(option)).collect();
            if help.is_empty() || !unknown.is_empty() {
                wrong.push(format!("{}: {command} {unknown:?}", file.path));
            }
        }
    }
    assert!(known.len() >= 20, "documents show what can be done");
    assert_none("a document shows a command that is not taken", wrong);
}

/// Targets of the links of a page.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0))
}

/// Headings as a link names them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| line.strip_prefix('#')).map(|line| {
        let words = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        words.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect()
    })
}

/// Commands of ours, in blocks of shell and in back quotes, each up to what is no longer its own.
fn commands(text: &str) -> Vec<String> {
    let blocks =
        text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).flat_map(str::lines);
    let of_ours = |line: &str| {
        let own =
            line.trim().trim_start_matches("sudo ").split(" #").next()?.split([';', '|', '&']).next()?.trim();
        let program = own.split(' ').next()?;
        (["trueconfig", "trueconfigd"].contains(&program) && own.contains(' ')).then(|| own.to_owned())
    };
    blocks.chain(quoted(text).filter(|word| !word.contains('\n'))).filter_map(of_ours).collect()
}

/// Whether a word can be a verb rather than a value.
fn is_verb(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')
}

/// What the program says about its verb; nothing if it does not know it.
fn help(named: &[&str]) -> String {
    let built = binaries();
    let program = if named[0] == "trueconfig" { &built.trueconfig } else { &built.trueconfigd };
    let output = Command::new(program).args(&named[1..]).arg("--help").output().expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { text } else { String::new() }
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
