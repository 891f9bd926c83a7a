//! Moving through lists and details, and keeping both within their bounds.

use super::State;
use super::place::{Focus, ScreenId};
use crate::view::{detail, geometry};

/// A move within a list or a detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Up by one.
    Up,
    /// Down by one.
    Down,
    /// Up by a page.
    PageUp,
    /// Down by a page.
    PageDown,
    /// To the first.
    Top,
    /// To the last.
    Bottom,
}

impl Move {
    fn from(self, at: usize, page: usize, last: usize) -> usize {
        let page = page.max(1);
        let to = match self {
            Self::Up => at.saturating_sub(1),
            Self::Down => at + 1,
            Self::PageUp => at.saturating_sub(page),
            Self::PageDown => at + page,
            Self::Top => 0,
            Self::Bottom => last,
        };
        to.min(last)
    }
}

/// Moves what has the keys.
pub fn go(state: &mut State, by: Move) {
    let (rows, lines) = (geometry::list_rows(state.size), geometry::detail_rows(state.size));
    if state.screen == ScreenId::Overview {
        let last = detail::height(state).saturating_sub(lines);
        state.overview_scroll = by.from(state.overview_scroll, lines, last);
        return;
    }
    let focus = state.place().focus;
    let last_line = detail::height(state).saturating_sub(lines);
    let Some(pane) = state.pane_mut(state.screen) else { return };
    match focus {
        Focus::List => {
            let last = pane.len().saturating_sub(1);
            let to = by.from(pane.selected(), rows, last);
            pane.select(to);
        }
        Focus::Detail => {
            let to = by.from(pane.scroll(), lines, last_line);
            pane.set_scroll(to);
        }
    }
}

/// Brings selection and scrolling back into view after anything changed.
pub fn settle(state: &mut State) {
    let rows = geometry::list_rows(state.size);
    let screen = state.screen;
    let Some(pane) = state.pane_mut(screen) else { return };
    pane.keep_visible(rows);
    // What is not read yet has no height; it keeps the place it had.
    if pane.scroll() > 0 && detail::document(state).is_some() {
        let last = detail::height(state).saturating_sub(geometry::detail_rows(state.size));
        if let Some(pane) = state.pane_mut(screen) {
            let line = pane.scroll().min(last);
            pane.set_scroll(line);
        }
    }
}
