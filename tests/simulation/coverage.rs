//! What seeds met: a fault, a boundary or a kind of change that no seed ever met was not tested.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock};
use trueconfig_tests::support::root;

/// Every kind of fault there is.
pub const FAULTS: [&str; 16] = [
    "429",
    "5xx, not applied",
    "time-out after applying",
    "connection lost before applying",
    "connection lost after applying",
    "lag",
    "revoked permission",
    "second administrator before a write",
    "second administrator after a write",
    "second administrator at any time",
    "crash before a request",
    "crash after a request",
    "crash in a write",
    "crash in a sync",
    "failed sync",
    "unsynced data lost",
];

/// Kinds of records that no story has: a control that people attest has no fix, and so no story.
const NOT_PLAYED: [&str; 1] = ["attested"];

/// Counts; shared by all that plays.
#[derive(Debug, Default)]
pub struct Coverage(Mutex<Counts>);

/// How often each thing was met.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub faults: BTreeMap<String, u64>,
    pub boundaries: BTreeMap<String, u64>,
    pub records: BTreeMap<String, u64>,
    pub changes: BTreeMap<String, u64>,
    pub checks: BTreeMap<String, u64>,
}

impl Coverage {
    pub fn fault(&self, kind: &str) {
        count(&mut self.0.lock().unwrap().faults, kind);
    }

    pub fn boundary(&self, side: &str, kind: &str) {
        count(&mut self.0.lock().unwrap().boundaries, &format!("{side} {kind}"));
    }

    pub fn written(&self, kinds: &[String]) {
        let mut counts = self.0.lock().unwrap();
        kinds.iter().for_each(|kind| count(&mut counts.records, kind));
    }

    pub fn change(&self, way: &str, kind: &str) {
        count(&mut self.0.lock().unwrap().changes, &format!("{way} {kind}"));
    }

    pub fn check(&self, what: &str) {
        count(&mut self.0.lock().unwrap().checks, what);
    }

    pub fn counts(&self) -> Counts {
        self.0.lock().unwrap().clone()
    }
}

fn count(counts: &mut BTreeMap<String, u64>, what: &str) {
    *counts.entry(what.to_owned()).or_default() += 1;
}

impl Counts {
    pub fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.faults, &other.faults),
            (&mut self.boundaries, &other.boundaries),
            (&mut self.records, &other.records),
            (&mut self.changes, &other.changes),
            (&mut self.checks, &other.checks),
        ];
        for (all, more) in pairs {
            more.iter().for_each(|(what, times)| *all.entry(what.clone()).or_default() += times);
        }
    }

    /// What must be met and was not: faults and changes always, boundaries where there were seeds for them.
    pub fn missing(&self, boundaries: Boundaries) -> Vec<String> {
        let changes = change_kinds();
        let forward = changes.iter().map(|kind| format!("made {kind}"));
        // What completes a rotation cannot be undone (D11).
        let undone =
            changes.iter().filter(|kind| *kind != "remove_secret").map(|kind| format!("undone {kind}"));
        let expected = forward.chain(undone).filter(|what| !RARE_CHANGES.contains(&what.as_str()));
        let mut missing: Vec<String> = expected.filter(|what| !self.changes.contains_key(what)).collect();
        missing
            .extend(FAULTS.iter().filter(|kind| !self.faults.contains_key(**kind)).map(ToString::to_string));
        if boundaries == Boundaries::All {
            let played = record_kinds().iter().filter(|kind| !NOT_PLAYED.contains(&kind.as_str()));
            let wanted = played.flat_map(|kind| [format!("before {kind}"), format!("after {kind}")]);
            missing.extend(wanted.filter(|what| !self.boundaries.contains_key(what)));
        }
        missing
    }
}

/// Changes that the small tenant of a story has no cause for, or hardly ever: not required here, and shown on the real
/// daemon by `tests/fixes` instead. Each that gets a cause in the story's tenant is to leave this list.
const RARE_CHANGES: [&str; 8] = [
    "made narrow_grant",
    "made remove_app_role",
    "made remove_owner",
    "made remove_secret",
    "undone narrow_grant",
    "undone remove_app_role",
    "undone remove_owner",
    "undone set_policy_state",
];

/// Whether every boundary must have been met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundaries {
    All,
    Some,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            ("faults", &self.faults),
            ("crashes at journal boundaries", &self.boundaries),
            ("records", &self.records),
            ("changes", &self.changes),
            ("checks", &self.checks),
        ];
        for (title, counts) in parts {
            writeln!(out, "{title}:")?;
            for (what, times) in counts {
                writeln!(out, "  {times:>8}  {what}")?;
            }
        }
        Ok(())
    }
}

/// Kinds of journal records, from the product's source.
pub fn record_kinds() -> &'static BTreeSet<String> {
    static READ: OnceLock<BTreeSet<String>> = OnceLock::new();
    READ.get_or_init(|| variants("daemon/core/src/journal/event.rs", "Event"))
}

/// Kinds of changes, likewise.
pub fn change_kinds() -> BTreeSet<String> {
    variants("daemon/core/src/change/mod.rs", "Change")
}

/// Names of the variants of a public enum, as serde writes them.
fn variants(file: &str, name: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join(file)).expect("a source file can be read");
    let body = text.split(&format!("pub enum {name} {{\n")).nth(1).expect("the enum is there");
    let body = body.split("\n}\n").next().expect("it ends");
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    let named = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    named.map(|line| snake(line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default())).collect()
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}
