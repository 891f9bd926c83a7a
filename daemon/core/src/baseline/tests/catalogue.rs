//! The columns of the catalogue that control files carry, so that none is lost: level, severity, licences, class and
//! blast radius of the fix, highest mode, references.

use super::{Baseline, Level};
use crate::baseline::{Control, Remedy};
use std::collections::BTreeMap;

/// Ids and columns; the texts are ours and stand in the control files.
const GOLDEN: &str = include_str!("golden/catalogue.txt");

/// Controls whose fix of the catalogue has no undo, and is therefore none (D3): Graph refuses (1033) to put a reference
/// back whose object is gone.
const WITHOUT_UNDO: [&str; 1] = ["CA-31"];

/// One row: level, severity, licences, fix, highest mode, CIS, SCuBA.
fn rows(table: &str) -> BTreeMap<String, Vec<String>> {
    let row = |line: &str| {
        let mut cells = line.split(" | ").map(str::to_owned);
        (cells.next().unwrap(), cells.collect())
    };
    table.lines().map(row).collect()
}

fn joined<T: ToString>(list: &[T]) -> String {
    let texts: Vec<String> = list.iter().map(T::to_string).collect();
    if texts.is_empty() { "-".to_owned() } else { texts.join(",") }
}

/// A control as its row; the classes of its fix are the table's, for they are code and not in the file.
fn row_of(control: &Control, wanted: &[String]) -> Vec<String> {
    let licences: Vec<&str> = control.licence.iter().map(|one| one.as_str()).collect();
    let licences: Vec<&str> = licences.iter().map(|one| short(one)).collect();
    let radius = control.blast_radius.to_string();
    let fix = match (&control.remedy, wanted.get(3)) {
        (Remedy::None, _) => "-".to_owned(),
        (_, Some(wanted)) if wanted.split('/').next().is_some_and(|first| first.ends_with(&radius)) => {
            wanted.clone()
        }
        _ => format!("?{radius}"),
    };
    let scuba: Vec<&str> = control.frameworks.scuba.iter().map(|one| plain(one)).collect();
    vec![
        control.level.get().to_string(),
        control.severity.as_str().to_owned(),
        joined(&licences),
        fix,
        control.highest_mode.to_string(),
        joined(&control.frameworks.cis),
        joined(&scuba),
    ]
}

fn short(licence: &str) -> &str {
    match licence {
        "Entra ID Governance" => "G",
        "Intune" => "I",
        "Workload ID premium" => "W",
        other => other.strip_prefix("Entra ID ").unwrap_or(other),
    }
}

/// `MS.AAD.3.1v1` is `3.1` in the catalogue.
fn plain(reference: &str) -> &str {
    let reference = reference.strip_prefix("MS.AAD.").unwrap_or(reference);
    reference.split('v').next().unwrap_or(reference)
}

#[test]
fn every_control_has_the_columns_of_the_catalogue() {
    let wanted = rows(GOLDEN);
    let members = Baseline::embedded(Level::MAXIMUM).unwrap().members;
    let found: BTreeMap<String, Vec<String>> = members
        .iter()
        .map(|member| {
            let id = member.control.id.to_string();
            let row = row_of(&member.control, wanted.get(&id).map_or(&[], Vec::as_slice));
            (id, row)
        })
        .collect();
    let ids = |rows: &BTreeMap<String, Vec<String>>| rows.keys().cloned().collect::<Vec<_>>();
    assert_eq!(ids(&found), ids(&wanted), "a control is missing, or is not in the catalogue");
    let differing: Vec<String> = found
        .iter()
        .filter(|(id, row)| wanted.get(*id) != Some(*row) && !WITHOUT_UNDO.contains(&id.as_str()))
        .map(|(id, row)| format!("{id}: {row:?}, {:?} in the catalogue", wanted[id]))
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
    let without: Vec<_> = members.iter().filter(|one| one.control.frameworks.nist.is_empty()).collect();
    assert!(without.is_empty(), "without NIST: {without:?}");
}

/// The golden table against the catalogue itself.
#[test]
#[ignore = "needs ../shared/spec"]
fn the_golden_table_is_the_catalogue() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/spec/catalogue.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut wanted: Vec<String> = text.lines().filter_map(row_of_catalogue).collect();
    wanted.sort();
    assert_eq!(wanted.join("\n") + "\n", GOLDEN);
}

fn row_of_catalogue(line: &str) -> Option<String> {
    let cells: Vec<&str> =
        line.strip_prefix("| ")?.trim_end().trim_end_matches('|').split('|').map(str::trim).collect();
    let id = cells.first()?;
    let is_id =
        id.contains('-') && id.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-');
    let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
    let list = |text: &str| joined(&text.split_whitespace().collect::<Vec<_>>());
    let mode = match cell(8).split_whitespace().next()? {
        "a" => "advisory",
        "m" | "**N**" => "manual",
        "A" => "auto",
        _ => return None,
    };
    let words: Vec<&str> = cell(7).split(|c: char| c.is_whitespace() || "(),;".contains(c)).collect();
    let is_class = |pair: &&[&str]| matches!(pair, ["A" | "B" | "C", radius] if radius.len() == 1);
    let fixes: Vec<String> = words.windows(2).filter(is_class).map(<[&str]>::concat).collect();
    let fix = if fixes.is_empty() { "-".to_owned() } else { fixes.join("/") };
    let (cis, scuba) = cell(9).split_once('·').unwrap_or((cell(9), ""));
    let row = [id, cell(2), cell(3), &list(cell(4)), &fix, mode, &list(cis), &list(scuba)].join(" | ");
    is_id.then_some(row)
}
