//! When the proofs of our registrations end, and when that is said.

use crate::credentials::{OwnCredential, Proof, endings, warning};
use crate::fixture::World;
use crate::journal::event::Event;
use crate::lifecycle::Command;
use crate::snapshot::{Family, Snapshot};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use trueconfig_common::control::Severity;

/// Graph and people write it in different casings.
const CLIENT_ID: &str = "aaaaaaaa-0000-0000-0000-00000000000b";

fn own(proof: Proof) -> Vec<OwnCredential> {
    vec![OwnCredential { registration: "reader".to_owned(), client_id: CLIENT_ID.to_uppercase(), proof }]
}

fn said(world: &mut World, own: &[OwnCredential]) -> Vec<i64> {
    let events = world.command(Command::WarnOfCredentials(own.to_vec())).unwrap();
    let alerts = events.iter().filter(|event| matches!(event, Event::Alerted { .. })).count();
    let days = events.iter().filter_map(|event| match event {
        Event::CredentialEnds { days, .. } => Some(*days),
        _ => None,
    });
    let days: Vec<i64> = days.collect();
    assert_eq!(days.len(), alerts, "each is an alert");
    days
}

#[test]
fn ends_are_announced_30_14_7_and_1_days_before_and_when_they_come() {
    let mut world = World::new();
    let proofs = own(Proof::Certificate(world.now + TimeDelta::days(40)));
    let mut announced = Vec::new();
    for day in 0..=41 {
        announced.extend(said(&mut world, &proofs).into_iter().map(|days| (day, days)));
        assert!(said(&mut world, &proofs).is_empty(), "said once");
        world.pass(TimeDelta::days(1));
    }
    assert_eq!(announced, [(10, 30), (26, 14), (33, 7), (39, 1), (40, 0)]);
    let renewed = own(Proof::Certificate(world.now + TimeDelta::days(5)));
    assert_eq!(said(&mut world, &renewed), [7], "another one is another end");
    world.assert_replay();
}

fn snapshot(ends: &[DateTime<Utc>]) -> Snapshot {
    let secrets: Vec<_> = ends.iter().map(|end| json!({"endDateTime": end})).collect();
    let application = json!({"id": "1", "appId": CLIENT_ID, "passwordCredentials": secrets});
    let rows = vec![serde_json::from_value(application).unwrap()];
    Snapshot { applications: Family::complete(rows), ..Snapshot::unread(DateTime::UNIX_EPOCH) }
}

/// Of several secrets nobody knows which one is ours: the last to end counts.
#[test]
fn the_end_of_a_client_secret_is_what_graph_says() {
    let now = World::new().now;
    let (soon, late) = (now + TimeDelta::days(2), now + TimeDelta::days(20));
    let proofs = own(Proof::Secret);
    assert_eq!(endings(&proofs, Some(&snapshot(&[soon, late])))[0].ends_at, late);
    assert!(endings(&proofs, Some(&snapshot(&[]))).is_empty());
    assert!(endings(&proofs, None).is_empty());
    let denied = Snapshot {
        applications: Family::denied("Application.Read.All"),
        ..Snapshot::unread(DateTime::UNIX_EPOCH)
    };
    assert!(endings(&proofs, Some(&denied)).is_empty());
}

#[test]
fn the_nearer_the_end_the_worse_the_warning() {
    let now = World::new().now;
    let severity = |days: i64| {
        let proofs = own(Proof::Certificate(now + TimeDelta::days(days)));
        warning(&endings(&proofs, None)[0], now).map(|warning| warning.severity)
    };
    let found = [31, 30, 14, 7, 1, -1].map(severity);
    let (medium, critical) = (Some(Severity::Medium), Some(Severity::Critical));
    assert_eq!(found, [None, medium, medium, Some(Severity::High), critical, critical]);
}
