//! Drilling down: from a control to the finding, the object, the policy and the actor, and the trail
//! that leads back the same way.

use super::pane::Browse;
use super::place::{Focus, ScreenId};
use super::{State, perform};
use crate::view::{detail, geometry};
use trueconfig_common::id::{ControlId, RemediationId};

/// Most steps the trail remembers; the oldest are forgotten.
const TRAIL_LIMIT: usize = 32;

/// Where a line of a detail leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Jump {
    /// To a control.
    Control(ControlId),
    /// To a remediation.
    Remediation(RemediationId),
    /// To an object of the tenant, by its id.
    Object(String),
    /// To what somebody did, in the journal.
    Actor(String),
    /// To what somebody moved in the tenant.
    Mover(String),
    /// To a record of the journal.
    Record(u64),
}

/// A step of the trail: where it began, and where it led.
#[derive(Clone, Debug)]
pub struct Crumb {
    /// What the place is called in the breadcrumbs.
    pub label: String,
    screen: ScreenId,
    open: Option<String>,
    scroll: usize,
    link: Option<usize>,
    /// The filter that the step replaced, and on which screen.
    filter: Option<(ScreenId, String)>,
    led_to: (ScreenId, Option<String>),
}

/// Follows the selected link of the detail; without one, selects the first in view.
pub fn follow(state: &mut State) {
    let links = detail::links(state);
    let scroll = scroll_of(state);
    let page = geometry::detail_rows(state.size);
    let selected = selection(state).and_then(|index| links.get(index));
    match selected {
        // Scrolled out of sight, it is not what the person means.
        Some(link) if (scroll..scroll + page).contains(&link.line) => go(state, link.to.clone()),
        _ => select(state, links.iter().position(|link| link.line >= scroll).unwrap_or_default()),
    }
}

/// Selects the link after or before the selected one, around the end.
pub fn step(state: &mut State, forward: Direction) {
    let links = detail::links(state);
    let scroll = scroll_of(state);
    let index = match (selection(state), forward) {
        (None, _) => links.iter().position(|link| link.line >= scroll).unwrap_or_default(),
        (Some(at), Direction::Forward) => (at + 1) % links.len().max(1),
        (Some(at), Direction::Back) => (at + links.len().saturating_sub(1)) % links.len().max(1),
    };
    select(state, index);
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the next.
    Forward,
    /// To the one before.
    Back,
}

fn selection(state: &State) -> Option<usize> {
    state.pane(state.screen).and_then(Browse::link)
}

fn scroll_of(state: &State) -> usize {
    state.pane(state.screen).map(Browse::scroll).unwrap_or_default()
}

fn select(state: &mut State, index: usize) {
    let Some(line) = detail::links(state).get(index).map(|link| link.line) else { return };
    let page = geometry::detail_rows(state.size);
    let last = detail::height(state).saturating_sub(page);
    let Some(pane) = state.pane_mut(state.screen) else { return };
    pane.set_link(Some(index));
    if !(pane.scroll()..pane.scroll() + page).contains(&line) {
        pane.set_scroll(line.saturating_sub(page / 3).min(last));
    }
}

/// Goes where a link leads, and remembers the way back.
fn go(state: &mut State, to: Jump) {
    let place = state.place();
    let mut crumb = Crumb {
        label: label(state),
        screen: state.screen,
        open: state.detail_key().filter(|_| place.focus == Focus::Detail),
        scroll: scroll_of(state),
        link: selection(state),
        filter: None,
        led_to: (state.screen, None),
    };
    match to {
        Jump::Control(id) => perform::show(state, ScreenId::Controls, id.to_string()),
        Jump::Remediation(id) => perform::show(state, ScreenId::History, id.to_string()),
        Jump::Object(id) => perform::show(state, ScreenId::Object, id),
        Jump::Record(seq) => perform::show(state, ScreenId::Audit, seq.to_string()),
        Jump::Actor(name) => crumb.filter = Some(list_of(state, ScreenId::Audit, &name)),
        Jump::Mover(name) => crumb.filter = Some(list_of(state, ScreenId::Drift, &name)),
    }
    crumb.led_to = (state.screen, open_key(state));
    if state.trail.len() >= TRAIL_LIMIT {
        state.trail.remove(0);
    }
    state.trail.push(crumb);
}

/// Shows a list with only what that actor did; answers the filter it had before.
fn list_of(state: &mut State, screen: ScreenId, actor: &str) -> (ScreenId, String) {
    state.screen = screen;
    let Some(pane) = state.pane_mut(screen) else { return (screen, String::new()) };
    let before = pane.filter().to_owned();
    // A quotation mark would end the word (the filter's grammar knows no escape).
    let quoted: String = actor.chars().filter(|character| *character != '"').collect();
    pane.set_open(None);
    pane.set_filter(format!("actor:\"{quoted}\""));
    (screen, before)
}

fn open_key(state: &State) -> Option<String> {
    state.pane(state.screen).and_then(Browse::open_key).map(str::to_owned)
}

/// Goes back one step of the trail; false where the present place was not reached by it.
pub fn back(state: &mut State) -> bool {
    let here = (state.screen, open_key(state));
    let Some(crumb) = state.trail.pop_if(|crumb| crumb.led_to == here) else { return false };
    if let Some(pane) = state.pane_mut(state.screen) {
        pane.set_open(None);
    }
    if let Some((screen, filter)) = crumb.filter
        && let Some(pane) = state.pane_mut(screen)
    {
        pane.set_filter(filter);
    }
    state.screen = crumb.screen;
    if let Some(pane) = state.pane_mut(crumb.screen) {
        pane.set_open(crumb.open);
        pane.set_scroll(crumb.scroll);
        pane.set_link(crumb.link);
    }
    true
}

/// What the present place is called in the breadcrumbs: untrusted text.
pub fn label(state: &State) -> String {
    let key = state.detail_key();
    match (state.screen, key) {
        (ScreenId::Object, Some(key)) => match state.objects.detail_of(&key) {
            Some(object) if !object.name.is_empty() => format!("{} {}", object.kind, object.name),
            _ => key,
        },
        (_, Some(key)) => key,
        (screen, None) => screen.name().to_owned(),
    }
}

/// The way here: `Controls › PA-01 › user Ada`.
pub fn breadcrumbs(state: &State) -> String {
    let arrow = state.look.charset.pick(" › ", " > ");
    let first = state.trail.first().map_or(state.screen, |crumb| crumb.screen);
    let mut parts = vec![first.name().to_owned()];
    parts.extend(state.trail.iter().map(|crumb| crumb.label.clone()));
    parts.push(label(state));
    parts.dedup();
    parts.join(arrow)
}

/// Whether there is anything to follow.
///
/// # Errors
/// Why not.
pub fn check(state: &State) -> Result<(), String> {
    if state.place().focus == Focus::Detail && !detail::links(state).is_empty() {
        Ok(())
    } else {
        Err("Nothing here leads anywhere.".to_owned())
    }
}

/// Tells that the place was chosen anew: there is no way back to where it was.
pub fn forget(state: &mut State) {
    state.trail.clear();
    state.objects.open = None;
}
