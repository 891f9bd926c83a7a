//! `docs/requirements.md` names every requirement, and tests that exist.

use crate::{assert_none, document, source_files};
use std::collections::BTreeSet;

/// Numbers of the requirements: `R1` to `R90` and `D1` to `D28`.
const NUMBERED: [(&str, u32); 2] = [("R", 90), ("D", 28)];

/// Requirements that no test shows yet. The list may only become shorter.
const OPEN: [&str; 1] = ["R83"];

/// The number of a row and what stands in its column of tests.
fn rows(table: &str) -> Vec<(String, String)> {
    let lines = table.lines().filter(|line| line.starts_with("| R") || line.starts_with("| D"));
    let cells = lines.map(|line| line.trim_matches('|').split(" | ").map(str::trim).map(str::to_owned));
    cells.filter_map(|mut cells| Some((cells.next()?, cells.last()?))).collect()
}

#[test]
fn every_requirement_has_its_row_in_order() {
    let wanted =
        NUMBERED.into_iter().flat_map(|(letter, last)| (1..=last).map(move |n| format!("{letter}{n}")));
    let rows = rows(&document("docs/requirements.md"));
    let numbers: Vec<String> = rows.into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, wanted.collect::<Vec<_>>());
}

#[test]
fn every_test_that_a_requirement_names_exists() {
    let files = source_files();
    let functions: BTreeSet<&str> = files
        .iter()
        .filter(|file| file.is_rust())
        .flat_map(|file| file.text.split("fn ").skip(1))
        .filter_map(|rest| rest.split('(').next())
        .collect();
    let mut broken = Vec::new();
    for (number, tests) in
        rows(&document("docs/requirements.md")).into_iter().filter(|(_, tests)| tests != "open")
    {
        let names: Vec<&str> = tests.split(", ").map(|name| name.trim_matches('`')).collect();
        let missing = names.into_iter().filter(|name| !functions.contains(name));
        broken.extend(missing.map(|name| format!("{number}: {name}")));
    }
    assert_none("a test that docs/requirements.md names must exist", broken);
}

#[test]
fn the_requirements_without_a_test_are_these() {
    let rows = rows(&document("docs/requirements.md"));
    let open: Vec<String> =
        rows.into_iter().filter(|(_, tests)| tests == "open").map(|(number, _)| number).collect();
    assert_eq!(open, OPEN, "a requirement lost its test, or has one now: then shorten the list");
}
