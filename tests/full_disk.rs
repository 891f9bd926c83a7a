//! A disk that really is full, sled included: writes stop with a clear message, reads go on, and freed
//! space is all it takes to continue.

use serde_json::json;
use std::fs;
use tempfile::TempDir;
use trueconfig_core::journal::record::Draft;
use trueconfig_daemon::store::{PageQuery, Store, StoreError, verify};
use trueconfig_tests::support::mount::Mount;

const DISK_MEBIBYTES: u32 = 48;
const BALLAST_BYTES: usize = 40 << 20;
const MOST_APPENDS: u64 = 20_000;

#[test]
#[ignore = "needs root to mount a small file system"]
fn a_full_disk_stops_writes_keeps_reads_and_needs_only_space_to_continue() {
    let dir = TempDir::new().unwrap();
    let disk = Mount::memory(DISK_MEBIBYTES, &dir.path().join("disk"));
    let ballast = disk.path.join("ballast");
    fs::write(&ballast, vec![1; BALLAST_BYTES]).unwrap();
    let folder = disk.path.join("store");
    let mut store = Store::open(&folder, &"contoso".into()).unwrap().store;
    assert!(store.ensure_room().is_err(), "below the reserve no effect starts, records are still taken");

    let mut written = 0;
    let error = loop {
        match store.append(vec![draft(written + 1)]) {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
        assert!(written < MOST_APPENDS, "the disk does not fill up");
    };
    println!("{written} records, then: {error}");
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains("writes to the tenant stop, reads go on; free at least"), "{said}");
    let query = PageQuery { limit: 10, ..PageQuery::default() };
    assert_eq!(store.reader().page(&query, |_| true).unwrap().records[0].seq, written);
    let _ = store.flush();
    drop(store);

    let full = Store::open(&folder, &"contoso".into()).unwrap();
    assert_eq!((full.damage, full.store.end().seq), (None, written), "it opens on the full disk too");
    let mut store = full.store;
    fs::remove_file(ballast).unwrap();
    store.ensure_room().unwrap();
    assert_eq!(store.append(vec![draft(written + 1)]).unwrap()[0].seq, written + 1);
    store.close().unwrap();
    let report = verify(&folder, None).unwrap();
    assert!(report.is_intact() && report.last.seq == written + 1, "{report}");
}

fn draft(number: u64) -> Draft {
    Draft {
        time: chrono::DateTime::UNIX_EPOCH,
        actor: json!({"name": {"@personal": format!("person {}", number % 100)}}),
        kind: "noted".into(),
        version: 1,
        body: json!({"id": format!("R-{number:04}"), "padding": "x".repeat(1000)}),
    }
}
