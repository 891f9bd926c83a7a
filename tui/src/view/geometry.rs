//! Where things stand. State and view must agree on how much is visible, so both ask here.

use crate::app::{FRAME_ROWS, State, WIDE};
use ratatui::layout::Rect;

/// Rows of a box's own lines and of a table's titles.
const BOX_ROWS: u16 = 2;
const TITLE_ROWS: u16 = 1;

/// Columns of a box's own lines and the cell of air within.
const BOX_COLUMNS: u16 = 4;

/// Share of a wide screen that the list takes, in percent.
const LIST_PERCENT: u32 = 54;

/// The parts of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Product, tenant, link.
    pub title: Rect,
    /// The screens.
    pub tabs: Rect,
    /// Everything else.
    pub body: Rect,
    /// The message.
    pub message: Rect,
    /// The hints.
    pub hints: Rect,
}

/// Cuts the screen up.
pub fn parts(area: Rect) -> Parts {
    let row = |y: u16| {
        Rect { x: area.x, y: area.y + y.min(area.height), width: area.width, height: 1 }.intersection(area)
    };
    let body =
        Rect { y: area.y + 2, height: area.height.saturating_sub(FRAME_ROWS), ..area }.intersection(area);
    Parts {
        title: row(0),
        tabs: row(1),
        body,
        message: row(area.height.saturating_sub(2)),
        hints: row(area.height.saturating_sub(1)),
    }
}

/// List and detail side by side.
pub fn halves(body: Rect) -> (Rect, Rect) {
    let left = u16::try_from(u32::from(body.width) * LIST_PERCENT / 100).unwrap_or(body.width);
    let list = Rect { width: left, ..body };
    let detail = Rect { x: body.x + left, width: body.width - left, ..body };
    (list, detail)
}

/// Rows of a list that are visible.
pub fn list_rows(size: (u16, u16)) -> usize {
    usize::from(size.1.saturating_sub(FRAME_ROWS + BOX_ROWS + TITLE_ROWS))
}

/// Lines of a detail that are visible.
pub fn detail_rows(size: (u16, u16)) -> usize {
    usize::from(size.1.saturating_sub(FRAME_ROWS + BOX_ROWS))
}

/// Cells of a detail's line.
pub fn detail_width(state: &State) -> usize {
    let body = Rect { x: 0, y: 0, width: state.size.0, height: 1 };
    let area = if state.is_wide() && state.size.0 >= WIDE { halves(body).1 } else { body };
    usize::from(area.width.saturating_sub(BOX_COLUMNS))
}
