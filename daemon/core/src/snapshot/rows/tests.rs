//! Rows in memory and rows that are packed are the same rows, whatever is done with them.

use super::*;
use crate::snapshot::Group;
use serde_json::json;
use std::collections::BTreeMap;
use std::convert::Infallible;

#[derive(Debug)]
struct Lines(Option<Vec<u8>>);

impl Packed for Lines {
    fn unpack(&self) -> Option<Vec<u8>> {
        self.0.clone()
    }
}

fn id(number: u64) -> Id {
    Id::new(&format!("{:08x}-0000-4000-8000-{number:012x}", (number * 0x9e37_79b9) & 0xffff_ffff))
}

fn group(number: u64, name: &str) -> Group {
    serde_json::from_value(json!({"id": id(number), "displayName": name})).unwrap()
}

fn groups(count: u64) -> Rows<Group> {
    let mut rows = Rows::from((0..count).map(|number| group(number, "old")).collect::<Vec<_>>());
    rows.sort();
    rows
}

/// The same rows in runs of seven.
fn packed(rows: &Rows<Group>) -> Rows<Group> {
    let runs = rows.all().unwrap().chunks(7).zip(0_u128..).map(|(rows, number)| {
        let lines = rows.iter().flat_map(|row| serde_json::to_vec(row).unwrap()).collect();
        let digest = Some(RunDigest(number.to_be_bytes()));
        let head = RunHead { digest, rows: rows.len(), first: rows.first().map(|row| row.id.clone()) };
        Run::kept(head, Arc::new(Lines(Some(lines))))
    });
    Rows::kept(runs.collect())
}

#[test]
fn rows_are_sorted_in_place_and_equal_keys_stay_in_their_order() {
    for count in [0, 1, 2, 97, 500] {
        let rows: Vec<Group> =
            (0..count).map(|number| group(number * 7 % (count / 2 + 1), &number.to_string())).collect();
        let mut expected = rows.clone();
        expected.sort_by(|one, other| one.id.cmp(&other.id));
        let mut sorted = Rows::from(rows);
        sorted.sort();
        assert_eq!(sorted.all(), Some(expected.as_slice()));
    }
}

#[test]
fn t4_packed_rows_are_revised_as_rows_in_memory_are_and_only_runs_that_changed_are_unpacked() {
    let whole = groups(100);
    let packed = packed(&whole);
    let mut news: BTreeMap<Id, Option<Group>> = BTreeMap::new();
    for number in [3, 50, 51] {
        news.insert(id(number), Some(group(number, "new")));
    }
    for number in [7, 8, 200] {
        news.insert(id(number), None);
    }
    news.insert(id(300), Some(group(300, "born")));
    let revise = |rows: &Rows<Group>| {
        let change = |id: &Id, _: Option<&Group>| Ok::<_, Infallible>(news.get(id).cloned().flatten());
        let Ok(revised) = rows.revised(news.keys().cloned(), change);
        revised.unwrap()
    };
    let (one, other) = (revise(&whole), revise(&packed));
    assert!(!other.is_loaded() && packed.whole.get().is_none());
    assert_eq!((one.len(), other.len()), (99, 99));
    let untouched = other.runs.iter().filter(|run| run.head.digest.is_some()).count();
    assert!((8..15).contains(&untouched), "{untouched} of 15 runs");
    assert!(other.runs.iter().all(|run| run.head.digest.is_none() || run.opened.get().is_none()));
    assert_eq!(one.all(), other.all());
    assert!(one.all().unwrap().is_sorted_by_key(|row| row.id.clone()));
    assert_eq!(other.get(&id(300)).map(|row| row.display_name.as_str()), Some("born"));
    assert_eq!((other.get(&id(7)), packed.get(&id(7)).is_some()), (None, true));
}

#[test]
fn every_row_is_found_and_changed_in_its_own_run() {
    let whole = groups(100);
    let packed = packed(&whole);
    for row in whole.all().unwrap() {
        assert_eq!(packed.get(&row.id), Some(row));
        let Ok(revised) =
            packed.revised([row.id.clone()].into_iter(), |_, row| Ok::<_, Infallible>(row.cloned()));
        assert_eq!(revised.unwrap().all(), whole.all());
        let Ok(without) = packed.revised([row.id.clone()].into_iter(), |_, _| Ok::<_, Infallible>(None));
        let without = without.unwrap();
        assert_eq!((without.len(), without.get(&row.id)), (99, None));
    }
}

#[test]
fn what_is_noted_of_changed_runs_leaves_their_rows_as_they_are() {
    let packed = packed(&groups(100));
    let change = |_: &Id, row: Option<&Group>| {
        let name = "new".to_owned();
        Ok::<_, Infallible>(row.map(|row| Group { display_name: name, ..row.clone() }))
    };
    let Ok(revised) = packed.revised([id(3), id(50)].into_iter(), change);
    let mut revised = revised.unwrap();
    assert_eq!(revised.digests(), None);
    // A changed run of seven is kept as two, as if a row in it began a chunk.
    let heads = revised.runs.iter().zip(100_u128..).flat_map(|(run, number)| {
        let rows = run.open().unwrap();
        let head = |digest, rows: &[Group]| RunHead {
            digest,
            rows: rows.len(),
            first: rows.first().map(|row| row.id.clone()),
        };
        match run.head.digest {
            Some(digest) => vec![head(Some(digest), rows)],
            None => {
                let (left, right) = rows.split_at(3);
                let digest = |number: u128| Some(RunDigest(number.to_be_bytes()));
                vec![head(digest(number), left), head(digest(number + 1_000), right)]
            }
        }
    });
    let heads: Vec<RunHead> = heads.collect();
    let (before, kept) = (revised.clone(), heads.len());
    assert!(kept > before.runs.len());
    revised.note(heads);
    assert_eq!((revised.runs.len(), revised.digests().map(|all| all.len())), (kept, Some(kept)));
    assert_eq!(revised.all(), before.all());
}

#[test]
fn a_harmed_run_makes_rows_unreadable_never_fewer() {
    let mut packed = packed(&groups(30));
    packed.runs[2].packed = Some(Arc::new(Lines(None)));
    assert_eq!((packed.len(), packed.all()), (30, None));
    packed.extend(vec![group(77, "more")]);
    assert_eq!(packed.all(), None);
    let change = |_: &Id, row: Option<&Group>| Ok::<_, Infallible>(row.cloned());
    let every = (0..30).map(id).collect::<std::collections::BTreeSet<_>>();
    assert!(matches!(packed.revised(every.into_iter(), change), Ok(None)));
}
