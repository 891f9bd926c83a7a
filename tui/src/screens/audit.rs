//! The journal as people read it (R74-R79): endless, newest first, with before and after.

use crate::app::State;
use crate::app::jump::Jump;
use crate::look::Tone;
use crate::text::json::{difference, pretty};
use crate::text::time;
use crate::view::doc::Doc;
use crate::view::table::{Cell, Column, Width, column};
use serde_json::Value;
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::interface::audit::AuditRecord;
use trueconfig_common::remediation::Actor;

/// Lines of a body that are shown.
const BODY_LINES: usize = 400;

/// The columns of the list.
pub fn columns() -> Vec<Column> {
    vec![
        column("seq", Width::Fit(9)),
        column("time (UTC)", Width::Fit(19)),
        column("who", Width::Fit(20)),
        Column { title: "kind", width: Width::Fit(28), from: 96 },
        column("what happened", Width::Rest(16)),
    ]
}

/// A row of the list.
pub fn cells(record: &AuditRecord) -> Vec<Cell> {
    let tone = match record.actor {
        Actor::System { .. } => Tone::Dim,
        Actor::Person { .. } => Tone::Accent,
    };
    vec![
        Cell::toned(Tone::Dim, record.seq.to_string()),
        Cell::plain(record.time.format("%Y-%m-%d %H:%M:%S").to_string()),
        Cell::toned(tone, who(&record.actor)),
        Cell::toned(Tone::Dim, record.kind.as_str()),
        Cell::plain(record.summary.as_str()),
    ]
}

/// The system and people are told apart by word, not by colour alone (R77).
pub fn who(actor: &Actor) -> String {
    match actor {
        Actor::System { .. } => actor.to_string(),
        Actor::Person { .. } => format!("person:{actor}"),
    }
}

/// What the filter knows an actor by.
pub fn name(actor: &Actor) -> String {
    match actor {
        Actor::System { .. } => actor.to_string(),
        Actor::Person { name, .. } => name.as_str().to_owned(),
    }
}

/// One record.
pub fn document(record: &AuditRecord) -> Doc {
    let mut doc = Doc::new();
    doc.heading(format!("Record {}", record.seq));
    doc.labelled("What", Tone::Strong, record.summary.as_str());
    doc.labelled("Kind", Tone::Plain, record.kind.as_str());
    doc.labelled("Time", Tone::Plain, format!("{} UTC", time::exact(record.time)));
    doc.labelled_link("Who", Tone::Plain, who(&record.actor), Jump::Actor(name(&record.actor)));
    if let Actor::Person { uid, role, .. } = &record.actor {
        doc.labelled("As", Tone::Plain, format!("uid {uid}, role {role}"));
    }
    subjects(&mut doc, &record.body);
    doc.labelled("Chained to", Tone::Dim, record.prev.as_str());
    before_and_after(&mut doc, &record.body);
    doc.heading("Body");
    let lines = pretty(&record.body);
    for line in lines.iter().take(BODY_LINES) {
        doc.marked(Tone::Plain, 0, "", line.as_str());
    }
    if lines.len() > BODY_LINES {
        doc.text(Tone::Dim, format!("({} lines more: export shows them all)", lines.len() - BODY_LINES));
    }
    doc
}

/// The control and the remediation that a record is about, where it names them.
fn subjects(doc: &mut Doc, body: &Value) {
    let control = body.get("control").or_else(|| body.get("plan").and_then(|plan| plan.get("control")));
    if let Some(id) = control.and_then(Value::as_str) {
        doc.labelled_link("Control", Tone::Plain, id, Jump::Control(ControlId::new(id)));
    }
    if let Some(id) = body.get("id").and_then(Value::as_str).filter(|id| id.starts_with("R-")) {
        doc.labelled_link("Remediation", Tone::Plain, id, Jump::Remediation(RemediationId::new(id)));
    }
}

/// Before and after (R76), where the record has them.
fn before_and_after(doc: &mut Doc, body: &Value) {
    let (Some(before), after) =
        (body.get("before_snapshot"), body.get("after_snapshot").or_else(|| body.get("after")))
    else {
        return;
    };
    doc.heading("Before and after");
    doc.diff(difference(before, after.unwrap_or(&Value::Null)));
}

/// The state of the chain, for the box's title.
pub fn chain_words(state: &State) -> String {
    let checked = match &state.chain {
        Some(report) if report.damage.is_empty() => format!("verified up to {}", report.records),
        Some(_) => "DAMAGED".to_owned(),
        None => "chain not checked (v)".to_owned(),
    };
    let newer = if state.audit_newer { ", newer records: g" } else { "" };
    format!("{checked}{newer}")
}

/// What to say where there is no row.
pub fn nothing(state: &State) -> String {
    if state.audit.filter.is_empty() {
        "The journal is empty.".to_owned()
    } else {
        "No record matches the filter. esc clears it.".to_owned()
    }
}
