//! One object of the tenant: what was read of it, how it stands to others, and what concerns it.

use crate::app::jump::Jump;
use crate::look::words::{state_glyph, state_tone, verdict_glyph, verdict_tone};
use crate::look::{Look, Tone};
use crate::text::json::pretty;
use crate::text::time;
use crate::view::doc::Doc;
use chrono::{DateTime, Utc};
use trueconfig_common::interface::drift::DriftRow;
use trueconfig_common::interface::objects::ObjectDetail;
use trueconfig_common::remediation::RemediationRow;

/// Lines of its values that are shown.
const VALUE_LINES: usize = 200;

/// Everything about an object.
pub fn document(object: &ObjectDetail, look: Look, now: DateTime<Utc>) -> Doc {
    let mut doc = Doc::new();
    doc.heading(format!("{}  {}", object.kind.replace('_', " "), object.name));
    doc.labelled("Id", Tone::Plain, object.id.as_str());
    let read = object.read_at.map(|at| format!("{} UTC ({})", time::minute(at), time::ago(at, now)));
    doc.labelled("Read", Tone::Plain, read.unwrap_or_else(|| "not by the last scan".to_owned()));
    findings(&mut doc, object, look);
    relations(&mut doc, object);
    remediations(&mut doc, &object.remediations, look);
    drift(&mut doc, &object.drift, look);
    values(&mut doc, object);
    doc
}

fn findings(doc: &mut Doc, object: &ObjectDetail, look: Look) {
    if object.findings.is_empty() {
        return;
    }
    doc.heading("Findings that name it");
    for finding in &object.findings {
        let mark = format!("{} ", verdict_glyph(Some(finding.verdict), look.charset));
        let text = format!("{} {}", finding.control, finding.title);
        doc.linked(
            verdict_tone(Some(finding.verdict)),
            0,
            mark,
            text,
            Jump::Control(finding.control.clone()),
        );
        doc.marked(Tone::Dim, 2, "", finding.detail.as_str());
    }
}

fn relations(doc: &mut Doc, object: &ObjectDetail) {
    if object.relations.is_empty() {
        return;
    }
    doc.heading(format!("Relations ({})", object.relation_total));
    for relation in &object.relations {
        let name = if relation.name.is_empty() { &relation.id } else { &relation.name };
        let tone = if relation.relation.starts_with("exclude") { Tone::Warn } else { Tone::Plain };
        let text = format!("{} {name}", relation.relation);
        match relation.kind.as_str() {
            "unknown" => doc.marked(tone, 0, "", text),
            _ => doc.linked(tone, 0, "", text, Jump::Object(relation.id.clone())),
        }
    }
    let hidden = object.relation_total.saturating_sub(object.relations.len());
    if hidden > 0 {
        doc.text(Tone::Dim, format!("and {hidden} more"));
    }
}

/// Remediations as lines that lead to them.
pub fn remediations(doc: &mut Doc, rows: &[RemediationRow], look: Look) {
    if rows.is_empty() {
        return;
    }
    doc.heading("Remediations");
    for row in rows {
        let mark = format!("{} ", state_glyph(row.state, look.charset));
        let text = format!("{} {} {}  {}", row.id, row.state, time::minute(row.changed_at), row.summary);
        doc.linked(state_tone(row.state), 0, mark, text, Jump::Remediation(row.id.clone()));
    }
}

fn drift(doc: &mut Doc, rows: &[DriftRow], look: Look) {
    if rows.is_empty() {
        return;
    }
    doc.heading("Drift of these controls");
    for row in rows {
        let mark = format!("{} ", verdict_glyph(Some(row.to), look.charset));
        let text = format!("{} {} by {}", time::minute(row.at), row.control, row.actor);
        doc.linked(verdict_tone(Some(row.to)), 0, mark, text, Jump::Mover(row.actor.clone()));
    }
}

fn values(doc: &mut Doc, object: &ObjectDetail) {
    if object.values.is_null() {
        return;
    }
    doc.heading("As it was read");
    let lines = pretty(&object.values);
    for line in lines.iter().take(VALUE_LINES) {
        doc.marked(Tone::Plain, 0, "", line.as_str());
    }
    if lines.len() > VALUE_LINES {
        doc.text(Tone::Dim, format!("({} lines more)", lines.len() - VALUE_LINES));
    }
}
