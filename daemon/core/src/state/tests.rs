use super::*;
use trueconfig_common::remediation::RemediationState as S;

/// T8: the whole table, so that a move added by mistake is seen here.
#[test]
fn moves_of_a_remediation_are_exactly_those_of_t8() {
    let mut table = String::new();
    for from in S::ALL {
        let to: Vec<&str> =
            S::ALL.into_iter().filter(|to| is_legal(from, *to)).map(|to| to.as_str()).collect();
        table.push_str(&format!("{from} -> {}\n", to.join(" ")));
    }
    let expected = "\
planned -> pending_approval approved cancelled superseded blocked
pending_approval -> approved rejected expired cancelled superseded blocked
approved -> pending_approval executing expired cancelled superseded blocked
executing -> executed partial failed needs_operator
executed -> verifying
verifying -> verified verification_failed
verified -> rolling_back
verification_failed -> rolling_back
partial -> rolling_back
rolling_back -> partial rolled_back rollback_failed
rolled_back -> 
rollback_failed -> 
rejected -> 
expired -> 
cancelled -> 
superseded -> 
blocked -> 
failed -> 
needs_operator -> 
";
    assert_eq!(table, expected);
}

#[test]
fn records_are_folded_in_order_without_gaps() {
    let mut state = State::default();
    let entry = |seq| Entry {
        seq,
        time: chrono::DateTime::UNIX_EPOCH,
        actor: trueconfig_common::remediation::Actor::system("test"),
        event: Event::DaemonStopped {},
    };
    assert_eq!(state.evolve(&entry(2)), Err(IllegalEvent::Order { last: 0, found: 2 }));
    assert_eq!(state.evolve(&entry(1)), Ok(()));
    assert_eq!(state.evolve(&entry(1)), Err(IllegalEvent::Order { last: 1, found: 1 }));
}

/// Every event that moves a remediation, with where it leads.
fn moves(id: &RemediationId, digest: &trueconfig_common::id::PlanDigest) -> Vec<(Event, S)> {
    use crate::journal::event::{ExecutionOutcome as Done, RollbackOutcome as Undone};
    let (id, now) = (|| id.clone(), chrono::DateTime::UNIX_EPOCH);
    let (text, words) = (|| crate::fixture::text("x"), || "x".to_owned());
    let approved = Event::RemediationApproved {
        id: id(),
        digest: digest.clone(),
        note: text(),
        gates: Vec::new(),
        acknowledged: Vec::new(),
        assent: Assent::Person { groups: Vec::new() },
        window: None,
    };
    let finished =
        |outcome| Event::ExecutionFinished { id: id(), outcome, reason: words(), rollback_until: None };
    let undone = |outcome| Event::RollbackFinished { id: id(), outcome, reason: words() };
    let superseded = Event::RemediationSuperseded { id: id(), reason: words(), differences: Vec::new() };
    let failed = Event::VerificationFailed { id: id(), differences: Vec::new(), reason: words() };
    vec![
        (Event::ApprovalRequested { id: id(), expires_at: now }, S::PendingApproval),
        (approved, S::Approved),
        (Event::ApprovalWithdrawn { id: id(), note: text() }, S::PendingApproval),
        (Event::RemediationRejected { id: id(), note: text(), suppressed_until: now }, S::Rejected),
        (Event::RemediationExpired { id: id() }, S::Expired),
        (Event::RemediationCancelled { id: id(), reason: words() }, S::Cancelled),
        (superseded, S::Superseded),
        (Event::RemediationBlocked { id: id(), reasons: Vec::new() }, S::Blocked),
        (Event::ExecutionStarted { id: id(), gates: Vec::new() }, S::Executing),
        (finished(Done::Executed), S::Executed),
        (finished(Done::Partial), S::Partial),
        (finished(Done::Failed), S::Failed),
        (finished(Done::NeedsOperator), S::NeedsOperator),
        (Event::VerificationStarted { id: id() }, S::Verifying),
        (Event::VerificationPassed { id: id() }, S::Verified),
        (failed, S::VerificationFailed),
        (Event::RollbackStarted { id: id(), note: text() }, S::RollingBack),
        (undone(Undone::RolledBack), S::RolledBack),
        (undone(Undone::Partial), S::Partial),
        (undone(Undone::Failed), S::RollbackFailed),
    ]
}

/// The state with its only remediation put somewhere, whatever led there.
fn put(world: &crate::fixture::World, id: &RemediationId, at: S) -> State {
    let mut state = world.state.clone();
    state.remediations.entry(id.clone()).and_modify(|one| Arc::make_mut(one).state = at);
    state
}

fn next(state: &State, event: Event) -> Entry {
    let actor = trueconfig_common::remediation::Actor::system("test");
    Entry { seq: state.seq + 1, time: chrono::DateTime::UNIX_EPOCH, actor, event }
}

#[test]
fn t8_an_illegal_move_is_an_error_and_changes_nothing() {
    let (world, id) = crate::fixture::World::planned();
    let mut tried = 0;
    for from in S::ALL {
        for (event, to) in moves(&id, &world.get(&id).digest) {
            let mut state = put(&world, &id, from);
            let before = state.clone();
            let answer = state.evolve(&next(&before, event));
            assert_eq!(answer.is_ok(), is_legal(from, to), "{from} to {to}");
            match answer {
                Ok(()) => assert_eq!(state.remediations[&id].state, to),
                Err(_) => assert_eq!(state, before),
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 19 * 20);
}

#[test]
fn t8_what_moves_nothing_has_its_place_as_well() {
    let (world, id) = crate::fixture::World::planned();
    let legal = |event: Event| {
        let legal = |at: &S| put(&world, &id, *at).evolve(&next(&world.state, event.clone())).is_ok();
        S::ALL.into_iter().filter(legal).collect::<Vec<_>>()
    };
    let id = || id.clone();
    let closed = Event::RemediationClosed { id: id(), note: crate::fixture::text("x") };
    assert_eq!(legal(closed), [S::VerificationFailed, S::Partial, S::RollbackFailed, S::NeedsOperator]);
    let confirmed = Event::ScanVerified {
        id: id(),
        verdict: trueconfig_common::verdict::Verdict::Pass,
        as_expected: true,
    };
    assert_eq!(legal(confirmed), [S::Verified]);
    let refused = Event::RollbackRefused { id: id(), differences: Vec::new() };
    assert_eq!(legal(refused), [S::Verified, S::VerificationFailed, S::Partial]);
    let intended = Event::WriteIntended {
        id: id(),
        step: 0,
        direction: trueconfig_common::remediation::Direction::Forward,
        request: world.get(&id()).plan.changes[0].view.request.clone(),
        client_request_id: "x".to_owned(),
        before_snapshot: serde_json::Value::Null,
        after_snapshot: serde_json::Value::Null,
    };
    assert_eq!(legal(intended), [S::Executing, S::RollingBack]);
}

#[test]
fn an_event_of_an_unknown_remediation_or_a_second_one_of_the_same_id_is_an_error() {
    let (world, id) = crate::fixture::World::planned();
    let mut state = world.state.clone();
    let stranger = Event::RemediationExpired { id: RemediationId::new("R-9") };
    assert!(matches!(state.evolve(&next(&world.state, stranger)), Err(IllegalEvent::Remediation { .. })));
    let planned = |entry: &&Entry| matches!(entry.event, Event::RemediationPlanned { .. });
    let again = world.entries.iter().find(planned).unwrap().event.clone();
    assert!(matches!(state.evolve(&next(&world.state, again)), Err(IllegalEvent::Remediation { .. })));
    let (other, _) = moves(&id, &crate::fixture::other_digest()).swap_remove(1);
    assert!(matches!(state.evolve(&next(&world.state, other)), Err(IllegalEvent::Remediation { .. })));
    assert_eq!(state, world.state);
}
