//! The audit log has a sentence for everything that can happen.

use crate::fixture::{Fault, World, other_digest, text};
use crate::journal::event::{Event, ExecutionOutcome, RollbackOutcome};
use crate::journal::record::{Record, RecordHash};
use crate::lifecycle::Command;
use crate::state::Assent;
use crate::view::audit::{audit_record, sentence};
use crate::view::query::Columns;
use chrono::DateTime;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use trueconfig_common::change::{GraphRequest, Method};
use trueconfig_common::gate::Gate;
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::mode::Mode;
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::Direction;
use trueconfig_common::verdict::Verdict;
use trueconfig_common::window::{Tz, Window};

/// One event of every kind, and of every outcome.
fn every_kind() -> Vec<Event> {
    let (world, _) = World::planned();
    let planned = world.entries.iter().map(|entry| entry.event.clone());
    let planned = planned.filter(|event| matches!(event, Event::RemediationPlanned { .. }));
    planned
        .chain(of_the_tenant())
        .chain(of_what_is_accepted())
        .chain(of_a_life())
        .chain(of_writes())
        .chain(of_ends())
        .collect()
}

fn control() -> ControlId {
    ControlId::new("PA-01")
}

fn id() -> RemediationId {
    RemediationId::new("R-1")
}

fn reason() -> Personal {
    text("because")
}

fn words() -> String {
    "because".to_owned()
}

fn of_the_tenant() -> Vec<Event> {
    vec![
        Event::DaemonStarted { version: "1".into(), baseline: "b".into(), shipped: None },
        Event::DaemonStopped {},
        Event::JournalRepaired { file: "f".into(), bytes: 3, what: "cut".into() },
        Event::Alerted { code: "x".into(), control: None, id: None, message: reason() },
        Event::ScanStarted { scan: 1, trigger: "demand".into() },
        Event::ScanFinished {
            scan: 1,
            started_at: DateTime::UNIX_EPOCH,
            snapshot: "s".into(),
            verdicts: BTreeMap::new(),
            score: None,
            requests: 1,
            objects: 2,
            unreadable: BTreeMap::new(),
        },
        Event::ScanFailed { scan: 1, started_at: DateTime::UNIX_EPOCH, reason: reason() },
        Event::VerdictChanged {
            control: control(),
            from: None,
            to: Verdict::Fail,
            reason: reason(),
            movers: Vec::new(),
        },
        Event::DriftAcknowledged { drift: 3, note: reason() },
        Event::RemediationSwitched { auto_remediation_enabled: true, reason: reason() },
        Event::RemediationSwitched { auto_remediation_enabled: false, reason: reason() },
        Event::KillSwitchPulled { reason: reason() },
        Event::KillSwitchReleased { reason: reason() },
        Event::ModeSet { control: None, mode: Some(Mode::Manual), reason: reason() },
        Event::ModeSet { control: Some(control()), mode: None, reason: reason() },
        Event::AutoRollbackSet { enabled: true, reason: reason() },
        Event::EmergencyAccessVerified { note: reason() },
        Event::HoldPlaced { control: control(), reason: words() },
        Event::HoldReleased { control: control(), reason: reason() },
    ]
}

fn of_what_is_accepted() -> Vec<Event> {
    let (object, expires) = (text("ada"), DateTime::UNIX_EPOCH);
    vec![
        Event::BaselineTaken { version: "2".into(), digest: "d".into(), files: "f".into(), reason: reason() },
        Event::ExceptionAdded {
            control: control(),
            object: object.clone(),
            reason: reason(),
            owner: text("ciso"),
            expires,
            value: Value::Null,
        },
        Event::ExceptionRemoved { control: control(), object: object.clone(), reason: reason() },
        Event::ExceptionEnds { control: control(), object: object.clone(), expires, days: 7 },
        Event::ExceptionEnds { control: control(), object, expires, days: 0 },
        Event::CredentialEnds { registration: "reader".to_owned(), ends_at: expires, days: 7 },
        Event::CredentialEnds { registration: "reader".to_owned(), ends_at: expires, days: 0 },
        Event::Attested { control: control(), statement: reason() },
    ]
}

fn window() -> Window {
    Window::parse("Sun 02:00-04:00 Europe/Berlin", DateTime::UNIX_EPOCH, Tz::UTC).unwrap()
}

fn of_a_life() -> Vec<Event> {
    vec![
        Event::ApprovalRequested { id: id(), expires_at: DateTime::UNIX_EPOCH },
        Event::ApprovalGiven {
            id: id(),
            digest: other_digest(),
            note: reason(),
            gates: Vec::new(),
            acknowledged: Vec::new(),
            assent: Assent::Person { groups: Vec::new() },
            window: Some(window()),
        },
        Event::RemediationApproved {
            id: id(),
            digest: other_digest(),
            note: reason(),
            gates: Vec::new(),
            acknowledged: vec![Gate::Reversibility],
            assent: Assent::Automatic,
            window: None,
        },
        Event::WindowOpened { id: id() },
        Event::ApprovalWithdrawn { id: id(), note: reason() },
        Event::RemediationRejected { id: id(), note: reason(), suppressed_until: DateTime::UNIX_EPOCH },
        Event::RemediationExpired { id: id() },
        Event::RemediationCancelled { id: id(), reason: words() },
        Event::RemediationSuperseded { id: id(), reason: words(), differences: Vec::new() },
        Event::RemediationBlocked { id: id(), reasons: vec![words()] },
    ]
}

fn of_writes() -> Vec<Event> {
    vec![
        Event::ExecutionStarted { id: id(), gates: Vec::new() },
        Event::WriteIntended {
            id: id(),
            step: 0,
            direction: Direction::Forward,
            request: GraphRequest { method: Method::Delete, path: "/v1.0/x".into(), body: json!(null) },
            client_request_id: "c".into(),
            before_snapshot: json!({}),
            after_snapshot: json!(null),
        },
        Event::WriteDone {
            id: id(),
            step: 0,
            direction: Direction::Undo,
            produced: None,
            calls: Vec::new(),
            sealed: None,
        },
        Event::WriteRefused {
            id: id(),
            step: 0,
            direction: Direction::Undo,
            error: words(),
            calls: Vec::new(),
        },
        Event::WriteUnknown {
            id: id(),
            step: 0,
            direction: Direction::Undo,
            reason: words(),
            calls: Vec::new(),
        },
        Event::WriteResolved {
            id: id(),
            step: 0,
            direction: Direction::Undo,
            applied: true,
            produced: None,
            orphan: false,
        },
        Event::VerificationStarted { id: id() },
        Event::VerificationPassed { id: id() },
        Event::VerificationFailed { id: id(), differences: Vec::new(), reason: words() },
        Event::ScanVerified { id: id(), verdict: Verdict::Pass, as_expected: true },
        Event::ScanVerified { id: id(), verdict: Verdict::Fail, as_expected: false },
        Event::RollbackStarted { id: id(), note: reason() },
        Event::RollbackRefused { id: id(), differences: Vec::new() },
        Event::RemediationClosed { id: id(), note: reason() },
    ]
}

fn of_ends() -> Vec<Event> {
    let finished = [
        ExecutionOutcome::Executed,
        ExecutionOutcome::Partial,
        ExecutionOutcome::Failed,
        ExecutionOutcome::NeedsOperator,
    ];
    let finished = finished.map(|outcome| Event::ExecutionFinished {
        id: id(),
        outcome,
        reason: words(),
        rollback_until: None,
    });
    let undone = [RollbackOutcome::RolledBack, RollbackOutcome::Partial, RollbackOutcome::Failed];
    let undone = undone.map(|outcome| Event::RollbackFinished { id: id(), outcome, reason: String::new() });
    finished.into_iter().chain(undone).collect()
}

/// Names of all kinds, from the enum's own refusal of an unknown one.
fn all_kinds() -> BTreeSet<String> {
    let refused = serde_json::from_value::<Event>(json!({"kind": "?", "body": {}})).unwrap_err().to_string();
    let known = refused.split_once("expected one of").unwrap().1;
    known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn r75_every_kind_of_event_has_a_sentence_of_its_own() {
    let events = every_kind();
    let kinds: BTreeSet<String> = crate::fixture::kinds(&events).into_iter().collect();
    assert_eq!(kinds, all_kinds(), "one of every kind");
    let sentences: BTreeSet<String> = events.iter().map(sentence).collect();
    assert_eq!(sentences.len(), events.len());
    assert!(sentences.iter().all(|sentence| !sentence.trim().is_empty()));
}

#[test]
fn r77_r78_a_record_is_shown_with_who_when_and_what() {
    let (mut world, id) = World::approved();
    world.run();
    world.roll_back(&id).unwrap();
    world.step(Fault::Refuse).unwrap();
    world.command(Command::Close(id.clone(), text("by hand"))).unwrap();
    for (record, entry) in world.records().iter().zip(&world.entries) {
        let shown = audit_record(record);
        assert_eq!((shown.seq, shown.time, &shown.actor), (entry.seq, entry.time, &entry.actor));
        assert_eq!((&shown.kind, shown.summary), (&record.kind, sentence(&entry.event)));
        let own = entry.event.remediation().map_or_else(String::new, ToString::to_string);
        if record.kind != "alerted" {
            assert_eq!(audit_record(record).column("remediation"), own);
        }
    }
}

#[test]
fn a_record_of_a_newer_daemon_is_shown_by_its_kind() {
    let draft = crate::journal::record::Draft {
        time: "2027-01-01T00:00:00Z".parse().unwrap(),
        actor: json!("?"),
        kind: "moon_landed".into(),
        version: 9,
        body: json!({"id": "R-1"}),
    };
    let shown = audit_record(&Record::place(draft, &"contoso".into(), 1, RecordHash::NONE));
    assert_eq!((shown.summary.as_str(), shown.actor.to_string().as_str()), ("moon_landed", "system:unknown"));
}
