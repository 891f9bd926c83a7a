//! Doing one thing to several rows, exports, and several tenants.

use super::*;
use crate::app::dialog::Dialog;
use crate::link::export::Export;
use trueconfig_common::interface::drift::AcknowledgeDrift;

/// Two drifts nobody took note of yet.
fn two_open_drifts() -> State {
    let mut state = filled(SMALL);
    for row in &mut state.drift.rows {
        row.acknowledged = None;
    }
    press(&mut state, &["6"]);
    state
}

#[test]
fn marked_drifts_are_acknowledged_one_after_the_other_with_one_note() {
    let mut state = two_open_drifts();
    let seqs: Vec<u64> = state.drift.rows.iter().map(|row| row.seq).collect();
    let effects = press(&mut state, &[" ", " ", "a", "o", "k", "enter", "tab", "enter"]);
    let expected = |seq| Call::from(AcknowledgeDrift { tenant: String::new(), seq, note: "ok".into() });
    assert_eq!(calls(&effects), [&expected(seqs[0])]);
    let row = state.drift.rows[0].clone();
    let effects = answer(&mut state, ticket(&effects), Ok(Answer::from(row.clone())));
    assert!(calls(&effects).contains(&&expected(seqs[1])), "{effects:?}");
    let refused = CallError::Refused { reason: "no".into(), differences: Vec::new() };
    answer(&mut state, ticket(&effects), Err(refused.into()));
    assert!(confirm(&state).complaint.contains("no"), "what is left stays open, with why");
    let effects = press(&mut state, &["enter"]);
    assert!(calls(&effects).contains(&&expected(seqs[1])), "{effects:?}");
    answer(&mut state, ticket(&effects), Ok(Answer::from(row)));
    assert!(state.overlay.is_none());
    assert_eq!(state.drift.marks(), 0);
}

/// Approval is never given to several plans at once.
#[test]
fn marked_plans_can_be_rejected_but_not_approved() {
    let mut state = filled(SMALL);
    press(&mut state, &["3", " ", "a"]);
    assert!(state.overlay.is_none());
    assert!(state.toast.as_ref().is_some_and(|toast| toast.text.contains("one by one")), "{:?}", state.toast);
    press(&mut state, &["x"]);
    assert!(matches!(&state.overlay, Some(Overlay::Dialog(Dialog::Confirm(_)))));
    press(&mut state, &["esc", "esc"]);
    assert_eq!(state.approvals.marks(), 0, "esc takes the marks away first");
}

#[test]
fn any_list_is_exported_as_it_is_filtered() {
    let mut state = filled(SMALL);
    state.controls.filter = "verdict:fail".into();
    let effects = press(&mut state, &["E"]);
    let [Effect::Export(path, Export::Rows(Call::ListControls(list)))] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(list.query.filter, "verdict:fail");
    assert!(path.to_string_lossy().starts_with("trueconfig-controls-2026"));
    let effects = press(&mut state, &["5", "E"]);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Export(_, Export::Journal))), "{effects:?}");
}

#[test]
fn another_tenant_begins_anew_but_keeps_what_is_the_persons() {
    let mut state = filled(SMALL);
    assert!(press(&mut state, &["T"]).is_empty());
    assert!(state.overlay.is_none(), "there is only one");
    let mut status = fixtures::status();
    status.tenants.push("fabrikam".into());
    let notice = Notice { status, changed: Vec::new() };
    let now = state.now;
    update(&mut state, Event::Notice(Box::new(notice)), now);
    assert_eq!(press(&mut state, &["T", "down", "enter"]), [Effect::Tenant("fabrikam".into())]);
    state.commands_typed.push("drift".into());
    let tickets = state.tickets;
    state.begin_anew("fabrikam".into());
    assert_eq!((state.tenant.as_str(), state.link.clone()), ("fabrikam", Link::Connecting));
    assert_eq!((state.commands_typed.len(), state.tickets), (1, tickets));
    assert!(state.controls.rows.is_empty() && state.status.is_none());
}
