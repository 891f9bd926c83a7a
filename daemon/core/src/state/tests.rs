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
