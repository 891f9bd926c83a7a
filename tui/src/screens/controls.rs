//! Controls: what is checked, what it said, and everything about one of them (R20-R22).

use super::{drift, object};
use crate::app::State;
use crate::app::jump::Jump;
use crate::look::words::{
    blast_tone, blast_words, severity_tone, verdict_glyph, verdict_history, verdict_tone, verdict_word,
};
use crate::look::{Look, Tone};
use crate::text::json::compact;
use crate::text::time;
use crate::view::doc::Doc;
use crate::view::table::{Cell, Column, Width, column};
use chrono::{DateTime, Utc};
use trueconfig_common::interface::controls::{ControlDetail, ControlRow};
use trueconfig_common::verdict::Judgement;

/// Verdicts shown in a row.
const HISTORY_CELLS: usize = 10;

/// Evidence objects shown; the rest is counted.
const EVIDENCE_SHOWN: usize = 100;

/// The columns of the list.
pub fn columns() -> Vec<Column> {
    vec![
        column("state", Width::Fit(16)),
        column("id", Width::Fit(12)),
        column("title", Width::Rest(12)),
        column("severity", Width::Fit(8)),
        column("mode", Width::Fit(13)),
        column("blast", Width::Fit(5)),
        column("since", Width::Fit(5)),
        Column { title: "history", width: Width::Fit(HISTORY_CELLS), from: 96 },
        Column { title: "category", width: Width::Fit(22), from: 110 },
    ]
}

/// A row of the list.
pub fn cells(row: &ControlRow, look: Look, now: DateTime<Utc>) -> Vec<Cell> {
    let glyph = verdict_glyph(row.verdict, look.charset);
    let tone = verdict_tone(row.verdict);
    let since = row.failing_since.map(|since| time::tight(now - since)).unwrap_or_default();
    vec![
        Cell::toned(tone, format!("{glyph} {}", verdict_word(row.verdict))),
        Cell::toned(Tone::Strong, row.id.as_str()),
        Cell::plain(row.title.as_str()),
        Cell::toned(severity_tone(row.severity), row.severity.as_str()),
        Cell::plain(mode_words(row)),
        Cell::toned(blast_tone(row.blast_radius), format!("{}", row.blast_radius)),
        Cell::plain(since),
        Cell::toned(Tone::Dim, verdict_history(&row.history, HISTORY_CELLS, look.charset)),
        Cell::toned(Tone::Dim, row.category.as_str()),
    ]
}

/// The mode, with a star for an override and a word for a hold.
pub fn mode_words(row: &ControlRow) -> String {
    match (row.held.is_empty(), row.overridden) {
        (false, _) => format!("{} held", row.mode),
        (true, true) => format!("{} *", row.mode),
        (true, false) => row.mode.to_string(),
    }
}

/// What to say where there is no row.
pub fn nothing(state: &State) -> String {
    let last = state.status.as_ref().and_then(|status| status.last_scan.as_ref());
    let scanned = last.map(|scan| time::short(scan.finished_at, state.now.wall));
    match (scanned, state.controls.narrowed, state.controls.filter.is_empty()) {
        (_, _, false) => "No control matches the filter. esc clears it.".to_owned(),
        (Some(at), true, _) => format!("No control fails. Last scan {at}."),
        (None, ..) => "There was no scan yet. s starts one.".to_owned(),
        (Some(_), false, _) => "The baseline has no controls at this level.".to_owned(),
    }
}

/// Everything about a control.
pub fn document(detail: &ControlDetail, look: Look, now: DateTime<Utc>) -> Doc {
    let mut doc = Doc::new();
    head(&mut doc, detail, look, now);
    if let Some(judgement) = &detail.judgement {
        judged(&mut doc, judgement, look);
    }
    exceptions(&mut doc, detail);
    doc.heading("Why it matters");
    doc.prose("", &detail.guidance.why);
    list(&mut doc, "Recommended actions", &detail.guidance.actions);
    list(&mut doc, "Steps by hand, in the portal", &detail.guidance.steps);
    fix(&mut doc, detail);
    past(&mut doc, detail, look);
    references(&mut doc, detail);
    doc
}

fn head(doc: &mut Doc, detail: &ControlDetail, look: Look, now: DateTime<Utc>) {
    let row = &detail.row;
    let verdict = format!("{} {}", verdict_glyph(row.verdict, look.charset), verdict_word(row.verdict));
    doc.heading(format!("{}  {}", row.id, row.title));
    doc.labelled("Status", verdict_tone(row.verdict), verdict);
    doc.labelled(
        "Severity",
        severity_tone(row.severity),
        format!("{}, level {}, {}", row.severity, row.level, row.category),
    );
    if let Some(since) = row.failing_since {
        let words = format!("{} ({})", time::minute(since), time::ago(since, now));
        doc.labelled("Failing since", Tone::Bad, words);
    }
    let why = detail.mode_reason.as_str();
    let mode = if why.is_empty() { mode_words(row) } else { format!("{}: {why}", mode_words(row)) };
    doc.labelled("Mode", Tone::Plain, mode);
    doc.labelled("Held", Tone::Warn, row.held.as_str());
    let radius = format!("{} of 5: {}", row.blast_radius, blast_words(row.blast_radius));
    doc.labelled("Blast radius", blast_tone(row.blast_radius), radius);
    if let Some(id) = &row.remediation {
        doc.labelled_link(
            "Remediation",
            Tone::Accent,
            format!("{id} is open"),
            Jump::Remediation(id.clone()),
        );
    }
}

fn judged(doc: &mut Doc, judgement: &Judgement, look: Look) {
    doc.heading("The issue");
    doc.text(Tone::Plain, judgement.reason.as_str());
    doc.labelled("Expected", Tone::Plain, judgement.expected.as_str());
    doc.labelled("Actual", Tone::Plain, judgement.actual.as_str());
    if let Some(near) = &judgement.near_miss {
        doc.heading("Near miss: the smallest edit that would do");
        doc.text(Tone::Warn, near.sentence.as_str());
        let arrow = look.charset.pick("→", "->");
        let edit = format!(
            "{} {}: {} {arrow} {}",
            near.object,
            near.field,
            compact(&near.actual),
            compact(&near.wanted)
        );
        doc.marked(Tone::Dim, 2, "", edit);
    }
    if judgement.evidence.is_empty() {
        return;
    }
    doc.heading(format!("Evidence ({})", judgement.evidence_total));
    for object in judgement.evidence.iter().take(EVIDENCE_SHOWN) {
        let mark = look.charset.pick("• ", "* ");
        doc.linked(
            Tone::Plain,
            0,
            mark,
            format!("{} {}", object.kind, object.name),
            Jump::Object(object.id.clone()),
        );
        doc.marked(Tone::Dim, 2, "", format!("{}  {}", object.detail, object.id));
    }
    let hidden = judgement.evidence_total.saturating_sub(judgement.evidence.len().min(EVIDENCE_SHOWN));
    if hidden > 0 {
        doc.text(Tone::Dim, format!("and {hidden} more"));
    }
}

/// What was accepted stands beside what was found (D23).
fn exceptions(doc: &mut Doc, detail: &ControlDetail) {
    if detail.exceptions.is_empty() {
        return;
    }
    doc.heading("Exceptions");
    for exception in &detail.exceptions {
        doc.marked(Tone::Plain, 0, "- ", exception.as_str());
    }
}

fn list(doc: &mut Doc, heading: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    doc.heading(heading);
    for (index, item) in items.iter().enumerate() {
        doc.prose(&format!("{}. ", index + 1), item);
    }
}

fn fix(doc: &mut Doc, detail: &ControlDetail) {
    doc.heading("Fix");
    if detail.fix.is_empty() {
        doc.text(Tone::Plain, "By hand only: TrueConfig does not change this.");
        return;
    }
    doc.prose("", &detail.fix);
    let auto = if detail.never_auto {
        "never automatic".to_owned()
    } else {
        format!("up to {}", detail.highest_mode)
    };
    doc.labelled("May run", Tone::Plain, auto);
    for needed in &detail.depends_on {
        doc.labelled_link("Needs first", Tone::Plain, needed.as_str(), Jump::Control(needed.clone()));
    }
}

fn past(doc: &mut Doc, detail: &ControlDetail, look: Look) {
    object::remediations(doc, &detail.remediations, look);
    if !detail.timeline.is_empty() {
        doc.heading("Timeline");
    }
    for change in &detail.timeline {
        let mark = format!("{} ", verdict_glyph(Some(change.to), look.charset));
        let text = format!("{} {}  {}", time::minute(change.at), change.to, change.reason);
        doc.marked(verdict_tone(Some(change.to)), 0, mark, text);
        change.movers.iter().for_each(|mover| doc.marked(Tone::Dim, 4, "", drift::deed(mover)));
    }
}

fn references(doc: &mut Doc, detail: &ControlDetail) {
    doc.heading("References");
    doc.labelled("CIS", Tone::Dim, detail.frameworks.cis.join(", "));
    doc.labelled("SCuBA", Tone::Dim, detail.frameworks.scuba.join(", "));
    doc.labelled("NIST 800-53", Tone::Dim, detail.frameworks.nist.join(", "));
    doc.labelled(
        "Licence",
        Tone::Dim,
        detail.licence.map(|licence| licence.as_str()).unwrap_or("none needed"),
    );
    doc.labelled("Permissions", Tone::Dim, detail.permissions.join(", "));
}
