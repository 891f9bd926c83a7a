//! A difference laid out: old and new beside each other where there is room, else one after the
//! other; fields that stay as they are are counted, or shown.

use super::doc::hang;
use crate::look::{Columns, Kept, Look, Tone};
use crate::text::json::{Edit, Field};
use crate::text::{self, wrap};
use ratatui::text::{Line, Span};

/// Cells from which old and new stand beside each other.
const SIDE_BY_SIDE: usize = 96;

/// Cells before the first column.
const INDENT: usize = 2;

/// Lays a difference out for so many cells.
pub fn lay_out(fields: &[Field], width: usize, look: Look, lines: &mut Vec<Line<'static>>) {
    let beside = look.diff.columns == Columns::ByWidth && width >= SIDE_BY_SIDE;
    let kept = fields.iter().filter(|field| field.is_kept()).count();
    let shown = fields.iter().filter(|field| !field.is_kept() || look.diff.kept == Kept::Shown);
    if beside && kept < fields.len() {
        lines.push(beside_title(width, look));
    }
    for field in shown {
        if beside { side_by_side(field, width, look, lines) } else { unified(field, width, look, lines) }
    }
    if kept > 0 && look.diff.kept == Kept::Folded {
        let fields =
            if kept == 1 { "1 field stays as it is" } else { &format!("{kept} fields stay as they are") };
        hang("    ", &format!("({fields}; z shows)"), Tone::Dim, width, look, lines);
    }
}

fn unified(field: &Field, width: usize, look: Look, lines: &mut Vec<Line<'static>>) {
    let path = &field.path;
    match &field.edit {
        Edit::Added(new) => hang("  + ", &format!("{path}: {new}"), Tone::Good, width, look, lines),
        Edit::Removed(old) => hang("  - ", &format!("{path}: {old}"), Tone::Bad, width, look, lines),
        Edit::Kept(value) => hang("    ", &format!("{path}: {value}"), Tone::Dim, width, look, lines),
        Edit::Changed(old, new) => {
            let arrow = look.charset.pick("→", "->");
            let both = format!("{path}: {old} {arrow} {new}");
            if text::width(&both, look.charset) + 4 <= width {
                hang("  ~ ", &both, Tone::Warn, width, look, lines);
            } else {
                hang("  - ", &format!("{path}: {old}"), Tone::Bad, width, look, lines);
                hang("  + ", &format!("{path}: {new}"), Tone::Good, width, look, lines);
            }
        }
    }
}

fn column_width(width: usize) -> usize {
    width.saturating_sub(INDENT + SEPARATOR.len()) / 2
}

/// Between the columns, in ASCII; the line is drawn in its middle.
const SEPARATOR: &str = " | ";

fn beside_title(width: usize, look: Look) -> Line<'static> {
    let column = column_width(width);
    let bar = look.charset.pick(" │ ", SEPARATOR);
    let text = format!("{:INDENT$}{:<column$}{bar}after", "", "before");
    Line::styled(text, look.style(Tone::Dim))
}

/// One field over as many rows as its longer side needs.
fn side_by_side(field: &Field, width: usize, look: Look, lines: &mut Vec<Line<'static>>) {
    let column = column_width(width);
    let path = &field.path;
    let side = |mark: &str, value: &str| wrap(&format!("{mark} {path}: {value}"), column, look.charset);
    let (left, right, tones) = match &field.edit {
        Edit::Added(new) => (Vec::new(), side("+", new), (Tone::Plain, Tone::Good)),
        Edit::Removed(old) => (side("-", old), Vec::new(), (Tone::Bad, Tone::Plain)),
        Edit::Changed(old, new) => (side("-", old), side("+", new), (Tone::Bad, Tone::Good)),
        Edit::Kept(value) => (side(" ", value), side(" ", value), (Tone::Dim, Tone::Dim)),
    };
    let bar = look.charset.pick(" │ ", SEPARATOR);
    for row in 0..left.len().max(right.len()) {
        let cell = |side: &[String]| side.get(row).cloned().unwrap_or_default();
        let (old, new) = (cell(&left), cell(&right));
        let fill = column.saturating_sub(text::width(&old, look.charset));
        lines.push(Line::from(vec![
            Span::raw(" ".repeat(INDENT)),
            Span::styled(old, look.style(tones.0)),
            Span::styled(format!("{}{bar}", " ".repeat(fill)), look.style(Tone::Border)),
            Span::styled(new, look.style(tones.1)),
        ]));
    }
}
