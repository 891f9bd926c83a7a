//! Drawing. Everything is drawn from the state, whole, and only the difference goes to the
//! terminal. Nothing is decided here.

pub mod detail;
pub mod dialog;
pub mod diff;
pub mod doc;
pub mod foot;
pub mod geometry;
pub mod head;
pub mod list;
pub mod overlay;
pub mod table;

use crate::app::State;
use crate::app::jump;
use crate::app::pane::{Browse, Load};
use crate::app::place::{Focus, ScreenId};
use crate::look::{Look, Tone};
use crate::text::sanitise;
use ratatui::Frame;
use ratatui::layout::{Margin, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph, Wrap};

/// The smallest terminal that is drawn on.
const SMALLEST: (u16, u16) = (40, 10);

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, state: &State) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return too_small(frame, area);
    }
    let parts = geometry::parts(area);
    head::title(frame, parts.title, state);
    head::tabs(frame, parts.tabs, state);
    body(frame, parts.body, state);
    foot::message(frame, parts.message, state);
    foot::hints(frame, parts.hints, state);
    overlay::draw(frame, area, state);
}

/// What is needed comes first: a tiny window may cut the rest.
fn too_small(frame: &mut Frame<'_>, area: Rect) {
    let text = format!("needs {}x{}, has {}x{}", SMALLEST.0, SMALLEST.1, area.width, area.height);
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), area);
}

fn body(frame: &mut Frame<'_>, area: Rect, state: &State) {
    if state.screen == ScreenId::Overview {
        return document(frame, area, state);
    }
    if state.is_wide() {
        let (left, right) = geometry::halves(area);
        list::draw(frame, left, state);
        return document(frame, right, state);
    }
    match state.place().focus {
        Focus::List => list::draw(frame, area, state),
        Focus::Detail => document(frame, area, state),
    }
}

/// The detail in its box.
fn document(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let (title, scroll, focused) = match state.pane(state.screen) {
        None => (state.screen.name().to_owned(), state.overview_scroll, true),
        Some(pane) => (jump::breadcrumbs(state), pane.scroll(), pane.open_key().is_some()),
    };
    let lines = match detail::document(state) {
        Some(document) => {
            let mut lines = document.lines(geometry::detail_width(state), state.look);
            mark_link(&mut lines, state);
            lines
        }
        None => vec![Line::styled(unread(state), state.look.style(Tone::Dim))],
    };
    let inner_rows = usize::from(area.height.saturating_sub(2));
    let place = position(scroll, inner_rows, lines.len());
    let inner = boxed(frame, area, &title, &place, focused, state.look);
    let visible: Vec<Line<'_>> = lines.into_iter().skip(scroll).take(inner_rows).collect();
    frame.render_widget(Paragraph::new(visible), inner);
}

/// The selected link stands out.
fn mark_link(lines: &mut [Line<'_>], state: &State) {
    let Some(selected) = state.pane(state.screen).and_then(Browse::link) else { return };
    let links = detail::links(state);
    let Some(link) = links.get(selected) else { return };
    for line in lines.iter_mut().skip(link.line).take(link.lines) {
        let spans = std::mem::take(&mut line.spans);
        let style = state.look.style(Tone::Selected);
        line.spans = spans.into_iter().map(|span| span.patch_style(style)).collect();
    }
}

fn unread(state: &State) -> String {
    let load = match state.screen {
        ScreenId::Controls => &state.controls.detail_load,
        ScreenId::Approvals => &state.approvals.detail_load,
        ScreenId::History => &state.history.detail_load,
        ScreenId::Audit => &state.audit.detail_load,
        ScreenId::Object => &state.objects.detail_load,
        _ => &Load::Never,
    };
    match (load, state.detail_key()) {
        (Load::Refused(why), _) => sanitise(why, usize::from(state.size.0), state.look.charset),
        (_, None) => "Nothing is selected.".to_owned(),
        _ => "Reading.".to_owned(),
    }
}

/// `41-60 of 88`, or nothing where all is visible.
pub fn position(top: usize, visible: usize, total: usize) -> String {
    if total <= visible {
        String::new()
    } else {
        format!("{}-{} of {total}", top + 1, (top + visible).min(total))
    }
}

/// A box with a title and something at its foot; answers the room within.
pub fn boxed(frame: &mut Frame<'_>, area: Rect, title: &str, foot: &str, focused: bool, look: Look) -> Rect {
    let tone = if focused { Tone::Focus } else { Tone::Border };
    let room = usize::from(area.width.saturating_sub(4));
    let title = sanitise(title, room, look.charset);
    let mut block = Block::bordered()
        .border_set(look.border())
        .border_style(look.style(tone))
        .title(Line::styled(format!(" {title} "), look.style(Tone::Strong)));
    if !foot.is_empty() {
        let foot = sanitise(foot, room, look.charset);
        block = block.title_bottom(Line::styled(format!(" {foot} "), look.style(Tone::Dim)).right_aligned());
    }
    frame.render_widget(block, area);
    area.inner(Margin { horizontal: 2, vertical: 1 })
}

#[cfg(test)]
mod tests;
