mod basics;

use super::*;
use chrono::{DateTime, Duration};
use serde_json::json;
use std::fs;
use tempfile::TempDir;

fn tenant() -> TenantName {
    "contoso".into()
}

fn draft(number: u64) -> Draft {
    Draft {
        time: DateTime::UNIX_EPOCH + Duration::seconds(number as i64),
        actor: json!({"uid": 1000, "name": {"@personal": "Ada Lovelace"}}),
        kind: if number.is_multiple_of(3) { "approval_given" } else { "scan_finished" }.into(),
        version: 1,
        body: json!({"number": number, "remediation": format!("R-{:04}", number % 7), "control": "PA-01"}),
    }
}

fn drafts(numbers: std::ops::RangeInclusive<u64>) -> Vec<Draft> {
    numbers.map(draft).collect()
}

fn open(dir: &TempDir) -> Opened {
    Store::open(dir.path(), &tenant()).unwrap()
}

/// A store that opened without anything to repair.
fn open_whole(dir: &TempDir) -> Store {
    let opened = open(dir);
    assert_eq!((opened.repairs, opened.damage), (vec![], None));
    opened.store
}

fn segment(dir: &TempDir, number: u32) -> PathBuf {
    segment::path_of(&dir.path().join("journal"), number)
}

fn numbers(store: &Store) -> Vec<u64> {
    store.replay(0).unwrap().map(|record| record.unwrap().body["number"].as_u64().unwrap()).collect()
}
