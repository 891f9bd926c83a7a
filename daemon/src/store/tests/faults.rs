//! A disk that fills up, fails a sync or stops in the middle, and what opening makes of the rest.

use super::*;
use crate::ambient::SystemRandom;
use crate::store::disk::Disk;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::sync::Mutex;

#[derive(Default)]
struct FaultyDisk {
    /// Bytes that may still be written.
    room: Mutex<Option<usize>>,
    /// What the next syncs say, first to last.
    sync_fails: Mutex<Vec<bool>>,
    operations: Mutex<Vec<String>>,
}

impl FaultyDisk {
    fn note(&self, operation: &str, file: &OpenFile) {
        let name = file.path.file_name().unwrap().to_string_lossy();
        self.operations.lock().unwrap().push(format!("{operation} {name}"));
    }

    fn fill_up_after(&self, bytes: usize) {
        *self.room.lock().unwrap() = Some(bytes);
    }

    fn free_space(&self) {
        *self.room.lock().unwrap() = None;
    }
}

impl Disk for FaultyDisk {
    fn write_at(&self, file: &OpenFile, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.note("write", file);
        let mut room = self.room.lock().unwrap();
        let Some(left) = room.as_mut() else {
            return file.handle.write_all_at(bytes, offset);
        };
        let written = bytes.len().min(*left);
        *left -= written;
        file.handle.write_all_at(&bytes[..written], offset)?;
        if written < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&self, file: &OpenFile) -> io::Result<()> {
        self.note("sync", file);
        let mut fails = self.sync_fails.lock().unwrap();
        if !fails.is_empty() && fails.remove(0) {
            return Err(io::Error::from_raw_os_error(5));
        }
        file.handle.sync_data()
    }

    fn truncate(&self, file: &OpenFile, length: u64) -> io::Result<()> {
        self.note("truncate", file);
        file.handle.set_len(length)
    }

    fn free_bytes(&self, _folder: &Path) -> io::Result<u64> {
        Ok(self.room.lock().unwrap().map_or(u64::MAX, |room| room as u64))
    }
}

fn open_faulty(dir: &TempDir) -> (Arc<FaultyDisk>, Store) {
    let disk = Arc::new(FaultyDisk::default());
    let opened = Store::open_on(disk.clone(), Arc::new(SystemRandom), dir.path(), &tenant()).unwrap();
    assert_eq!((opened.repairs, opened.damage), (vec![], None));
    (disk, opened.store)
}

/// Bad input: a full disk stops writes to the tenant, reads go on, the message says so.
#[test]
fn a_full_disk_refuses_clearly_and_continues_by_itself_once_space_is_freed() {
    let dir = TempDir::new().unwrap();
    let (disk, mut store) = open_faulty(&dir);
    store.append(drafts(1..=3)).unwrap();
    let whole = fs::read(segment(&dir, 1)).unwrap();

    for room in [0, 1, 100, 400] {
        for group in [drafts(4..=4), drafts(4..=6)] {
            disk.fill_up_after(room);
            let error = store.append(group).unwrap_err();
            assert!(error.is_disk_full());
            let said = error.to_string();
            assert!(said.starts_with("disk full: 0 bytes free in "), "{said}");
            assert!(said.contains("writes to the tenant stop, reads go on"), "{said}");
            assert_eq!(numbers(&store), [1, 2, 3], "reads go on");
        }
    }
    assert!(matches!(store.ensure_room(), Err(StoreError::DiskFull { needed: RESERVE_BYTES, .. })));

    disk.free_space();
    assert!(store.ensure_room().is_ok());
    store.append(drafts(4..=6)).unwrap();
    assert!(fs::read(segment(&dir, 1)).unwrap().starts_with(&whole));
    store.close().unwrap();
    assert_eq!(numbers(&open_whole(&dir)), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_store_opens_and_reads_on_a_full_disk() {
    let dir = TempDir::new().unwrap();
    open_whole(&dir).append(drafts(1..=3)).unwrap();
    let disk = Arc::new(FaultyDisk::default());
    disk.fill_up_after(0);
    let opened = Store::open_on(disk, Arc::new(SystemRandom), dir.path(), &tenant()).unwrap();
    assert_eq!(numbers(&opened.store), [1, 2, 3]);
}

/// After a failed sync nobody knows what is on the disk: everything doubtful goes and the block it
/// shares with good records is written once more.
#[test]
fn a_failed_sync_leaves_nothing_behind() {
    let dir = TempDir::new().unwrap();
    let (disk, mut store) = open_faulty(&dir);
    store.append(drafts(1..=3)).unwrap();
    let whole = fs::read(segment(&dir, 1)).unwrap();
    disk.operations.lock().unwrap().clear();

    *disk.sync_fails.lock().unwrap() = vec![true, true];
    assert!(matches!(store.append(drafts(4..=4)), Err(StoreError::Io { action: "write", .. })));
    let heal = ["truncate 000001.jsonl", "write 000001.jsonl", "sync 000001.jsonl"];
    let mut expected = vec!["write 000001.jsonl", "sync 000001.jsonl"];
    expected.extend(heal);
    assert_eq!(*disk.operations.lock().unwrap(), expected);
    assert_eq!(fs::read(segment(&dir, 1)).unwrap(), whole);

    disk.operations.lock().unwrap().clear();
    assert_eq!(store.append(drafts(4..=4)).unwrap()[0].seq, 4);
    expected = heal.to_vec();
    expected.extend(["write 000001.jsonl", "sync 000001.jsonl"]);
    assert_eq!(
        *disk.operations.lock().unwrap(),
        expected,
        "healing failed, so it comes before the next write"
    );
}

#[test]
fn personal_text_is_durable_before_the_record_that_refers_to_it() {
    let dir = TempDir::new().unwrap();
    let (disk, mut store) = open_faulty(&dir);
    disk.operations.lock().unwrap().clear();
    store.append(drafts(1..=1)).unwrap();
    let expected = ["write personal.jsonl", "sync personal.jsonl", "write 000001.jsonl", "sync 000001.jsonl"];
    assert_eq!(*disk.operations.lock().unwrap(), expected);
}

/// Bad input: a torn last record, wherever it was torn, is cut, kept aside and reported.
#[test]
fn a_torn_last_record_is_cut_and_reported_wherever_it_is_torn() {
    let dir = TempDir::new().unwrap();
    open_whole(&dir).append(drafts(1..=1)).unwrap();
    let one = fs::read(segment(&dir, 1)).unwrap();
    let mut store = open_whole(&dir);
    store.append(drafts(2..=2)).unwrap();
    drop(store);
    let two = fs::read(segment(&dir, 1)).unwrap();
    fs::remove_dir_all(dir.path().join("sled")).unwrap();

    for length in (one.len() + 1..two.len()).step_by(23) {
        fs::write(segment(&dir, 1), &two[..length]).unwrap();
        let damage = verify(dir.path(), None).unwrap().damage;
        assert_eq!((damage[0].line, damage[0].seq), (2, 2), "verify only tells: {}", damage[0]);
        let opened = open(&dir);
        assert_eq!(opened.damage, None);
        let repair = &opened.repairs[0];
        assert_eq!((repair.line, repair.bytes), (2, (length - one.len()) as u64));
        assert_eq!(fs::read(repair.kept_as.as_ref().unwrap()).unwrap(), two[one.len()..length]);
        assert_eq!(fs::read(segment(&dir, 1)).unwrap(), one);
        assert_eq!(numbers(&opened.store), [1]);
    }
}

#[test]
fn a_group_that_had_not_become_visible_is_cut_whole() {
    let dir = TempDir::new().unwrap();
    open_whole(&dir).append(drafts(1..=1)).unwrap();
    let one = fs::read(segment(&dir, 1)).unwrap();
    open_whole(&dir).append(drafts(2..=5)).unwrap();
    let mut hidden = fs::read(segment(&dir, 1)).unwrap();
    hidden[one.len()] = 0;
    fs::write(segment(&dir, 1), hidden).unwrap();
    fs::remove_dir_all(dir.path().join("sled")).unwrap();

    let opened = open(&dir);
    assert_eq!(opened.damage, None);
    assert_eq!(fs::read(segment(&dir, 1)).unwrap(), one);
    assert!(opened.repairs[0].what.contains("before it became visible"));
}

/// A cut below what the index remembers would lose acknowledged records: that is no repair.
#[test]
fn a_torn_record_that_had_been_acknowledged_is_damage() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    store.append(drafts(1..=3)).unwrap();
    store.close().unwrap();
    let whole = fs::read(segment(&dir, 1)).unwrap();
    fs::write(segment(&dir, 1), &whole[..whole.len() - 1]).unwrap();

    let opened = open(&dir);
    assert!(opened.damage.unwrap().what.contains("remembers record 3"));
    assert_eq!(fs::read(segment(&dir, 1)).unwrap().len(), whole.len() - 1, "evidence stays untouched");
}

#[test]
fn a_journal_rewritten_as_a_whole_is_damage() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    store.append(drafts(1..=3)).unwrap();
    store.close().unwrap();
    let forged = TempDir::new().unwrap();
    open_whole(&forged).append(drafts(11..=14)).unwrap();
    fs::copy(segment(&forged, 1), segment(&dir, 1)).unwrap();

    assert!(verify(dir.path(), None).unwrap().is_intact(), "the files alone cannot tell");
    let damage = open(&dir).damage.unwrap();
    assert_eq!(damage.seq, 3);
    assert!(damage.what.contains("rewritten"));
}

#[test]
fn a_journal_changed_in_the_middle_freezes_the_store_and_says_where() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    store.append(drafts(1..=9)).unwrap();
    store.close().unwrap();
    let changed = fs::read_to_string(segment(&dir, 1)).unwrap().replace(r#""number":5"#, r#""number":6"#);
    fs::write(segment(&dir, 1), changed).unwrap();

    let mut opened = open(&dir);
    let damage = opened.damage.unwrap();
    assert_eq!((&damage.file, damage.line, damage.seq), (&segment(&dir, 1), 5, 5));
    let refused = opened.store.append(drafts(10..=10)).unwrap_err().to_string();
    assert!(refused.contains("damaged and frozen") && refused.contains("line 5"), "{refused}");
    assert!(matches!(opened.store.ensure_room(), Err(StoreError::Frozen(_))));
    assert_eq!(numbers(&opened.store), [1, 2, 3, 4], "what is good stays readable");
    assert_eq!(opened.store.end().seq, 4);
}

#[test]
fn a_torn_entry_of_personal_text_is_cut() {
    let dir = TempDir::new().unwrap();
    open_whole(&dir).append(drafts(1..=1)).unwrap();
    let path = dir.path().join("personal.jsonl");
    let whole = fs::read(&path).unwrap();
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"120 0badc0de {\"dig").unwrap();
    let opened = open(&dir);
    assert_eq!((opened.damage, opened.repairs.len()), (None, 1));
    assert_eq!(fs::read(&path).unwrap(), whole);
}
