//! Drift: what moved from met to not met, when, and by whom (T6).

use crate::app::State;
use crate::app::jump::Jump;
use crate::look::words::{verdict_glyph, verdict_tone};
use crate::look::{Look, Tone};
use crate::text::time;
use crate::view::doc::Doc;
use crate::view::table::{Cell, Column, Width, column};
use chrono::{DateTime, Utc};
use trueconfig_common::interface::drift::{DriftRow, Mover};

/// The columns of the list.
pub fn columns() -> Vec<Column> {
    vec![
        column("when", Width::Fit(11)),
        column("now", Width::Fit(16)),
        column("control", Width::Fit(8)),
        column("what was found", Width::Rest(16)),
        column("by", Width::Fit(22)),
        column("noted", Width::Fit(12)),
    ]
}

/// A row of the list.
pub fn cells(row: &DriftRow, look: Look, now: DateTime<Utc>) -> Vec<Cell> {
    let noted = row.acknowledged.as_ref().map_or_else(|| "open".to_owned(), |noted| noted.by.clone());
    let open = if row.acknowledged.is_some() { Tone::Dim } else { Tone::Warn };
    vec![
        Cell::plain(time::short(row.at, now)),
        Cell::toned(
            verdict_tone(Some(row.to)),
            format!("{} {}", verdict_glyph(Some(row.to), look.charset), row.to),
        ),
        Cell::toned(Tone::Strong, row.control.as_str()),
        Cell::plain(row.reason.as_str()),
        Cell::plain(row.actor.as_str()),
        Cell::toned(open, noted),
    ]
}

/// The columns with the drift's number, which the command line needs to name it.
pub fn numbered_columns() -> Vec<Column> {
    let mut columns = columns();
    columns.insert(0, column("seq", Width::Fit(9)));
    columns
}

/// A row with its number.
pub fn numbered_cells(row: &DriftRow, look: Look, now: DateTime<Utc>) -> Vec<Cell> {
    let mut cells = cells(row, look, now);
    cells.insert(0, Cell::toned(Tone::Dim, row.seq.to_string()));
    cells
}

/// One drift.
pub fn document(row: &DriftRow) -> Doc {
    let mut doc = Doc::new();
    doc.heading(format!("{}  {}", row.control, row.title));
    doc.labelled("Seen", Tone::Plain, format!("{} UTC", time::exact(row.at)));
    doc.labelled("Was", Tone::Plain, row.from.as_str());
    doc.labelled("Is", verdict_tone(Some(row.to)), row.to.as_str());
    doc.labelled("Found", Tone::Plain, row.reason.as_str());
    doc.labelled_link("By", Tone::Plain, row.actor.as_str(), Jump::Mover(row.actor.clone()));
    for mover in &row.movers {
        doc.marked(Tone::Plain, 2, "", deed(mover));
        for one in &mover.values {
            doc.marked(Tone::Dim, 4, "", format!("{}: {} -> {}", one.property, one.before, one.after));
        }
    }
    doc.labelled_link("Control", Tone::Plain, row.control.as_str(), Jump::Control(row.control.clone()));
    doc.labelled_link("Record", Tone::Dim, row.seq.to_string(), Jump::Record(row.seq));
    match &row.acknowledged {
        Some(noted) => {
            doc.labelled("Acknowledged", Tone::Good, format!("{} by {}", time::minute(noted.at), noted.by))
        }
        None => doc.labelled("Acknowledged", Tone::Warn, "not yet"),
    }
    doc
}

/// Who did what, when, and from where.
pub fn deed(mover: &Mover) -> String {
    let at = mover.at.map(|at| format!("{} UTC ", time::exact(at))).unwrap_or_default();
    let from = if mover.from.as_str().is_empty() { String::new() } else { format!(" from {}", mover.from) };
    format!("{at}{} {}{from}: {} {}", mover.kind, mover.who, mover.activity, mover.target)
        .trim_end()
        .to_owned()
}

/// What to say where there is no row.
pub fn nothing(state: &State) -> String {
    match (state.drift.filter.is_empty(), state.drift.narrowed) {
        (false, _) => "No drift matches the filter. esc clears it.".to_owned(),
        (true, true) => "Every drift is acknowledged.".to_owned(),
        (true, false) => "Nothing drifted: no control went from met to not met.".to_owned(),
    }
}
