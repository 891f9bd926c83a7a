//! Pages of the audit list: newest first, complete, and never more work than said.

use super::*;

fn all_pages(reader: &Reader, query: &PageQuery, keep: impl Fn(&Record) -> bool) -> (Vec<u64>, usize) {
    let mut query = query.clone();
    let (mut seqs, mut pages) = (Vec::new(), 0);
    loop {
        let page = reader.page(&query, &keep).unwrap();
        assert!(
            page.scanned <= MAX_SCANNED + marks::BLOCK_RECORDS as usize && page.records.len() <= query.limit
        );
        seqs.extend(page.records.iter().map(|record| record.seq));
        pages += 1;
        match page.next {
            Some(next) => query.before = Some(next),
            None => return (seqs, pages),
        }
    }
}

fn filled(records: u64) -> (TempDir, Store) {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    for start in (1..=records).step_by(500) {
        store.append(drafts(start..=(start + 499).min(records))).unwrap();
    }
    (dir, store)
}

#[test]
fn pages_are_newest_first_and_complete() {
    let (_dir, store) = filled(1000);
    let query = PageQuery { limit: 77, ..PageQuery::default() };
    let (seqs, pages) = all_pages(&store.reader(), &query, |_| true);
    assert_eq!(seqs, (1..=1000).rev().collect::<Vec<_>>());
    assert_eq!(pages, 13);
    let (kind, _) = all_pages(&store.reader(), &query, |record| record.kind.starts_with("approval"));
    assert_eq!(kind, (1..=1000).rev().filter(|seq| seq % 3 == 0).collect::<Vec<_>>());
}

#[test]
fn pages_about_a_remediation_read_only_its_records() {
    let (_dir, mut store) = filled(1000);
    let query = PageQuery { limit: 10, subject: Some("R-0003".into()), ..PageQuery::default() };
    let page = store.reader().page(&query, |_| true).unwrap();
    assert_eq!((page.records.len(), page.scanned), (10, 10));
    let expected: Vec<u64> = (1..=1000).rev().filter(|seq| seq % 7 == 3).collect();
    assert_eq!(all_pages(&store.reader(), &query, |_| true).0, expected);

    let without_index = store.reader().with_index(None);
    assert_eq!(all_pages(&without_index, &query, |_| true).0, expected, "the index changes no answer");

    let reader = store.reader();
    store.append(drafts(1004..=1004)).unwrap();
    assert_eq!(reader.page(&query, |_| true).unwrap().records[0].seq, 1001, "readers see what is appended");
}

/// A record that names only its remediation is about that remediation's control too.
#[test]
fn pages_about_a_control_hold_the_whole_story_of_its_remediations() {
    let dir = TempDir::new().unwrap();
    let mut store = open_whole(&dir);
    let bodies = [
        json!({"id": "R-0001", "plan": {"control": "PA-01"}}),
        json!({"id": "R-0002", "plan": {"control": "CA-01"}}),
        json!({"id": "R-0001", "note": "approved"}),
        json!({"control": "PA-01"}),
    ];
    for body in bodies {
        store.append(vec![Draft { body, ..draft(1) }]).unwrap();
    }
    store.close().unwrap();
    let query = PageQuery { limit: 10, subject: Some("PA-01".into()), ..PageQuery::default() };
    assert_eq!(all_pages(&open_whole(&dir).reader(), &query, |_| true).0, [4, 3, 1]);
    fs::remove_dir_all(dir.path().join("sled")).unwrap();
    assert_eq!(
        all_pages(&open_whole(&dir).reader(), &query, |_| true).0,
        [4, 3, 1],
        "rebuilt from the journal"
    );
}

#[test]
fn a_page_without_matches_ends_after_its_bounded_work_and_leaves_a_cursor() {
    let (_dir, store) = filled(MAX_SCANNED as u64 + 1000);
    let query = PageQuery { limit: 10, ..PageQuery::default() };
    let page = store.reader().page(&query, |record| record.seq == 1).unwrap();
    assert!(page.records.is_empty() && page.next.is_some());
    assert_eq!(all_pages(&store.reader(), &query, |record| record.seq == 1), (vec![1], 2));
}

#[test]
fn any_cursor_is_answered() {
    let (_dir, store) = filled(10);
    for before in [0, 1, 11, 12, u64::MAX] {
        let query = PageQuery { before: Some(before), limit: 5, subject: None };
        let page = store.reader().page(&query, |_| true).unwrap();
        assert_eq!(page.records.len(), if before <= 1 { 0 } else { 5 }, "before {before}");
    }
    assert_eq!(store.replay(u64::MAX).unwrap().count(), 0);
    let empty = TempDir::new().unwrap();
    let query = PageQuery { limit: 5, ..PageQuery::default() };
    assert_eq!(open_whole(&empty).reader().page(&query, |_| true).unwrap().next, None);
}
