//! Backups are taken while records are written, fit together, and give a store whose chain goes on.

use super::*;
use crate::store::backup::{BackupError, backup, check, limit_of, restore};
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};

struct Place {
    above: TempDir,
    archive: PathBuf,
    restored: PathBuf,
}

fn place() -> Place {
    let above = TempDir::new().unwrap();
    let (archive, restored) = (above.path().join("contoso.tar.zst"), above.path().join("contoso"));
    Place { above, archive, restored }
}

/// Signed, with personal text, a sealed secret, and more records after the last checkpoint.
fn written(signer: &Signer) -> (TempDir, Store) {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    store.append(drafts(1..=9)).unwrap();
    store.sign(signer, DateTime::UNIX_EPOCH).unwrap();
    store.append(drafts(10..=12)).unwrap();
    fs::create_dir(dir.path().join("sealed")).unwrap();
    fs::write(dir.path().join("sealed/R-0001-0.age"), "sealed").unwrap();
    (dir, store)
}

/// R80, R81: moved to another host the chain is the same, and goes on.
#[test]
fn r80_a_restored_store_is_the_same_chain_and_goes_on() {
    let (signer, place) = (signer(), place());
    let (dir, store) = written(&signer);
    backup(dir.path(), &place.archive, DateTime::UNIX_EPOCH).unwrap();
    assert_eq!(fs::metadata(&place.archive).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(check(&place.archive, Some(signer.verifier())).unwrap().last, store.end());
    let report = restore(&place.archive, &place.restored, Some(signer.verifier())).unwrap();
    assert_eq!((report.last, report.seal.sealed), (store.end(), 9));
    assert_eq!(fs::read(place.restored.join("sealed/R-0001-0.age")).unwrap(), b"sealed");
    let opened = Store::open(&place.restored, &tenant()).unwrap();
    assert_eq!((opened.repairs, opened.damage), (vec![], None));
    let mut moved = opened.store;
    let names = moved.replay(0).unwrap().map(|record| record.unwrap().actor["name"].clone());
    assert!(
        names.into_iter().all(|name| name == json!({"@personal": "Ada Lovelace"})),
        "texts are restored too"
    );
    moved.append(drafts(13..=13)).unwrap();
    assert_eq!(numbers(&moved), (1..=13).collect::<Vec<_>>());
}

/// Many backups while records, texts and checkpoints are written: each is whole.
#[test]
fn a_backup_of_a_store_that_is_written_fits_together() {
    let (signer, place) = (signer(), place());
    let (dir, mut store) = written(&signer);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut number = 13;
            // Bounded, so that a failure on the other side does not leave it running.
            while !done.load(Ordering::Relaxed) && number < 20_000 {
                let mut group = drafts(number..=number + 20);
                group
                    .iter_mut()
                    .for_each(|one| one.actor = json!({"name": {"@personal": format!("{number}")}}));
                store.append(group).unwrap();
                store.sign(&signer, DateTime::UNIX_EPOCH).unwrap();
                number += 21;
            }
            number
        });
        let mut last = 0;
        for turn in 0..8 {
            let archive = place.above.path().join(format!("{turn}.tar.zst"));
            backup(dir.path(), &archive, DateTime::UNIX_EPOCH).unwrap();
            let report = check(&archive, Some(signer.verifier())).unwrap();
            assert!(report.last.seq >= last, "later backups hold more");
            last = report.last.seq;
            let restored = place.above.path().join(format!("{turn}"));
            restore(&archive, &restored, None).unwrap();
            let opened = Store::open(&restored, &tenant()).unwrap();
            assert_eq!((opened.repairs, opened.damage), (vec![], None));
            // A text that is missing is shown as its digest, longer than any of ours.
            let named = |record: Record| {
                record.actor["name"]["@personal"].as_str().is_some_and(|name| name.len() < 20)
            };
            assert!(
                opened.store.replay(0).unwrap().all(|record| named(record.unwrap())),
                "no text is missing"
            );
        }
        done.store(true, Ordering::Relaxed);
        assert!(writer.join().unwrap() > last);
    });
}

#[test]
fn a_changed_archive_is_refused_and_leaves_nothing() {
    let (signer, place) = (signer(), place());
    let (dir, _store) = written(&signer);
    backup(dir.path(), &place.archive, DateTime::UNIX_EPOCH).unwrap();
    let tar = zstd::decode_all(&fs::read(&place.archive).unwrap()[..]).unwrap();
    let changed = String::from_utf8_lossy(&tar).replacen("scan_finished", "scan_finisheD", 1);
    let cut = &tar[..tar.len() / 2];
    let foreign = String::from_utf8_lossy(&tar).replacen("sealed/R-0001-0.age", "sealed/../../xx.age", 1);
    for bytes in [changed.as_bytes(), cut, foreign.as_bytes(), b"no tar at all"] {
        fs::write(&place.archive, zstd::encode_all(bytes, 1).unwrap()).unwrap();
        let refused = restore(&place.archive, &place.restored, None).unwrap_err();
        assert!(matches!(refused, BackupError::Archive { .. }), "{refused}");
        assert_eq!(fs::read_dir(place.above.path()).unwrap().count(), 1, "only the archive is there");
    }
}

/// Sums can be made anew by whoever changes an archive; the chain cannot.
#[test]
fn r80_an_archive_of_a_changed_journal_is_refused() {
    let (signer, place) = (signer(), place());
    let (dir, store) = written(&signer);
    drop(store);
    let changed = fs::read_to_string(segment(&dir, 1)).unwrap().replacen("\"number\":4", "\"number\":5", 1);
    fs::write(segment(&dir, 1), changed).unwrap();
    backup(dir.path(), &place.archive, DateTime::UNIX_EPOCH).unwrap();
    let refused = restore(&place.archive, &place.restored, None).unwrap_err();
    assert!(matches!(refused, BackupError::Damaged(_)), "{refused}");
    assert!(!place.restored.exists());
}

#[test]
fn nothing_is_overwritten() {
    let (signer, place) = (signer(), place());
    let (dir, _store) = written(&signer);
    backup(dir.path(), &place.archive, DateTime::UNIX_EPOCH).unwrap();
    let again = backup(dir.path(), &place.archive, DateTime::UNIX_EPOCH);
    assert!(matches!(again, Err(BackupError::Exists(_))));
    assert!(matches!(restore(&place.archive, dir.path(), None), Err(BackupError::Exists(_))));
    assert!(check(&place.archive, None).is_ok(), "the first is still there");
}

#[test]
fn only_what_belongs_into_a_store_is_unpacked() {
    for name in ["journal/000001.jsonl", "personal.jsonl", "checkpoints.jsonl", "sealed/R-0001-0.age"] {
        assert!(limit_of(name).is_some(), "{name}");
    }
    for name in
        ["../x.jsonl", "journal/../x.jsonl", "sealed/.age", "journal/a/b.jsonl", "/etc/x.age", "sled/db", ""]
    {
        assert!(limit_of(name).is_none(), "{name}");
    }
}
