use super::*;
use std::os::unix::fs::PermissionsExt;

/// R80: what stands in the file is exactly this; an auditor's own tool relies on it.
#[test]
fn r80_a_record_is_one_framed_line_of_canonical_json() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    store
        .append(vec![Draft { actor: json!("system"), body: json!({"b": 1, "a": [true]}), ..draft(1) }])
        .unwrap();
    let json = concat!(
        r#"{"actor":"system","body":{"a":[true],"b":1},"kind":"scan_finished","#,
        r#""prev":"0000000000000000000000000000000000000000000000000000000000000000","#,
        r#""seq":1,"tenant":"contoso","time":"1970-01-01T00:00:01.000000Z","version":1}"#
    );
    let expected = format!("{} {:08x} {json}\n", json.len(), crc32c::crc32c(json.as_bytes()));
    assert_eq!(fs::read_to_string(segment(&dir, 1)).unwrap(), expected);
}

#[test]
fn r80_records_survive_closing_and_continue_the_chain() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    let mut written = store.append(vec![draft(1)]).unwrap();
    written.extend(store.append(drafts(2..=10)).unwrap());
    store.close().unwrap();

    let mut store = open_whole(&dir);
    assert_eq!(store.end().seq, 10);
    written.extend(store.append(vec![draft(11)]).unwrap());
    let read: Vec<Record> = store.replay(0).unwrap().map(Result::unwrap).collect();
    assert_eq!(read, written, "replay gives what append gave");
    assert_eq!(
        store.replay(7).unwrap().map(|record| record.unwrap().seq).collect::<Vec<_>>(),
        [8, 9, 10, 11]
    );

    let report = verify(dir.path(), None).unwrap();
    assert!(report.is_intact(), "{report}");
    assert_eq!((report.last, report.tenant), (store.end(), Some(tenant())));
}

#[test]
fn personal_text_is_not_in_the_journal_and_reads_as_erased_without_its_entry() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    let written = store.append(drafts(1..=3)).unwrap();
    assert_eq!(written[0].actor["name"]["@personal"], "Ada Lovelace");
    store.close().unwrap();
    assert!(!fs::read_to_string(segment(&dir, 1)).unwrap().contains("Ada"));
    assert_eq!(fs::read_to_string(dir.path().join("personal.jsonl")).unwrap().lines().count(), 1);

    let read = |store: &Store| store.replay(0).unwrap().next().unwrap().unwrap().actor["name"].clone();
    assert_eq!(read(&open_whole(&dir)), json!({"@personal": "Ada Lovelace"}));
    fs::write(dir.path().join("personal.jsonl"), "").unwrap();
    assert_eq!(read(&open_whole(&dir)), json!({"@personal": "[erased]"}));
    assert!(verify(dir.path(), None).unwrap().is_intact(), "the chain needs no side file");
}

#[test]
fn a_changed_personal_text_is_damage() {
    let dir = TempDir::new().unwrap();
    open_whole(&dir).append(drafts(1..=3)).unwrap();
    let path = dir.path().join("personal.jsonl");
    let line = fs::read(&path).unwrap();
    let json = String::from_utf8(frame::decode(&line).unwrap().to_vec()).unwrap().replace("Ada", "Eve");
    let mut changed = Vec::new();
    frame::encode(json.as_bytes(), &mut changed).unwrap();
    fs::write(&path, changed).unwrap();

    let damage = open(&dir).damage.unwrap();
    assert_eq!((damage.file, damage.line), (path, 1));
    assert!(!verify(dir.path(), None).unwrap().is_intact());
}

#[test]
fn a_second_daemon_on_the_same_store_is_told_who_has_it() {
    let dir = TempDir::new().unwrap();
    let _first = open_whole(&dir);
    let error = Store::open(dir.path(), &tenant()).err().unwrap().to_string();
    assert!(error.contains(&format!("in use by process {}", std::process::id())), "{error}");
}

#[test]
fn files_and_folders_are_closed_to_others() {
    let dir = TempDir::new().unwrap();
    open_whole(&dir).append(drafts(1..=2)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir.path().join("journal")), 0o700);
    assert_eq!(mode(&dir.path().join("sled")), 0o700);
    for file in [segment(&dir, 1), dir.path().join("personal.jsonl"), dir.path().join("lock")] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn another_tenants_journal_is_damage() {
    let dir = TempDir::new().unwrap();
    open_whole(&dir).append(drafts(1..=2)).unwrap();
    let opened = Store::open(dir.path(), &"fabrikam".into()).unwrap();
    assert!(opened.damage.unwrap().what.contains("belongs to tenant \"contoso\""));
}

#[test]
fn segments_roll_and_the_chain_crosses_them() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    let large = "x".repeat(1 << 20);
    for number in 1..=40 {
        store
            .append(vec![Draft { body: json!({"number": number, "large": large}), ..draft(number) }])
            .unwrap();
    }
    store.close().unwrap();
    assert!(segment(&dir, 3).exists());
    let store = open_whole(&dir);
    assert_eq!(numbers(&store), (1..=40).collect::<Vec<_>>());
    let report = verify(dir.path(), None).unwrap();
    assert!(report.is_intact() && report.segments == 3, "{report}");
}

#[test]
fn limits_are_named_and_leave_the_journal_as_it_was() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    let huge = Draft { body: json!("x".repeat(MAX_JSON_BYTES)), ..draft(1) };
    assert!(matches!(store.append(vec![huge]), Err(StoreError::TooLarge { .. })));
    let many = (1..=MAX_GROUP_RECORDS as u64 + 1).map(draft).collect();
    assert!(matches!(store.append(many), Err(StoreError::TooLarge { .. })));
    let inexact = Draft { body: json!({"n": u64::MAX}), ..draft(1) };
    assert!(matches!(store.append(vec![draft(1), inexact]), Err(StoreError::Record(_))));
    assert_eq!(store.append(vec![]).unwrap(), vec![]);
    assert_eq!(store.append(vec![draft(1)]).unwrap()[0].seq, 1);
}

/// R82.
#[test]
fn r82_the_export_is_json_lines_with_or_without_personal_text() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    store.append(drafts(1..=3)).unwrap();
    let mut resolved = Vec::new();
    assert_eq!(export(dir.path(), PersonalText::Resolved, &Selection::default(), &mut resolved).unwrap(), 3);
    assert!(String::from_utf8(resolved).unwrap().contains("Ada Lovelace"));

    let mut digests = Vec::new();
    export(dir.path(), PersonalText::Digests, &Selection::default(), &mut digests).unwrap();
    let last = digests.split(|&byte| byte == b'\n').nth(2).unwrap();
    assert_eq!(RecordHash::of(last), store.end().hash, "the exported bytes are the hashed ones");
}

/// A write under way is no damage, but a running store knows what must be there.
#[test]
fn r80_a_running_store_verifies_up_to_its_last_durable_record() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    store.append(drafts(1..=5)).unwrap();
    let whole = fs::read(segment(&dir, 1)).unwrap();
    fs::write(segment(&dir, 1), [&whole[..], b"250 0bad"].concat()).unwrap();
    let report = store.reader().verify(None).unwrap();
    assert!(report.is_intact() && report.last == store.end(), "{report}");

    let four = whole.split_inclusive(|&byte| byte == b'\n').take(4).flatten().copied().collect::<Vec<u8>>();
    fs::write(segment(&dir, 1), four).unwrap();
    let damage = store.reader().verify(None).unwrap().damage;
    assert_eq!(damage[0].seq, 5, "{}", damage[0]);
    fs::write(segment(&dir, 1), &whole[..whole.len() - 1]).unwrap();
    assert_eq!(store.reader().verify(None).unwrap().damage[0].line, 5);
}
