//! The update function: state before, keys, effects, state after.

use super::dialog::{Dialog, Field};
use super::event::{Effect, Event, Ticket};
use super::pane::Browse;
use super::place::{Focus, ScreenId};
use super::update::update;
use super::{Link, Overlay, State};
use crate::fixtures::{self, DIGEST, at, filled, fresh, key};
use crate::link::{Answer, Call, Failure};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use trueconfig_common::gate::Gate;
use trueconfig_common::id::{ControlId, ObjectId, PlanDigest, RemediationId};
use trueconfig_common::interface::controls::GetControl;
use trueconfig_common::interface::remediations::{Approve, ChooseTargets, PlanFix, Rollback};
use trueconfig_common::interface::settings::{Kill, SetMode};
use trueconfig_common::interface::subscribe::{Notice, Topic};
use trueconfig_common::interface::{CallError, ListQuery};
use trueconfig_common::mode::{BlastRadius, Mode};
use trueconfig_common::role::Role;
use trueconfig_common::window::Tz;

mod several;

const SMALL: (u16, u16) = (80, 24);

/// Types keys a second apart, as a person would, each with a frame in between.
fn press(state: &mut State, keys: &[&str]) -> Vec<Effect> {
    let mut effects = Vec::new();
    for name in keys {
        let next = u64::try_from(state.now.elapsed.as_millis()).expect("small") + 1_000;
        effects.extend(update(state, key(name), at(next)));
        state.drawn(state.now.elapsed);
    }
    effects
}

fn calls(effects: &[Effect]) -> Vec<&Call> {
    effects
        .iter()
        .filter_map(|effect| if let Effect::Call(_, call) = effect { Some(call) } else { None })
        .collect()
}

fn answer(state: &mut State, ticket: Ticket, answer: Result<Answer, Failure>) -> Vec<Effect> {
    update(state, Event::Answer(ticket, Box::new(answer)), state.now)
}

fn ticket(effects: &[Effect]) -> Ticket {
    effects
        .iter()
        .find_map(|effect| if let Effect::Call(ticket, _) = effect { Some(*ticket) } else { None })
        .expect("a call")
}

/// The plan of PA-01 opened and read.
fn reading_plan() -> State {
    let mut state = filled(SMALL);
    let effects = press(&mut state, &["3", "enter"]);
    answer(&mut state, ticket(&effects), Ok(Answer::from(fixtures::pending())));
    state
}

fn confirm(state: &State) -> &super::dialog::Confirm {
    match &state.overlay {
        Some(Overlay::Dialog(Dialog::Confirm(confirm))) => confirm,
        other => panic!("no confirmation but {other:?}"),
    }
}

#[test]
fn the_first_thing_asked_for_is_the_list_of_controls() {
    let mut state = fresh(SMALL);
    let effects = update(&mut state, Event::Resize(80, 24), at(1));
    assert!(matches!(calls(&effects)[..], [Call::ListControls(_)]), "{effects:?}");
    assert!(update(&mut state, Event::Resize(80, 24), at(2)).is_empty(), "it is not asked twice");
}

#[test]
fn moving_and_opening_reads_the_detail() {
    let mut state = filled(SMALL);
    let effects = press(&mut state, &["j", "j", "k", "enter"]);
    let expected = GetControl { tenant: String::new(), id: ControlId::new("EXT-01"), at: None };
    assert_eq!(calls(&effects), [&Call::GetControl(expected)]);
    assert_eq!(state.place().focus, Focus::Detail);
    press(&mut state, &["esc"]);
    assert_eq!((state.place().focus, state.controls.selected), (Focus::List, 1));
}

#[test]
fn the_filter_goes_to_the_daemon() {
    let mut state = filled(SMALL);
    let effects = press(&mut state, &["f"]);
    let [Call::ListControls(list)] = calls(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(list.query, ListQuery { filter: "verdict:fail".into(), limit: 500, ..ListQuery::default() });
    answer(&mut state, ticket(&effects), Ok(Answer::from(fixtures::page(fixtures::controls()))));
    // One question at a time: what is typed before the answer is asked for after it.
    let effects = press(&mut state, &["/", "!", "g", "u", "e", "s", "t"]);
    let [Call::ListControls(list)] = calls(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(list.query.filter, "verdict:fail !");
    let page = || Ok(Answer::from(fixtures::page(fixtures::controls())));
    let effects = answer(&mut state, ticket(&effects), page());
    let [Call::ListControls(list)] = calls(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(list.query.filter, "verdict:fail !guest");
    answer(&mut state, ticket(&effects), page());
    assert!(calls(&press(&mut state, &["enter"])).is_empty(), "it is in force already");
    let effects = press(&mut state, &["/", "s", "esc"]);
    answer(&mut state, ticket(&effects), page());
    assert_eq!(state.controls.filter, "!guest", "esc takes the typing back");
}

#[test]
fn commands_are_completed_remembered_and_take_arguments() {
    let mut state = filled(SMALL);
    press(&mut state, &[":", "d", "r", "tab", " ", "a", "c", "k", "tab"]);
    let Some(Overlay::Prompt(prompt)) = &state.overlay else { panic!("no prompt") };
    assert_eq!(prompt.input.value(), "drift acknowledged:");
    press(&mut state, &["f", "tab", "enter"]);
    assert_eq!((state.screen, state.drift.filter.as_str()), (ScreenId::Drift, "acknowledged:false"));
    press(&mut state, &[":", "2", "esc", ":", "up"]);
    let Some(Overlay::Prompt(prompt)) = &state.overlay else { panic!("no prompt") };
    assert_eq!(prompt.input.value(), "drift acknowledged:false");
    press(&mut state, &["down", "x", "y", "enter"]);
    assert!(state.toast.as_ref().is_some_and(|toast| toast.text.contains("no command \"xy\"")));
    press(&mut state, &[":", "m", "o", "d", "e", " ", "e", "x", "t", "tab", "enter"]);
    assert_eq!((state.screen, state.controls.selected), (ScreenId::Controls, 1));
    assert!(matches!(&state.overlay, Some(Overlay::Dialog(Dialog::Pick(_)))));
}

/// Control, finding, object, and back the same way.
#[test]
fn drilling_down_leaves_a_trail_back() {
    let mut state = filled(SMALL);
    let effects = press(&mut state, &["enter"]);
    answer(&mut state, ticket(&effects), Ok(Answer::from(fixtures::detail())));
    press(&mut state, &["n", "n"]);
    let link = state.controls.link;
    let effects = press(&mut state, &["enter"]);
    let [Call::GetObject(object)] = calls(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(object.id, "u-1");
    answer(&mut state, ticket(&effects), Ok(Answer::from(fixtures::object())));
    assert_eq!(super::jump::breadcrumbs(&state), "Controls › PA-01 › user Ada Admin");
    press(&mut state, &["enter", "enter"]);
    assert_eq!((state.screen, state.trail.len()), (ScreenId::Controls, 2));
    press(&mut state, &["esc"]);
    assert_eq!(state.screen, ScreenId::Object);
    press(&mut state, &["esc"]);
    assert_eq!((state.screen, state.controls.link), (ScreenId::Controls, link));
    assert_eq!((state.place().focus, state.trail.len()), (Focus::Detail, 0));
    press(&mut state, &["esc"]);
    assert_eq!(state.place().focus, Focus::List);
}

#[test]
fn each_screen_asks_for_its_own_part() {
    for (keys, wanted) in [
        (&["3"][..], "open:true"),
        (&["3", "w"], "state:pending_approval"),
        (&["4"], ""),
        (&["4", "w"], "open:true"),
        (&["6", "w"], "acknowledged:false"),
        (&["2", "w"], "state:pending_approval"),
    ] {
        let mut state = filled(SMALL);
        state.approvals.stale = true;
        state.history.stale = true;
        let mut asked = Vec::new();
        for name in keys {
            let effects = press(&mut state, &[name]);
            for call in calls(&effects) {
                match call {
                    Call::ListRemediations(list) => asked.push(list.query.filter.clone()),
                    Call::ListDrift(list) => asked.push(list.query.filter.clone()),
                    other => panic!("{other:?}"),
                }
                answer(
                    &mut state,
                    ticket(&effects),
                    Ok(Answer::from(fixtures::page(vec![fixtures::pending_row()]))),
                );
            }
        }
        assert_eq!(asked.last().map(String::as_str), Some(wanted), "{keys:?}");
    }
}

#[test]
fn a_refused_filter_says_why() {
    let mut state = filled(SMALL);
    let effects = press(&mut state, &["/", "a", ":", "b", "enter"]);
    let refused = CallError::Invalid { message: "there is no column \"a\" to filter by".into() };
    answer(&mut state, ticket(&effects), Err(refused.into()));
    assert!(state.toast.expect("a word").text.contains("no column"));
}

/// R24-R28: from the queue to one approval that names digest, note and acknowledged gate.
#[test]
fn r26_approving_takes_note_gate_and_digest() {
    let mut state = reading_plan();
    let digest: Vec<String> = DIGEST[..8].chars().map(String::from).collect();
    press(&mut state, &["a", "o", "k", "tab", " ", "tab"]);
    press(&mut state, &digest.iter().map(String::as_str).collect::<Vec<_>>());
    let effects = press(&mut state, &["tab", "tab", "enter"]);
    let expected = Approve {
        tenant: String::new(),
        id: RemediationId::new("R-0007"),
        digest: PlanDigest::new(DIGEST),
        note: "ok".into(),
        acknowledge: vec![Gate::Reversibility],
        window: None,
    };
    assert_eq!(calls(&effects), [&Call::Approve(expected)]);
    assert!(confirm(&state).sent.is_some(), "it waits; nothing is assumed");
    answer(&mut state, ticket(&effects), Ok(Answer::from(fixtures::pending())));
    assert!(state.overlay.is_none());
    assert_eq!(state.toast.expect("a word").text, "R-0007: approval recorded.");
}

/// What is typed is read at once in the reader's zone, and a mistake is told before anything is sent.
#[test]
fn an_approval_may_name_a_window() {
    let mut state = reading_plan();
    state.look.zone = Tz::Europe__Berlin;
    if let Some((_, detail)) = &mut state.approvals.detail {
        detail.row.blast_radius = BlastRadius::SETTING;
        detail.to_acknowledge.clear();
    }
    let window = |state: &State| confirm(state).window.clone().expect("a window can be chosen");
    press(&mut state, &["a", "up"]);
    press(&mut state, &"Sun 02:00-0".split("").filter(|key| !key.is_empty()).collect::<Vec<_>>());
    assert!(window(&state).wrong.contains("\"0\" is not a time of day"), "{}", window(&state).wrong);
    let effects = press(&mut state, &["tab", "tab", "tab", "enter"]);
    assert!(calls(&effects).is_empty() && confirm(&state).complaint.contains("not a time of day"));

    press(&mut state, &["tab", "4", ":", "0", "0"]);
    assert_eq!(window(&state).meaning, "Sun 2026-11-29 02:00-04:00 Europe/Berlin (in 4 d 12 h)");
    assert_eq!(confirm(&state).act.button(), "Approve for this window");
    let effects = press(&mut state, &["tab", "tab", "tab", "enter"]);
    let [Call::Approve(Approve { window: Some(window), .. })] = calls(&effects)[..] else {
        panic!("{:?}", confirm(&state).complaint)
    };
    assert_eq!(window.from.to_rfc3339(), "2026-11-29T01:00:00+00:00");
}

#[test]
fn the_focus_never_starts_on_yes() {
    for keys in [&["3", "x"][..], &["K"][..], &["7", "b"][..], &["7", "e"][..], &["4", "enter"][..]] {
        let mut state = filled(SMALL);
        press(&mut state, keys);
        if let Some(Overlay::Dialog(Dialog::Confirm(confirm))) = &state.overlay {
            assert_eq!(confirm.focus, Field::Note, "{keys:?}");
        }
    }
    let mut state = reading_plan();
    let effects = press(&mut state, &["a", "enter", "enter"]);
    assert!(calls(&effects).is_empty(), "enter alone only moves on");
}

#[test]
fn d4_a_failed_gate_must_be_acknowledged() {
    let mut state = reading_plan();
    let effects = press(&mut state, &["a", "tab", "tab", "tab", "tab", "enter"]);
    assert!(calls(&effects).is_empty());
    assert_eq!(confirm(&state).focus, Field::Yes);
    assert!(confirm(&state).complaint.contains("reversibility"), "{}", confirm(&state).complaint);
}

#[test]
fn a_wrong_digest_is_not_taken() {
    let mut state = reading_plan();
    let effects = press(&mut state, &["a", "tab", " ", "tab", "3", "f", "tab", "tab", "enter"]);
    assert!(calls(&effects).is_empty());
    assert!(confirm(&state).complaint.contains("digest"));
}

#[test]
fn a_low_blast_radius_asks_for_no_digest() {
    let mut state = reading_plan();
    if let Some((_, detail)) = &mut state.approvals.detail {
        detail.row.blast_radius = BlastRadius::SETTING;
        detail.to_acknowledge.clear();
    }
    let effects = press(&mut state, &["a", "tab", "tab", "enter"]);
    assert!(matches!(calls(&effects)[..], [Call::Approve(_)]));
}

/// Keys that arrive together, as pasted or buffered ones do, never make a yes.
#[test]
fn buffered_keys_do_not_confirm() {
    let mut state = filled(SMALL);
    let mut effects = Vec::new();
    for name in ["K", "tab", "tab", "enter"] {
        effects.extend(update(&mut state, key(name), at(5_000)));
        state.drawn(state.now.elapsed);
    }
    assert!(calls(&effects).is_empty());
    // A second later, still in one burst.
    for name in ["up", "tab", "enter"] {
        effects.extend(update(&mut state, key(name), at(6_000)));
    }
    assert!(calls(&effects).is_empty(), "{effects:?}");
    assert!(confirm(&state).complaint.contains("too fast"));
    let effects = press(&mut state, &["enter"]);
    assert!(matches!(calls(&effects)[..], [Call::Kill(_)]), "by hand it counts");
}

#[test]
fn a_dialog_that_was_never_drawn_cannot_be_confirmed() {
    let mut state = filled(SMALL);
    let mut effects = Vec::new();
    for (index, name) in ["K", "tab", "tab", "enter"].iter().enumerate() {
        effects.extend(update(
            &mut state,
            key(name),
            at(5_000 + 1_000 * u64::try_from(index).expect("small")),
        ));
    }
    assert!(calls(&effects).is_empty());
}

#[test]
fn pasted_text_is_a_note_and_nothing_else() {
    let mut state = reading_plan();
    update(&mut state, Event::Paste("q\r\rKyes".into()), at(3_000));
    assert!(state.overlay.is_none(), "on a screen it is nothing");
    press(&mut state, &["a"]);
    update(&mut state, Event::Paste("two\nlines\r".into()), at(9_000));
    assert_eq!(confirm(&state).note.value(), "two lines ");
    press(&mut state, &["tab", "tab"]);
    assert_eq!(confirm(&state).focus, Field::Digest);
    update(&mut state, Event::Paste(DIGEST[..8].into()), at(20_000));
    let check = confirm(&state).digest.as_ref().expect("a digest is asked for");
    assert_eq!(check.typed.value(), "");
    assert_eq!(confirm(&state).note.value(), "two lines ");
    assert!(confirm(&state).complaint.contains("typed by hand"));
}

#[test]
fn a_typed_note_is_not_lost_by_one_key() {
    let mut state = reading_plan();
    press(&mut state, &["a", "n", "o", "esc"]);
    assert_eq!(confirm(&state).note.value(), "no");
    press(&mut state, &["esc"]);
    assert!(state.overlay.is_none());
    let interrupt = Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
    press(&mut state, &["a", "n"]);
    assert!(update(&mut state, interrupt.clone(), at(90_000)).is_empty());
    assert_eq!(update(&mut state, interrupt, at(91_000)), [Effect::Leave]);
}

#[test]
fn a_refusal_stays_in_the_dialog_with_the_note() {
    let mut state = filled(SMALL);
    let effects = press(&mut state, &["K", "w", "h", "y", "tab", "tab", "enter"]);
    let refused = CallError::Refused { reason: "the journal is full".into(), differences: Vec::new() };
    answer(&mut state, ticket(&effects), Err(refused.into()));
    assert_eq!(confirm(&state).note.value(), "why");
    assert!(confirm(&state).complaint.contains("the journal is full"));
    assert!(confirm(&state).sent.is_none(), "it may be tried again");
}

/// R66: two keys and a confirmation.
#[test]
fn r66_rolling_back_from_the_history() {
    let mut state = filled(SMALL);
    let effects = press(&mut state, &["4", "enter"]);
    answer(&mut state, ticket(&effects), Ok(Answer::from(fixtures::verified())));
    let effects = press(&mut state, &["b", "tab", "tab", "enter"]);
    let expected = Rollback { tenant: String::new(), id: RemediationId::new("R-0006"), note: String::new() };
    assert_eq!(calls(&effects), [&Call::Rollback(expected)]);
}

/// D13: other targets make a new plan, which is shown.
#[test]
fn d13_choosing_other_targets() {
    let mut state = reading_plan();
    let effects = press(&mut state, &["t", "down", " ", "down", " ", "enter"]);
    let targets = vec![ObjectId::new("u-1"), ObjectId::new("u-4")];
    let expected = ChooseTargets { tenant: String::new(), id: RemediationId::new("R-0007"), targets };
    assert_eq!(calls(&effects), [&Call::ChooseTargets(expected)]);
    let mut other = fixtures::pending();
    other.row.id = RemediationId::new("R-0008");
    answer(&mut state, ticket(&effects), Ok(Answer::from(other)));
    assert!(state.overlay.is_none());
    assert_eq!(state.approvals.open_key(), Some("R-0008"));
}

#[test]
fn a_refused_target_cannot_be_chosen() {
    let mut state = reading_plan();
    press(&mut state, &["t", "down", "down", "down", " "]);
    let Some(Overlay::Dialog(Dialog::Choose(choose))) = &state.overlay else { panic!("no choice") };
    assert!(!choose.options[3].chosen);
    assert!(choose.complaint.contains("break-glass"));
}

#[test]
fn planning_shows_the_plan() {
    let mut state = filled(SMALL);
    let effects = press(&mut state, &["p"]);
    assert_eq!(
        calls(&effects),
        [&Call::PlanFix(PlanFix { tenant: String::new(), control: ControlId::new("PA-01") })]
    );
    answer(&mut state, ticket(&effects), Ok(Answer::from(fixtures::pending())));
    assert_eq!((state.screen, state.approvals.open_key()), (ScreenId::Approvals, Some("R-0007")));
}

/// R52: from any screen, with a confirmation.
#[test]
fn r52_the_kill_switch_works_on_every_screen() {
    for screen in ScreenId::ALL {
        let mut state = filled(SMALL);
        let number = screen.number().to_string();
        let effects = press(&mut state, &[number.as_str(), "K", "!", "tab", "tab", "enter"]);
        let expected = Call::Kill(Kill { tenant: String::new(), reason: "!".into() });
        assert!(calls(&effects).contains(&&expected), "{screen:?}");
    }
}

/// R17, R88: an override carries its reason.
#[test]
fn r88_a_mode_needs_its_reason() {
    let mut state = filled(SMALL);
    let effects = press(&mut state, &["m", "up", "enter", "tab", "tab", "enter"]);
    assert!(calls(&effects).is_empty());
    assert!(confirm(&state).complaint.contains("reason"));
    let effects = press(&mut state, &["up", "up", "x", "tab", "tab", "enter"]);
    let control = Some(ControlId::new("PA-01"));
    let expected = SetMode { tenant: String::new(), control, mode: Some(Mode::Advisory), reason: "x".into() };
    assert_eq!(calls(&effects), [&Call::SetMode(expected)]);
}

/// D14: what the role does not allow is not offered, and says why.
#[test]
fn d14_a_viewer_is_told_why_not() {
    let mut state = filled(SMALL);
    if let Some(status) = &mut state.status {
        status.you.role = Role::Viewer;
    }
    for (keys, needed) in [(&["s"][..], "member"), (&["K"][..], "admin"), (&["3", "a"][..], "security_admin")]
    {
        let effects = press(&mut state, keys);
        let writes = |call: &&Call| matches!(call, Call::StartScan(_) | Call::Kill(_) | Call::Approve(_));
        assert!(!calls(&effects).iter().any(writes), "{effects:?}");
        let said = state.toast.clone().expect("a reason").text;
        assert!(said.contains(&format!("needs the role {needed}")), "{said}");
        assert!(state.overlay.is_none());
    }
}

#[test]
fn a_lost_link_stops_writing_and_comes_back_whole() {
    let mut state = filled(SMALL);
    let lost = Event::Lost { cause: "gone".into(), attempt: 1, gave_up: false };
    update(&mut state, lost.clone(), at(1_000));
    let Link::Lost { since, .. } = state.link.clone() else { panic!("lost") };
    update(&mut state, lost, at(9_000));
    assert!(matches!(state.link, Link::Lost { since: still, .. } if still == since), "since the first loss");
    assert!(press(&mut state, &["p", "s", "K"]).is_empty(), "nothing is written or read");
    assert_eq!(press(&mut state, &["r"]), [Effect::Reconnect]);
    let notice = Notice { status: fixtures::status(), changed: Topic::ALL.to_vec() };
    let effects = update(&mut state, Event::Notice(Box::new(notice)), at(60_000));
    assert_eq!(state.link, Link::Up);
    assert!(matches!(calls(&effects)[..], [Call::ListControls(_)]), "everything in view is read again");
}

#[test]
fn one_frame_per_change_and_none_without() {
    let mut state = filled(SMALL);
    state.drawn(at(10).elapsed);
    update(&mut state, Event::Quiet, at(20));
    update(&mut state, key("z"), at(30));
    let same = Notice { status: fixtures::status(), changed: Vec::new() };
    update(&mut state, Event::Notice(Box::new(same)), at(40));
    assert!(!state.dirty, "nothing in view changed");
    assert_eq!(state.next_tick(), None, "no countdown is in view");
    press(&mut state, &["j"]);
    update(&mut state, key("j"), at(99_000));
    assert!(state.dirty);
}

#[test]
fn the_selection_stays_on_its_row_when_the_list_changes() {
    let mut state = filled(SMALL);
    press(&mut state, &["j", "j"]);
    let mut rows = fixtures::controls();
    rows.rotate_left(1);
    state.controls.take_page(fixtures::page(rows), false);
    assert_eq!(state.controls.selected_key().as_deref(), Some("CA-01"));
}

#[test]
fn newer_records_do_not_move_the_ones_being_read() {
    let mut state = filled(SMALL);
    press(&mut state, &["5", "j"]);
    let notice =
        || Event::Notice(Box::new(Notice { status: fixtures::status(), changed: vec![Topic::Audit] }));
    assert!(update(&mut state, notice(), at(9_000)).is_empty());
    assert!(state.audit_newer);
    let effects = press(&mut state, &["g"]);
    assert!(matches!(calls(&effects)[..], [Call::ListAudit(_)]));
}

#[test]
fn the_audit_log_goes_on_where_the_page_ends() {
    let mut state = filled(SMALL);
    state.audit.next = Some("c-2".into());
    let effects = press(&mut state, &["5"]);
    let [Call::ListAudit(list)] = calls(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(list.query.cursor.as_deref(), Some("c-2"));
    answer(&mut state, ticket(&effects), Ok(Answer::from(fixtures::page(fixtures::records()))));
    assert_eq!(state.audit.len(), 6);
}

#[test]
fn q_leaves_from_a_main_screen_and_goes_back_from_a_detail() {
    let mut state = filled(SMALL);
    press(&mut state, &["enter", "q"]);
    assert_eq!(state.place().focus, Focus::List);
    assert_eq!(press(&mut state, &["q"]), [Effect::Leave]);
    assert_eq!(update(&mut state, Event::Hangup, at(99_000)), [Effect::Leave]);
}

#[test]
fn commands_complete_and_go() {
    let mut state = filled(SMALL);
    press(&mut state, &[":", "a", "u", "tab", "enter"]);
    assert_eq!(state.screen, ScreenId::Audit);
    press(&mut state, &[":", "p", "a", "-", "0", "1", "enter"]);
    assert_eq!((state.screen, state.controls.open_key()), (ScreenId::Controls, Some("PA-01")));
    press(&mut state, &[":", "r", "-", "0", "0", "0", "6", "enter"]);
    assert_eq!((state.screen, state.history.open_key()), (ScreenId::History, Some("R-0006")));
    press(&mut state, &[":", "z", "z", "enter"]);
    assert!(state.toast.expect("a word").text.contains("no command"));
}

#[test]
fn help_is_searched_and_run() {
    let mut state = filled(SMALL);
    press(&mut state, &["?", "d", "r", "i", "f", "t", "enter"]);
    assert_eq!(state.screen, ScreenId::Drift);
    press(&mut state, &["?", "esc"]);
    assert!(state.overlay.is_none());
}

#[test]
fn suspend_works_even_in_a_dialog() {
    let mut state = filled(SMALL);
    press(&mut state, &["K"]);
    let suspend = Event::Key(KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL));
    assert_eq!(update(&mut state, suspend, at(9_000)), [Effect::Suspend]);
    assert!(state.overlay.is_some());
}

#[test]
fn wide_screens_read_the_selected_detail_along() {
    let mut state = filled((160, 40));
    let effects = press(&mut state, &["j"]);
    assert!(
        matches!(calls(&effects)[..], [Call::GetControl(get)] if get.id.as_str() == "EXT-01"),
        "{effects:?}"
    );
}

/// Whatever was selected under the old filter, and even where its answer comes late.
#[test]
fn another_filter_begins_at_the_top() {
    let mut state = filled(SMALL);
    let all = state.controls.rows.clone();
    let page = |rows: &[_]| fixtures::page(rows.to_vec());
    state.controls.set_filter("x".to_owned());
    state.controls.take_page(page(&all[2..]), false);
    state.controls.asking_list();
    state.controls.take_page(page(&all[2..]), false);
    assert_eq!(state.controls.selected, 0);
    state.controls.set_filter(String::new());
    state.controls.take_page(page(&all[2..]), false);
    state.controls.asking_list();
    state.controls.take_page(page(&all), false);
    assert_eq!(state.controls.selected, 0);
    press(&mut state, &["down"]);
    state.controls.take_page(page(&all[1..]), false);
    assert_eq!(state.controls.row().map(|row| &row.id), Some(&all[1].id), "else it stays on its row");
}
