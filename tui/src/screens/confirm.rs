//! The confirmations: each repeats what will happen, in the words of the daemon.

use super::remediation::{body, differences, gates, request_line};
use crate::app::act::Act;
use crate::app::dialog::{Acknowledgement, Confirm, Dialog, DigestCheck, WindowField};
use crate::app::perform::other;
use crate::look::words::{blast_tone, blast_words};
use crate::look::{Charset, Look, Palette, Tone};
use crate::text::json::{Field, difference, with_ages};
use crate::text::{self, time};
use crate::view::doc::Doc;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::VecDeque;
use trueconfig_common::gate::GateOutcome;
use trueconfig_common::interface::controls::ControlRow;
use trueconfig_common::interface::drift::DriftRow;
use trueconfig_common::interface::settings::Settings;
use trueconfig_common::interface::status::{Killed, Status};
use trueconfig_common::mode::{BlastRadius, Mode};
use trueconfig_common::remediation::{RemediationDetail, RemediationRow};
use tui_input::Input;

fn dialog(confirm: Confirm) -> Dialog {
    Dialog::Confirm(Box::new(confirm))
}

/// What moves from one value to another.
fn moved(from: &Value, to: &Value, now: DateTime<Utc>) -> Vec<Field> {
    let fields = difference(from, to).into_iter().filter(|field| !field.is_kept());
    with_ages(fields.collect(), now)
}

/// Approve and execute.
pub fn approve(detail: &RemediationDetail, now: DateTime<Utc>) -> Dialog {
    let row = &detail.row;
    let act = Act::Approve(row.id.clone(), detail.digest.clone(), None);
    let mut confirm =
        Confirm::new(act, format!("Approve {} for {}", row.id, row.control), approval(detail, now));
    confirm.window = Some(WindowField::default());
    confirm.note_needed.clone_from(&detail.note_needed);
    confirm.acknowledgements = acknowledgements(detail);
    if row.blast_radius >= BlastRadius::MANY_USERS {
        confirm.digest =
            Some(DigestCheck { wanted: detail.digest.short().to_owned(), typed: Input::default() });
    }
    dialog(confirm)
}

/// What an approval sets going.
pub fn approval(detail: &RemediationDetail, now: DateTime<Utc>) -> Doc {
    let row = &detail.row;
    let mut doc = Doc::new();
    doc.text(Tone::Strong, row.summary.as_str());
    for change in &detail.changes {
        doc.marked(Tone::Accent, 2, "", request_line(&change.request));
        for target in &change.targets {
            doc.marked(Tone::Plain, 4, "on ", format!("{} {}", target.kind, target.name));
        }
        doc.diff(moved(&change.before, &change.after, now));
    }
    let radius = format!("{} of 5: {}", row.blast_radius, blast_words(row.blast_radius));
    doc.labelled("Blast radius", blast_tone(row.blast_radius), radius);
    doc.labelled("Reversible", Tone::Plain, format!("{}, rollback for 24 hours", row.reversibility));
    for change in detail.changes.iter().filter(|change| !change.residue.is_empty()) {
        doc.labelled("Leaves behind", Tone::Warn, change.residue.as_str());
    }
    if let Some(more) =
        detail.agreement.people.checked_sub(detail.agreement.given.len() + 1).filter(|more| *more > 0)
    {
        let words = format!("nothing begins yet: {more} more must approve after you");
        doc.labelled("Then", Tone::Warn, words);
    }
    if let Some(window) = &row.window {
        doc.labelled("Window so far", Tone::Warn, text::window::short(window, now));
    }
    doc.labelled("Digest", Tone::Strong, detail.digest.short());
    let failed: Vec<_> =
        detail.gates.iter().filter(|gate| gate.outcome != GateOutcome::Pass).cloned().collect();
    if failed.is_empty() {
        doc.labelled("Gates", Tone::Good, format!("all {} pass", detail.gates.len()));
    } else {
        // The glyphs are laid out by whoever draws the document; words say the same.
        gates(&mut doc, &failed, &detail.guards, Look::new(Charset::Ascii, Palette::Mono));
    }
    doc
}

fn acknowledgements(detail: &RemediationDetail) -> Vec<Acknowledgement> {
    let reasons = |gate| {
        let result = detail.gates.iter().find(|result| result.gate == gate);
        result.map(|result| result.reasons.join(" ")).unwrap_or_default()
    };
    let gates = detail.to_acknowledge.iter();
    gates.map(|gate| Acknowledgement { gate: *gate, reasons: reasons(*gate), given: false }).collect()
}

/// Roll back.
pub fn roll_back(detail: &RemediationDetail, now: DateTime<Utc>) -> Dialog {
    let id = &detail.row.id;
    dialog(Confirm::new(Act::RollBack(id.clone()), format!("Roll back {id}"), rollback(detail, now)))
}

/// What a rollback sends.
pub fn rollback(detail: &RemediationDetail, now: DateTime<Utc>) -> Doc {
    let mut doc = Doc::new();
    doc.text(Tone::Strong, "These requests take back what was done, the last one first:");
    for change in detail.changes.iter().rev() {
        match &change.inverse {
            Some(inverse) => {
                doc.marked(Tone::Accent, 2, "", request_line(inverse));
                body(&mut doc, inverse);
                doc.diff(moved(&change.after, &change.before, now));
            }
            None => doc.marked(Tone::Bad, 2, "", format!("nothing takes this back: {}", change.summary)),
        }
        doc.labelled("  stays", Tone::Warn, change.residue.as_str());
    }
    if let Some(until) = detail.row.rollback_until {
        doc.labelled("Possible until", Tone::Plain, time::minute(until));
    }
    doc.text(Tone::Dim, "Every target is read first; if one moved since, nothing is overwritten. The control is held in manual afterwards.");
    differences(&mut doc, detail);
    doc
}

fn about(row: &RemediationRow, what: &str) -> Doc {
    let mut doc = Doc::new();
    doc.text(Tone::Strong, format!("{} {}", row.id, row.summary));
    doc.text(Tone::Plain, what);
    doc
}

/// Reject.
pub fn reject(row: &RemediationRow) -> Dialog {
    let body = about(row, "The plan can no longer run, and the fix is not offered again for some days.");
    dialog(Confirm::new(Act::Reject(row.id.clone()), format!("Reject {}", row.id), body))
}

/// Reject several plans with one note.
pub fn reject_all(rows: &[&RemediationRow]) -> Option<Dialog> {
    let mut doc = Doc::new();
    doc.text(Tone::Strong, format!("{} plans can no longer run:", rows.len()));
    for row in rows {
        doc.marked(Tone::Plain, 2, "- ", format!("{} {} {}", row.id, row.control, row.summary));
    }
    doc.text(Tone::Plain, "Their fixes are not offered again for some days.");
    let acts = rows.iter().map(|row| Act::Reject(row.id.clone()));
    several(format!("Reject {} plans", rows.len()), doc, acts.collect())
}

/// Several acts with one note; none if there is nothing to do.
fn several(title: String, doc: Doc, mut acts: VecDeque<Act>) -> Option<Dialog> {
    let mut confirm = Confirm::new(acts.pop_front()?, title, doc);
    confirm.rest = acts;
    Some(dialog(confirm))
}

/// Take an approval back.
pub fn withdraw(row: &RemediationRow) -> Dialog {
    let body = about(row, "The approval is taken back if execution has not begun.");
    dialog(Confirm::new(Act::Withdraw(row.id.clone()), format!("Withdraw the approval of {}", row.id), body))
}

/// Close what waits for a person.
pub fn close(row: &RemediationRow) -> Dialog {
    let body = about(
        row,
        "Look into the tenant first. Your note is all that tells later what was found and done by hand.",
    );
    let mut confirm = Confirm::new(Act::Close(row.id.clone()), format!("Close {}", row.id), body);
    confirm.note_needed = "what was found and done by hand".to_owned();
    dialog(confirm)
}

/// Pull the kill switch.
pub fn kill(status: &Status) -> Dialog {
    let mut doc = Doc::new();
    doc.text(Tone::Strong, "All remediation stops at once.");
    doc.text(Tone::Plain, "The write under way completes and is recorded; no other one begins.");
    doc.text(
        Tone::Plain,
        format!("{} pending are cancelled and do not come back. Rollback stays possible.", status.pending),
    );
    dialog(Confirm::new(Act::Kill, "Kill switch", doc))
}

/// Release it.
pub fn resume(killed: &Killed) -> Dialog {
    let mut doc = Doc::new();
    doc.text(
        Tone::Strong,
        format!("Pulled by {} at {}: {}", killed.by, time::minute(killed.at), killed.reason),
    );
    doc.text(
        Tone::Plain,
        "Remediation is on again. Nothing that was cancelled comes back; the next scan plans anew.",
    );
    dialog(Confirm::new(Act::Resume, "Release the kill switch", doc))
}

/// Switch remediation.
pub fn enable(settings: &Settings) -> Dialog {
    let mut doc = Doc::new();
    let text = if settings.auto_remediation_enabled {
        "Every control behaves as advisory. All pending remediations are cancelled. Rollback stays possible."
    } else {
        "Controls follow their mode: manual ones prepare plans that wait, automatic ones run if all gates pass."
    };
    doc.text(Tone::Plain, text);
    let to = other(settings.auto_remediation_enabled);
    dialog(Confirm::new(Act::Remediation(to), format!("Switch remediation {}", to.as_str()), doc))
}

/// Switch automatic rollback.
pub fn auto_rollback(settings: &Settings) -> Dialog {
    let mut doc = Doc::new();
    doc.text(Tone::Plain, "When on, a remediation whose verification fails is undone by itself, except for Conditional Access and role assignments, where a person decides.");
    let to = other(settings.auto_rollback);
    dialog(Confirm::new(Act::AutoRollback(to), format!("Switch automatic rollback {}", to.as_str()), doc))
}

/// Set a mode.
pub fn mode(act: Act, row: Option<&ControlRow>, mode: Option<Mode>) -> Dialog {
    let mut doc = Doc::new();
    let word = mode.map_or("the default", Mode::as_str);
    let title = match row {
        Some(row) => {
            doc.text(Tone::Strong, format!("{} {}", row.id, row.title));
            doc.text(Tone::Plain, format!("Mode {} becomes {word}.", row.mode));
            format!("Set the mode of {} to {word}", row.id)
        }
        None => {
            doc.text(Tone::Plain, "It counts for every control that has no mode of its own.");
            format!("Set the default mode to {word}")
        }
    };
    if mode == Some(Mode::Auto) {
        doc.text(Tone::Warn, "The fix will run without a person whenever all five gates pass. Recommended only for blast radius up to 2 and after 30 days in manual.");
    }
    let mut confirm = Confirm::new(act, title, doc);
    if row.is_some() && mode.is_some() {
        confirm.note_needed = "an override carries its reason".to_owned();
    }
    dialog(confirm)
}

/// Record a break-glass test.
pub fn break_glass(settings: Option<&Settings>) -> Dialog {
    let mut doc = Doc::new();
    doc.text(
        Tone::Plain,
        "Record that you signed in with each break-glass account and that it held its role:",
    );
    for account in settings.iter().flat_map(|settings| &settings.break_glass) {
        doc.marked(Tone::Strong, 2, "- ", account.as_str());
    }
    let mut confirm = Confirm::new(Act::BreakGlass, "Break-glass test", doc);
    confirm.note_needed = "what was tested and seen".to_owned();
    dialog(confirm)
}

/// Release a control from its hold.
pub fn release(row: &ControlRow) -> Dialog {
    let mut doc = Doc::new();
    doc.text(Tone::Strong, format!("{} {}", row.id, row.title));
    doc.labelled("Held", Tone::Warn, row.held.as_str());
    doc.text(Tone::Plain, "Released, it follows its own mode again.");
    dialog(Confirm::new(Act::Release(row.id.clone()), format!("Release {}", row.id), doc))
}

/// Take note of a drift.
pub fn acknowledge(row: &DriftRow) -> Dialog {
    let mut doc = Doc::new();
    doc.text(Tone::Strong, format!("{} {}", row.control, row.title));
    doc.text(Tone::Plain, row.reason.as_str());
    doc.text(Tone::Dim, "It stays a deviation; this only says that you know of it.");
    dialog(Confirm::new(Act::Acknowledge(row.seq), format!("Acknowledge drift of {}", row.control), doc))
}

/// Take note of several drifts with one note.
pub fn acknowledge_all(rows: &[&DriftRow]) -> Option<Dialog> {
    let open: Vec<&&DriftRow> = rows.iter().filter(|row| row.acknowledged.is_none()).collect();
    let mut doc = Doc::new();
    doc.text(Tone::Strong, format!("{} drifts:", open.len()));
    for row in &open {
        doc.marked(Tone::Plain, 2, "- ", format!("{} {}", row.control, row.reason));
    }
    doc.text(Tone::Dim, "They stay deviations; this only says that you know of them.");
    let acts = open.iter().map(|row| Act::Acknowledge(row.seq));
    several(format!("Acknowledge {} drifts", open.len()), doc, acts.collect())
}
