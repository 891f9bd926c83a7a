//! Remediations: the approvals queue and the history share their rows and their detail, for it is
//! one life (T8): plan, gates, approval, steps, calls, rollback.

use crate::app::State;
use crate::app::jump::Jump;
use crate::look::words::{blast_tone, blast_words, gate_words, state_glyph, state_tone};
use crate::look::{Look, Tone};
use crate::text::json::{compact, difference, pretty, with_ages};
use crate::text::{time, window};
use crate::view::doc::Doc;
use crate::view::table::{Cell, Column, Width, column};
use chrono::{DateTime, Utc};
use trueconfig_common::change::{ChangeView, GraphRequest};
use trueconfig_common::gate::{GateOutcome, GateResult};
use trueconfig_common::guard::GuardResult;
use trueconfig_common::interface::Method;
use trueconfig_common::interface::remediations::Approve;
use trueconfig_common::remediation::{
    Act, CallRecord, RemediationDetail, RemediationRow, RemediationState, StepView,
};
use trueconfig_common::window::Window;

/// Lines of a request's body that are shown.
const BODY_LINES: usize = 60;

/// The columns of the approvals queue.
pub fn queue_columns() -> Vec<Column> {
    vec![
        column("state", Width::Fit(21)),
        column("id", Width::Fit(12)),
        column("control", Width::Fit(8)),
        column("what will change", Width::Rest(16)),
        column("blast", Width::Fit(5)),
        Column { title: "reversible", width: Width::Fit(15), from: 88 },
        column("left", Width::Fit(5)),
    ]
}

/// A row of the approvals queue.
pub fn queue_cells(row: &RemediationRow, look: Look, now: DateTime<Utc>) -> Vec<Cell> {
    let expires = if row.state.is_pending() { tight_left(row.expires_at, now) } else { String::new() };
    let mut cells = row_head(row, look, now);
    cells.extend([
        Cell::toned(blast_tone(row.blast_radius), row.blast_radius.to_string()),
        Cell::plain(row.reversibility.to_string()),
        Cell::plain(expires),
    ]);
    cells
}

/// The columns of the history.
pub fn history_columns() -> Vec<Column> {
    vec![
        column("state", Width::Fit(21)),
        column("id", Width::Fit(12)),
        column("control", Width::Fit(8)),
        column("what changed", Width::Rest(16)),
        column("when", Width::Fit(11)),
        column("undo left", Width::Fit(9)),
    ]
}

/// A row of the history.
pub fn history_cells(row: &RemediationRow, look: Look, now: DateTime<Utc>) -> Vec<Cell> {
    let undo = match row.rollback_until {
        Some(until) if row.state.may_roll_back() => tight_left(until, now),
        _ => String::new(),
    };
    let mut cells = row_head(row, look, now);
    cells.extend([Cell::plain(time::short(row.changed_at, now)), Cell::plain(undo)]);
    cells
}

fn row_head(row: &RemediationRow, look: Look, now: DateTime<Utc>) -> Vec<Cell> {
    let summary = match waiting(row) {
        Some(window) => format!("{}: {}", window::short(window, now), row.summary),
        None => row.summary.clone(),
    };
    let state = format!("{} {}", state_glyph(row.state, look.charset), row.state);
    vec![
        Cell::toned(state_tone(row.state), state),
        Cell::toned(Tone::Strong, row.id.as_str()),
        Cell::plain(row.control.as_str()),
        Cell::plain(summary),
    ]
}

/// The window that a plan not yet begun waits for.
fn waiting(row: &RemediationRow) -> Option<&Window> {
    row.window.as_ref().filter(|_| row.state.is_pending())
}

fn tight_left(until: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if now >= until { "over".to_owned() } else { time::tight(until - now) }
}

/// Everything about a remediation.
pub fn document(detail: &RemediationDetail, look: Look, now: DateTime<Utc>) -> Doc {
    let mut doc = Doc::new();
    head(&mut doc, detail, look, now);
    for (index, change) in detail.changes.iter().enumerate() {
        plan_change(&mut doc, (index, detail.changes.len()), change, now);
        if let Some(step) = detail.steps.get(index) {
            progress(&mut doc, step, look);
        }
    }
    gates(&mut doc, &detail.gates, &detail.guards, look);
    if !detail.choices.is_empty() {
        choices(&mut doc, detail, look);
    }
    differences(&mut doc, detail);
    timeline(&mut doc, detail, look);
    plan(&mut doc, detail);
    doc
}

fn head(doc: &mut Doc, detail: &RemediationDetail, look: Look, now: DateTime<Utc>) {
    let row = &detail.row;
    doc.heading(format!("{}  {} {}", row.id, row.control, row.title));
    let glyph = state_glyph(row.state, look.charset);
    doc.labelled("State", state_tone(row.state), format!("{glyph} {}{}", row.state, running(row.state)));
    if let Some(window) = waiting(row) {
        doc.labelled("Runs", Tone::Accent, window::whole(window, look.zone, now));
    }
    doc.labelled_link("Control", Tone::Plain, row.control.as_str(), Jump::Control(row.control.clone()));
    doc.labelled("Change", Tone::Strong, row.summary.as_str());
    doc.labelled("Why", Tone::Plain, detail.reason.as_str());
    let radius = format!("{} of 5: {}", row.blast_radius, blast_words(row.blast_radius));
    doc.labelled("Blast radius", blast_tone(row.blast_radius), radius);
    doc.labelled("Reversible", Tone::Plain, row.reversibility.to_string());
    doc.labelled("Digest", Tone::Plain, detail.digest.short());
    if row.state.is_pending() {
        doc.labelled(
            "Expires",
            Tone::Plain,
            format!("{} ({})", time::minute(row.expires_at), time::left(row.expires_at, now)),
        );
        doc.labelled("Rollback", Tone::Plain, "available for 24 hours after execution");
        approvers(doc, detail);
    }
    if let Some(until) = row.rollback_until {
        doc.labelled(
            "Rollback",
            Tone::Plain,
            format!("until {} ({})", time::minute(until), time::left(until, now)),
        );
        doc.labelled("Rollback not", Tone::Warn, detail.rollback_refused.as_str());
    }
}

/// Who may approve, who has, and whether you may (R29, R30).
fn approvers(doc: &mut Doc, detail: &RemediationDetail) {
    let agreement = &detail.agreement;
    let groups = match agreement.groups.is_empty() {
        true => String::new(),
        false => format!(", one each of {}", agreement.groups.join(" and ")),
    };
    let needed = match agreement.people {
        1 => format!("one of role {} or above", Approve::ROLE),
        people => format!("{people} people of role {} or above{groups}", Approve::ROLE),
    };
    for given in &agreement.given {
        doc.labelled("Approved by", Tone::Good, format!("{} at {}", given.actor, time::minute(given.at)));
        doc.labelled("Their note", Tone::Plain, given.note.as_str());
        if let Some(window) = &given.window {
            doc.labelled("Their window", Tone::Plain, window.to_string());
        }
    }
    if !agreement.given.is_empty() {
        doc.labelled("Still missing", Tone::Warn, agreement.missing.as_str());
    }
    match detail.approve_refused.as_str() {
        "" => doc.labelled("Approval", Tone::Good, format!("{needed}; you may")),
        why => {
            doc.labelled("Approval", Tone::Plain, needed);
            doc.labelled("You", Tone::Warn, format!("may not approve: {why}"));
        }
    }
}

/// What the plan says about itself.
fn plan(doc: &mut Doc, detail: &RemediationDetail) {
    doc.heading("Plan");
    doc.labelled("Digest", Tone::Plain, detail.digest.as_str());
    doc.labelled("Planned in", Tone::Plain, format!("mode {}", detail.mode));
    doc.labelled("Expected then", Tone::Plain, format!("{} is {}", detail.row.control, detail.expected));
    if let Some(parent) = &detail.parent {
        doc.labelled_link("Second step of", Tone::Plain, parent.as_str(), Jump::Remediation(parent.clone()));
    }
}

fn running(state: RemediationState) -> &'static str {
    match state {
        RemediationState::PendingApproval => ": waits for an approver",
        RemediationState::Executing => ": writes are being made",
        RemediationState::Verifying => ": the targets are being read again",
        RemediationState::Verified => ": the targets read back as planned",
        RemediationState::RollingBack => ": inverse writes are being made",
        RemediationState::NeedsOperator => ": look into the tenant, then close it",
        _ => "",
    }
}

/// The five gates with their reasons (D5), each with its guards that do not pass.
pub fn gates(doc: &mut Doc, gates: &[GateResult], guards: &[GuardResult], look: Look) {
    doc.heading("Safety gates");
    for gate in gates {
        let (glyph, word, tone) = gate_words(gate.outcome, look.charset);
        doc.marked(tone, 0, format!("{glyph} "), format!("{}: {word}", gate.gate));
        let own = guards.iter().filter(|one| one.guard.gate() == gate.gate);
        let telling: Vec<&GuardResult> = own.filter(|one| one.outcome != GateOutcome::Pass).collect();
        let guarded = |reason: &&String| telling.iter().any(|one| one.reasons.contains(reason));
        for reason in gate.reasons.iter().filter(|reason| !guarded(reason)) {
            doc.marked(Tone::Plain, 4, "", reason.as_str());
        }
        telling.into_iter().for_each(|one| guard(doc, one, look));
    }
}

/// One guard; who would be locked out stands in lines of its own.
fn guard(doc: &mut Doc, result: &GuardResult, look: Look) {
    let (glyph, word, tone) = gate_words(result.outcome, look.charset);
    doc.marked(tone, 2, format!("{glyph} "), format!("guard {}: {word}", result.guard));
    let Some(sign_in) = &result.counterexample else {
        result.reasons.iter().for_each(|reason| doc.marked(Tone::Plain, 6, "", reason.as_str()));
        return;
    };
    doc.labelled("    kept out", Tone::Bad, format!("{} {}", sign_in.name, sign_in.who));
    doc.labelled("    by policy", Tone::Plain, sign_in.policy.as_str());
    for condition in &sign_in.conditions {
        doc.labelled("    when", Tone::Plain, condition.as_str());
    }
    doc.labelled("    because", Tone::Plain, sign_in.why.as_str());
}

fn choices(doc: &mut Doc, detail: &RemediationDetail, look: Look) {
    let chosen = detail.choices.iter().filter(|choice| choice.chosen).count();
    doc.heading(format!("Targets: {chosen} of {} chosen (t chooses others)", detail.choices.len()));
    for choice in &detail.choices {
        let mark =
            if choice.chosen { look.charset.pick("■ ", "[x] ") } else { look.charset.pick("□ ", "[ ] ") };
        let why = if choice.refused.is_empty() { String::new() } else { format!("  ({})", choice.refused) };
        let tone = if choice.chosen { Tone::Plain } else { Tone::Dim };
        doc.marked(tone, 0, mark, format!("{}{why}", choice.target.name));
    }
}

/// One change: in words, as a difference, and as the exact request.
fn plan_change(doc: &mut Doc, (index, total): (usize, usize), change: &ChangeView, now: DateTime<Utc>) {
    doc.heading(format!("Change {} of {total}: {}", index + 1, change.summary));
    for target in &change.targets {
        let text = format!("{} {} ({})", target.kind, target.name, target.id);
        doc.linked(Tone::Plain, 2, "on ", text, Jump::Object(target.id.clone()));
    }
    doc.diff(with_ages(difference(&change.before, &change.after), now));
    doc.labelled("  undone as", Tone::Plain, format!("class {}", change.reversibility));
    doc.labelled("  leaves behind", Tone::Warn, change.residue.as_str());
    doc.labelled("  request", Tone::Accent, request_line(&change.request));
    body(doc, &change.request);
    match &change.inverse {
        Some(inverse) => doc.labelled("  taken back by", Tone::Dim, request_line(inverse)),
        None => doc.labelled("  taken back by", Tone::Bad, "nothing: this cannot be undone"),
    }
}

/// Method and path.
pub fn request_line(request: &GraphRequest) -> String {
    format!("{} {}", request.method.as_str(), request.path)
}

/// The body of a request, where it has one.
pub fn body(doc: &mut Doc, request: &GraphRequest) {
    if request.body.is_null() {
        return;
    }
    let lines = pretty(&request.body);
    for line in lines.iter().take(BODY_LINES) {
        doc.marked(Tone::Dim, 4, "", line.as_str());
    }
    if lines.len() > BODY_LINES {
        doc.marked(Tone::Dim, 4, "", format!("({} lines more)", lines.len() - BODY_LINES));
    }
}

fn progress(doc: &mut Doc, step: &StepView, look: Look) {
    for (name, act) in [("forward", &step.forward), ("undo", &step.undo)] {
        if let Some((tone, words)) = act_words(act) {
            doc.labelled(&format!("  {name}"), tone, words);
        }
    }
    for call in &step.calls {
        call_record(doc, call, look);
    }
}

fn act_words(act: &Act) -> Option<(Tone, String)> {
    Some(match act {
        Act::Idle => return None,
        Act::Intended { at, .. } => (Tone::Accent, format!("intended at {}", time::exact(*at))),
        Act::Unknown { at, .. } => {
            (Tone::Bad, format!("sent at {}, outcome unknown, to be probed", time::exact(*at)))
        }
        Act::Done { at, produced } => {
            let made = produced.as_ref().map(|id| format!(", made {id}")).unwrap_or_default();
            (Tone::Good, format!("done at {}{made}", time::exact(*at)))
        }
        Act::Refused { at, error } => (Tone::Bad, format!("refused at {}: {error}", time::exact(*at))),
    })
}

/// One try of one call, with both request ids (R79).
fn call_record(doc: &mut Doc, call: &CallRecord, look: Look) {
    let status = call.status.map_or("no answer".to_owned(), |status| status.to_string());
    let ok = call.status.is_some_and(|status| (200..300).contains(&status));
    let tone = if ok { Tone::Plain } else { Tone::Warn };
    let arrow = look.charset.pick("→", "->");
    doc.marked(
        tone,
        2,
        "",
        format!("{} {} {arrow} {status} {}", call.sent_at.format("%H:%M:%S"), call.call, call.error),
    );
    doc.marked(Tone::Dim, 4, "", format!("client-request-id {}", call.client_request_id));
    doc.marked(
        Tone::Dim,
        4,
        "",
        format!("request-id        {}", call.request_id.as_deref().unwrap_or("none")),
    );
}

/// What stands in the way of a rollback, from three sides (D20).
pub fn differences(doc: &mut Doc, detail: &RemediationDetail) {
    if detail.differences.is_empty() {
        return;
    }
    doc.heading("What changed in the tenant since");
    for difference in &detail.differences {
        doc.marked(Tone::Warn, 0, "", format!("change {}", difference.step + 1));
        doc.labelled("  before", Tone::Plain, compact(&difference.before));
        doc.labelled("  expected", Tone::Plain, compact(&difference.expected));
        doc.labelled("  found", Tone::Warn, compact(&difference.found));
    }
}

fn timeline(doc: &mut Doc, detail: &RemediationDetail, look: Look) {
    doc.heading("Timeline");
    for moment in &detail.timeline {
        let mark = format!("{} ", state_glyph(moment.state, look.charset));
        let text = format!(
            "{} {} by {} (record {})",
            time::exact(moment.at),
            moment.state,
            moment.actor,
            moment.seq
        );
        doc.linked(state_tone(moment.state), 0, mark, text, Jump::Record(moment.seq));
        if !moment.note.as_str().is_empty() {
            doc.marked(Tone::Dim, 4, "", moment.note.as_str());
        }
    }
}

/// What to say where there is no row.
pub fn nothing(state: &State, queue: Queue) -> String {
    let pane = match queue {
        Queue::Approvals => &state.approvals,
        Queue::History => &state.history,
    };
    if !pane.filter.is_empty() {
        return "No remediation matches the filter. esc clears it.".to_owned();
    }
    match queue {
        Queue::Approvals => {
            "Nothing waits for approval. Plans appear here; p on a failing control makes one.".to_owned()
        }
        Queue::History => "There was no remediation yet.".to_owned(),
    }
}

/// Which of the two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// What waits.
    Approvals,
    /// Everything.
    History,
}
