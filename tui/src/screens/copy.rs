//! What `y` copies: the detail in view, else the selected row.

use crate::app::State;
use crate::app::place::ScreenId;
use crate::screens::{audit, controls, drift, remediation, settings};
use crate::view::detail;
use crate::view::table::Cell;

/// Columns that copied details are laid out for.
const WIDTH: usize = 100;

/// Longest text copied, in bytes: terminals refuse more (xterm's limit for OSC 52 is about 75 KB).
const COPY_LIMIT: usize = 50_000;

/// The text, if there is something to copy.
pub fn selected(state: &State) -> Option<String> {
    let open = state.pane(state.screen).is_some_and(|pane| pane.open_key().is_some());
    let mut text = if open || state.screen == ScreenId::Overview {
        detail::document(state)?.plain(WIDTH, state.look)
    } else {
        row(state)?
    };
    if text.len() > COPY_LIMIT {
        let end = (0..=COPY_LIMIT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
    }
    Some(text)
}

fn row(state: &State) -> Option<String> {
    let (look, now) = (state.look, state.now.wall);
    let cells = match state.screen {
        ScreenId::Overview | ScreenId::Object => return None,
        ScreenId::Controls => controls::cells(state.controls.row()?, look, now),
        ScreenId::Approvals => remediation::queue_cells(state.approvals.row()?, look, now),
        ScreenId::History => remediation::history_cells(state.history.row()?, look, now),
        ScreenId::Audit => audit::cells(state.audit.row()?),
        ScreenId::Drift => drift::cells(state.drift.row()?, look, now),
        ScreenId::Settings => settings::cells(state.settings.row()?),
    };
    Some(line(&cells, state))
}

fn line(cells: &[Cell], state: &State) -> String {
    let safe =
        cells.iter().map(|cell| crate::text::sanitise(cell.text.trim(), COPY_LIMIT, state.look.charset));
    safe.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\t")
}
