//! sled may be lost, damaged or behind at any time; nothing acknowledged depends on it.

use super::*;

#[test]
fn the_saved_state_is_used_only_with_the_journal_it_was_folded_from() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    assert_eq!(store.load_state(), None);
    store.append(drafts(1..=5)).unwrap();
    let position = store.end();
    store.save_state(position, b"folded").unwrap();
    store.append(drafts(6..=8)).unwrap();
    store.close().unwrap();

    let store = open_whole(&dir);
    assert_eq!(store.load_state(), Some((position, b"folded".to_vec())));
    store.save_state(Position { hash: RecordHash::of(b"another"), ..position }, b"wrong").unwrap();
    assert_eq!(store.load_state(), None);
}

#[test]
fn a_lost_sled_is_made_anew_from_the_journal() {
    let dir = TempDir::new().unwrap();
    open_whole(&dir).append(drafts(1..=100)).unwrap();
    fs::remove_dir_all(dir.path().join("sled")).unwrap();
    let store = open_whole(&dir);
    let query = PageQuery { limit: 500, subject: Some("R-0003".into()), before: None };
    let page = store.reader().page(&query, |_| true).unwrap();
    assert_eq!((page.records.len(), page.scanned), (14, 14));
}

#[test]
fn a_damaged_sled_is_set_aside_and_made_anew() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    store.append(drafts(1..=10)).unwrap();
    store.close().unwrap();
    fs::write(dir.path().join("sled/conf"), b"no such thing").unwrap();
    fs::write(dir.path().join("sled/db"), vec![0xa5; 100_000]).unwrap();

    let opened = open(&dir);
    assert_eq!(opened.damage, None);
    let repair = &opened.repairs[0];
    assert_eq!(repair.file, dir.path().join("sled"));
    assert!(repair.kept_as.as_ref().unwrap().join("db").exists());
    assert_eq!(numbers(&opened.store), (1..=10).collect::<Vec<_>>());
}

/// Some damage makes sled panic, some makes it fail, some it does not notice: the journal stands.
#[test]
fn no_damage_to_sled_keeps_the_store_from_opening() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    store.append(drafts(1..=200)).unwrap();
    store.save_state(store.end(), &[7; 50_000]).unwrap();
    store.close().unwrap();
    let sled = dir.path().join("sled");
    let good: Vec<(PathBuf, Vec<u8>)> = fs::read_dir(&sled)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    for seed in 0..40 {
        let mut random = Random(seed);
        fs::remove_dir_all(&sled).unwrap();
        fs::create_dir(&sled).unwrap();
        let harmed = random.below(good.len());
        for (number, (path, content)) in good.iter().enumerate() {
            let content = if number == harmed { harm(content, &mut random) } else { content.clone() };
            fs::write(path, content).unwrap();
        }
        let mut opened = open(&dir);
        assert_eq!(opened.damage, None, "seed {seed}");
        assert_eq!(numbers(&opened.store).len() as u64, 200 + seed, "seed {seed}");
        opened.store.append(drafts(1..=1)).unwrap();
        let query = PageQuery { limit: 500, subject: Some("PA-01".into()), before: None };
        let found = opened.store.reader().page(&query, |_| true).unwrap().records.len() as u64;
        assert_eq!(found, 201 + seed, "seed {seed}");
    }
}

/// Random bytes, pages that were never written, or an early end.
fn harm(content: &[u8], random: &mut Random) -> Vec<u8> {
    let mut content = content.to_vec();
    let start = random.below(content.len());
    let end = content.len().min(start + 1 + random.below(8192));
    match random.below(3) {
        0 => content[start..end].iter_mut().for_each(|byte| *byte = random.next() as u8),
        1 => content[start..end].fill(0),
        _ => content.truncate(start),
    }
    content
}

/// sled refuses to open beside one of its unfinished snapshots.
#[test]
fn an_unfinished_snapshot_of_sled_does_not_keep_the_store_from_opening() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    store.append(drafts(1..=3)).unwrap();
    store.close().unwrap();
    fs::write(dir.path().join("sled/snap.0000000000000010.generating"), b"half").unwrap();
    let store = open_whole(&dir);
    assert!(store.reader().page(&PageQuery::default(), |_| true).is_ok());
}

#[test]
fn sled_without_its_commit_catches_up() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    store.append(drafts(1..=10)).unwrap();
    store.flush().unwrap();
    let copy = TempDir::new().unwrap();
    fs::create_dir(copy.path().join("sled")).unwrap();
    for name in ["conf", "db"] {
        fs::copy(dir.path().join("sled").join(name), copy.path().join("sled").join(name)).unwrap();
    }
    store.append(drafts(11..=20)).unwrap();
    fs::create_dir(copy.path().join("journal")).unwrap();
    fs::copy(segment(&dir, 1), segment(&copy, 1)).unwrap();

    let query = PageQuery { limit: 500, subject: Some("PA-01".into()), before: None };
    assert_eq!(open(&copy).store.reader().page(&query, |_| true).unwrap().records.len(), 20);
}
