//! Snapshots: whole or missing, shared chunks, retention.

use super::*;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use trueconfig_core::snapshot::{Family, Retention, Snapshot, User};

fn user(number: u64, name: &str) -> User {
    // Spread over the whole range of ids, as Graph's are.
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let id = format!("{:08x}-0000-4000-8000-{:012x}", spread >> 32, number);
    serde_json::from_value(
        json!({"id": id, "displayName": name, "userPrincipalName": format!("{name}@contoso.example")}),
    )
    .unwrap()
}

fn tenant(users: u64, day: i64) -> Snapshot {
    let mut snapshot = Snapshot::unread(at(day));
    snapshot.users =
        Family::complete((0..users).map(|number| user(number, &format!("user{number}"))).collect());
    snapshot.users.sort();
    snapshot.domains = Family::denied("Domain.Read.All");
    snapshot.groups = Family::partial(Vec::new(), "the network was gone");
    snapshot
}

fn at(day: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + day)
}

#[test]
fn t4_a_snapshot_comes_back_as_it_was_with_the_completeness_of_each_family() {
    let dir = TempDir::new().unwrap();
    let store = open_whole(&dir);
    let snapshot = tenant(3_000, 0);
    let head = store.snapshots().put("one", &snapshot, b"marks", &Retention::default()).unwrap().head;
    assert_eq!((head.objects, head.incomplete), (3_000, vec!["groups".to_owned(), "domains".to_owned()]));
    store.close().unwrap();
    let snapshots = open_whole(&dir).snapshots();
    assert_eq!(snapshots.get("one").unwrap(), Some(snapshot));
    assert_eq!(snapshots.get("two").unwrap(), None);
    assert_eq!(snapshots.basis().unwrap(), Some(("one".to_owned(), b"marks".to_vec())));
}

#[test]
fn what_two_snapshots_have_in_common_is_kept_once() {
    let dir = TempDir::new().unwrap();
    let snapshots = open_whole(&dir).snapshots();
    let mut snapshot = tenant(20_000, 0);
    let first = snapshots.put("one", &snapshot, b"marks", &Retention::default()).unwrap().head.added_bytes;
    let mut users = snapshot.users.rows().unwrap().to_vec();
    users[7_000].display_name = "renamed".into();
    users.remove(13_000);
    users.push(user(99_999, "new"));
    snapshot.users = Family::complete(users);
    snapshot.users.sort();
    let second = snapshots.put("two", &snapshot, b"marks", &Retention::default()).unwrap().head.added_bytes;
    assert!(first > 100_000 && second * 10 < first, "{first} bytes, then {second}");
    assert_eq!(snapshots.get("two").unwrap(), Some(snapshot));
}

#[test]
fn old_snapshots_go_and_take_only_their_own_chunks_with_them() {
    let dir = TempDir::new().unwrap();
    let store = open_whole(&dir);
    let snapshots = store.snapshots();
    let retention = Retention { all_days: 2, daily_days: 2 };
    for day in 0..6 {
        let mut snapshot = tenant(1_000, day);
        snapshot.users.push_page(vec![user(50_000 + day as u64, "guest")]);
        snapshots.put(&format!("day-{day}"), &snapshot, b"", &retention).unwrap();
    }
    let ids: Vec<String> = snapshots.list().unwrap().into_iter().map(|head| head.id).collect();
    assert_eq!(ids, ["day-4", "day-5"]);
    assert!(ids.iter().all(|id| snapshots.get(id).unwrap().is_some()));
    assert_eq!(snapshots.get("day-3").unwrap(), None);
}

#[test]
fn a_harmed_chunk_makes_its_snapshot_missing_never_different() {
    let dir = TempDir::new().unwrap();
    let store = open_whole(&dir);
    store.snapshots().put("one", &tenant(1_000, 0), b"marks", &Retention::default()).unwrap();
    let pieces = store.database.as_ref().unwrap().tree("snapshots.pieces").unwrap();
    let (key, mut value) = pieces.run(|tree| tree.first()).unwrap().unwrap();
    let last = value.len() - 1;
    value[last] ^= 1;
    pieces.run(|tree| tree.insert(key, value)).unwrap();
    assert_eq!(store.snapshots().get("one").unwrap(), None);
}

/// Before this format, a manifest named its chunks by their digests alone, and not what was taken over.
#[test]
fn a_snapshot_of_the_former_format_is_read_and_shares_its_chunks() {
    let dir = TempDir::new().unwrap();
    let store = open_whole(&dir);
    let snapshots = store.snapshots();
    let snapshot = tenant(3_000, 0);
    snapshots.put("one", &snapshot, b"marks", &Retention::default()).unwrap();
    let manifests = crate::store::blob::Blobs::open(store.database.as_ref().unwrap(), "manifests").unwrap();
    let (bytes, head) = manifests.get("one").unwrap().unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    for family in manifest["families"].as_object_mut().unwrap().values_mut() {
        for chunk in family["chunks"].as_array_mut().unwrap() {
            *chunk = chunk[0].clone();
        }
    }
    manifests.put("one", &serde_json::to_vec(&manifest).unwrap(), &head.note).unwrap();
    let former = snapshots.get("one").unwrap().unwrap();
    assert_eq!(former, snapshot);
    let again = snapshots.put("two", &former, b"", &Retention::default()).unwrap();
    assert_eq!(again.head.added_bytes, 0, "nothing is written again");
}

/// What was taken over keeps its age beyond a restart.
#[test]
fn t4_families_taken_over_come_back_with_when_they_were_read() {
    let dir = TempDir::new().unwrap();
    let snapshots = open_whole(&dir).snapshots();
    let mut snapshot = tenant(10, 1);
    snapshot.carried.insert(trueconfig_core::snapshot::FamilyName::SignInActivity, at(0));
    snapshots.put("one", &snapshot, b"marks", &Retention::default()).unwrap();
    assert_eq!(snapshots.get("one").unwrap().map(|stored| stored.carried), Some(snapshot.carried));
}

/// Issue 4: a scan after few changes neither unpacks nor writes what did not change.
#[test]
fn chunks_that_did_not_change_are_neither_unpacked_nor_written_again() {
    let dir = TempDir::new().unwrap();
    let snapshots = open_whole(&dir).snapshots();
    let snapshot = tenant(20_000, 0);
    let first = snapshots.put("one", &snapshot, b"marks", &Retention::default()).unwrap().head;
    let mut stored = snapshots.get("one").unwrap().unwrap();
    let renamed = user(7_000, "renamed");
    let change = |_: &_, _: Option<&User>| Ok::<_, std::convert::Infallible>(Some(renamed.clone()));
    let Ok(revised) = stored.users.revised([renamed.id.clone()].into_iter(), change);
    stored.users = revised.unwrap();
    assert_eq!(stored.users.parts().filter(|part| part.head().unwrap().digest.is_none()).count(), 1);
    let second = snapshots.put("two", &stored, b"marks", &Retention::default()).unwrap();
    assert!(second.head.added_bytes * 20 < first.added_bytes, "{} bytes", second.head.added_bytes);
    second.note(&mut stored);
    assert!(stored.users.parts().all(|part| part.head().unwrap().digest.is_some()));
    assert!(!stored.users.is_unpacked(), "nobody looked at the other users");
    let found = snapshots.get("two").unwrap().unwrap();
    assert_eq!((found.users.get(&renamed.id), found == stored), (Some(&renamed), true));
}
