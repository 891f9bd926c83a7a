//! The list of the screen in view.

use super::table::{Cell, Column, Table};
use super::{boxed, position};
use crate::app::jump;
use crate::app::pane::{Keyed, Load, Pane};
use crate::app::place::{Focus, ScreenId};
use crate::app::{Order, State, is_first_read};
use crate::look::Tone;
use crate::screens::remediation::Queue;
use crate::screens::{audit, controls, drift, remediation, settings};
use crate::text::sanitise;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};
use std::collections::BTreeSet;

/// A list ready to be drawn.
struct List<'a> {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    marked: BTreeSet<usize>,
    top: usize,
    total: String,
    load: &'a Load,
    nothing: String,
}

/// Draws the list in its box.
pub fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let visible = usize::from(area.height.saturating_sub(3));
    let Some(list) = list(state, visible) else { return };
    let focused = state.pane(state.screen).is_some_and(|pane| pane.open_key().is_none());
    let inner = boxed(frame, area, &title(state), &list.total, focused, state.look);
    if list.rows.is_empty() {
        return empty(frame, inner, state, &list);
    }
    let selected = state.pane(state.screen).map(|pane| pane.selected().saturating_sub(list.top));
    let table = Table { columns: list.columns, rows: list.rows, selected, marked: list.marked };
    // The mark of the selected row stands in the air beside the box's line.
    let wide = Rect { x: inner.x.saturating_sub(1), width: inner.width + 2, ..inner };
    table.draw(frame, wide, state.look);
}

fn list(state: &State, visible: usize) -> Option<List<'_>> {
    let (look, now) = (state.look, state.now.wall);
    Some(match state.screen {
        ScreenId::Overview | ScreenId::Object => return None,
        ScreenId::Controls => {
            let cells = |row: &_| controls::cells(row, look, now);
            part(&state.controls, visible, controls::columns(), cells, controls::nothing(state))
        }
        ScreenId::Approvals => {
            let cells = |row: &_| remediation::queue_cells(row, look, now);
            let nothing = remediation::nothing(state, Queue::Approvals);
            part(&state.approvals, visible, remediation::queue_columns(), cells, nothing)
        }
        ScreenId::History => {
            let cells = |row: &_| remediation::history_cells(row, look, now);
            let nothing = remediation::nothing(state, Queue::History);
            part(&state.history, visible, remediation::history_columns(), cells, nothing)
        }
        ScreenId::Audit => part(&state.audit, visible, audit::columns(), audit::cells, audit::nothing(state)),
        ScreenId::Drift => {
            let cells = |row: &_| drift::cells(row, look, now);
            part(&state.drift, visible, drift::columns(), cells, drift::nothing(state))
        }
        ScreenId::Settings => part(
            &state.settings,
            visible,
            settings::columns(),
            settings::cells,
            "No settings were read.".to_owned(),
        ),
    })
}

fn part<'a, R: Keyed, D>(
    pane: &'a Pane<R, D>,
    visible: usize,
    columns: Vec<Column>,
    cells: impl Fn(&R) -> Vec<Cell>,
    nothing: String,
) -> List<'a> {
    let total = match (pane.total, &pane.next) {
        (Some(total), _) => format!("{} {total}", position(pane.top, visible, pane.rows.len())),
        (None, Some(_)) => format!("{}+", position(pane.top, visible, pane.rows.len())),
        (None, None) => position(pane.top, visible, pane.rows.len()),
    };
    let total = match pane.total {
        Some(total) if total <= pane.rows.len() => position(pane.top, visible, pane.rows.len()),
        _ => total,
    };
    let shown = pane.rows.iter().skip(pane.top).take(visible);
    let marked = shown
        .clone()
        .enumerate()
        .filter(|(_, row)| !pane.marked.is_empty() && pane.marked.contains(&row.key()));
    let marked = marked.map(|(index, _)| index).collect();
    let rows = shown.map(cells).collect();
    List { columns, rows, marked, top: pane.top, total: total.trim().to_owned(), load: &pane.load, nothing }
}

fn title(state: &State) -> String {
    let mut title = match state.trail.is_empty() || state.place().focus == Focus::Detail {
        true => state.screen.name().to_owned(),
        false => jump::breadcrumbs(state),
    };
    let Some(pane) = state.pane(state.screen) else { return title };
    let mut add = |words: &str| {
        title.push_str("  ");
        title.push_str(words);
    };
    match (state.screen, pane.narrowed()) {
        (ScreenId::Controls, true) => add("[only failing]"),
        (ScreenId::Approvals, true) => add("[only waiting for approval]"),
        (ScreenId::History, true) => add("[only open]"),
        (ScreenId::Drift, true) => add("[only not acknowledged]"),
        _ => {}
    }
    match (state.screen, state.order) {
        (ScreenId::Controls, Order::Category) => add("[by category]"),
        (ScreenId::Controls, Order::Id) => add("[by id]"),
        _ => {}
    }
    if pane.marks() > 0 {
        add(&format!("[{} marked]", pane.marks()));
    }
    if state.screen == ScreenId::Audit {
        add(&format!("[{}]", audit::chain_words(state)));
    }
    if !pane.filter().is_empty() {
        add(&format!("/{}", pane.filter()));
    }
    title
}

fn empty(frame: &mut Frame<'_>, area: Rect, state: &State, list: &List<'_>) {
    let (tone, text) = match list.load {
        Load::Refused(why) => (Tone::Bad, why.as_str()),
        load if is_first_read(load, 0) => (Tone::Dim, "Reading."),
        _ => (Tone::Plain, list.nothing.as_str()),
    };
    let text = sanitise(text, usize::from(area.width) * 4, state.look.charset);
    let row = Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area };
    let line = Line::styled(text, state.look.style(tone));
    frame.render_widget(Paragraph::new(line).wrap(Wrap { trim: true }), row);
}
