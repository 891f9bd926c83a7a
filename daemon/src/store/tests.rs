mod backup;
mod baselines;
mod basics;
mod checkpoints;
mod faults;
mod paging;
mod simulation;
mod sled;
mod snapshots;
mod tampering;

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
        body: json!({"number": number, "id": format!("R-{:04}", number % 7), "control": "PA-01"}),
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

fn signer() -> Signer {
    Signer::new("contoso/audit", &Signer::generate().unwrap()).unwrap()
}

fn segment(dir: &TempDir, number: u32) -> PathBuf {
    segment::path_of(&dir.path().join("journal"), number)
}

fn numbers(store: &Store) -> Vec<u64> {
    store.replay(0).unwrap().map(|record| record.unwrap().body["number"].as_u64().unwrap()).collect()
}

/// Random numbers that are the same for the same seed (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}
