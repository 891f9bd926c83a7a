//! How things stand, on one screen.

use crate::app::State;
use crate::look::words::{sparkline, verdict_glyph, verdict_tone};
use crate::look::{Look, Tone};
use crate::text::time;
use crate::view::doc::Doc;
use chrono::{DateTime, Utc};
use trueconfig_common::control::Severity;
use trueconfig_common::interface::scan::{ScanProgress, ScanSummary};
use trueconfig_common::interface::status::Status;
use trueconfig_common::verdict::Verdict;

/// Scores shown.
const SCORES: usize = 30;

/// Drifts shown.
const DRIFTS: usize = 6;

/// Cells of a progress bar.
const BAR: usize = 20;

/// A break-glass test older than this no longer counts (R45, D15), in days.
const TEST_VALID_DAYS: i64 = 30;

/// The whole overview.
pub fn document(state: &State) -> Doc {
    let mut doc = Doc::new();
    let Some(status) = &state.status else {
        doc.text(Tone::Dim, "Waiting for the daemon.");
        return doc;
    };
    doc.append(summary(status, state.look, state.now.wall));
    drift(&mut doc, state);
    doc
}

/// What the daemon says of itself; also what `trueconfig status` prints.
pub fn summary(status: &Status, look: Look, now: DateTime<Utc>) -> Doc {
    let mut doc = Doc::new();
    posture(&mut doc, status, look);
    waiting(&mut doc, status, now);
    scans(&mut doc, status, look, now);
    if !status.warnings.is_empty() || status.journal.damage.is_some() {
        warnings(&mut doc, status);
    }
    doc
}

/// What a scan found.
pub fn scan_summary(summary: &ScanSummary, look: Look) -> Doc {
    let mut doc = Doc::new();
    let objects: u64 = summary.objects.values().sum();
    let seconds: f64 = summary.seconds.values().sum();
    doc.labelled(
        "Scan",
        Tone::Plain,
        format!("{objects} objects, {} requests, {seconds:.1} s", summary.requests),
    );
    let verdicts = summary
        .verdicts
        .iter()
        .map(|(verdict, count)| format!("{} {count} {verdict}", verdict_glyph(Some(*verdict), look.charset)));
    doc.labelled("Verdicts", Tone::Plain, verdicts.collect::<Vec<_>>().join("   "));
    let score = summary
        .score
        .map_or_else(|| "none: no control counts".to_owned(), |score| format!("{score:.0} of 100"));
    doc.labelled("Score", Tone::Strong, score);
    for (family, why) in &summary.unreadable {
        doc.labelled("Unreadable", Tone::Warn, format!("{family}: {why}"));
    }
    doc
}

fn posture(doc: &mut Doc, status: &Status, look: Look) {
    doc.heading("Posture");
    match status.score {
        Some(score) => {
            let line = sparkline(&status.score_history, SCORES, look.charset);
            doc.labelled("Score", Tone::Strong, format!("{score:.0} of 100  {line}"));
        }
        None => doc.labelled("Score", Tone::Dim, "none before the first scan"),
    }
    let severities = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    let failing: Vec<String> = severities
        .iter()
        .filter_map(|severity| {
            let count = status.failing.get(severity.as_str()).copied().unwrap_or_default();
            (count > 0).then(|| format!("{count} {severity}"))
        })
        .collect();
    if failing.is_empty() {
        doc.labelled("Failing", Tone::Good, "none");
    } else {
        doc.labelled("Failing", Tone::Bad, failing.join(", "));
    }
    let verdict = |verdict: &Verdict| {
        let count = status.verdicts.get(verdict).copied().unwrap_or_default();
        (count > 0).then(|| format!("{} {count} {verdict}", verdict_glyph(Some(*verdict), look.charset)))
    };
    let verdicts: Vec<String> = Verdict::ALL.iter().filter_map(verdict).collect();
    doc.labelled("Verdicts", Tone::Plain, verdicts.join("   "));
}

fn waiting(doc: &mut Doc, status: &Status, now: DateTime<Utc>) {
    doc.heading("Remediation");
    match &status.killed {
        Some(killed) => {
            let text = format!("PULLED by {} at {}: {}", killed.by, time::minute(killed.at), killed.reason);
            doc.labelled("Kill switch", Tone::Danger, text);
        }
        None if status.auto_remediation_enabled => {
            doc.labelled("State", Tone::Good, format!("on, default mode {}", status.default_mode))
        }
        None => doc.labelled("State", Tone::Warn, "off: every control is advisory"),
    }
    match status.pending {
        0 => doc.labelled("Approvals", Tone::Plain, "nothing waits for an approver"),
        count => doc.labelled("Approvals", Tone::Warn, format!("{count} waiting for an approver (3)")),
    }
    if status.attention > 0 {
        doc.labelled("Attention", Tone::Bad, format!("{} must be closed by a person (4)", status.attention));
    }
    match status.emergency_access_verified {
        Some(at) => {
            let old = (now - at).num_days() > TEST_VALID_DAYS;
            let tone = if old { Tone::Bad } else { Tone::Plain };
            let late = if old { ", too old: test again (7)" } else { "" };
            doc.labelled("Break-glass", tone, format!("tested {}{late}", time::ago(at, now)));
        }
        None => doc.labelled("Break-glass", Tone::Warn, "never tested (7 records a test)"),
    }
}

fn scans(doc: &mut Doc, status: &Status, look: Look, now: DateTime<Utc>) {
    doc.heading("Scans");
    if let Some(progress) = &status.scan {
        doc.labelled("Running", Tone::Accent, scan_words(progress, now, look));
    }
    match &status.last_scan {
        Some(scan) if scan.error.is_empty() => {
            let took = time::length(scan.finished_at - scan.started_at);
            let text = format!(
                "{} ({}), {} objects, {} requests, {took}",
                time::short(scan.finished_at, now),
                time::ago(scan.finished_at, now),
                scan.objects,
                scan.requests
            );
            doc.labelled("Last", Tone::Plain, text);
        }
        Some(scan) => doc.labelled(
            "Last",
            Tone::Bad,
            format!("failed at {}: {}", time::short(scan.finished_at, now), scan.error),
        ),
        None => doc.labelled("Last", Tone::Dim, "none yet (s scans now)"),
    }
    for (family, why) in status.last_scan.iter().flat_map(|scan| &scan.unreadable) {
        doc.labelled("Unreadable", Tone::Warn, format!("{family}: {why}"));
    }
    if let Some(next) = status.next_scan {
        doc.labelled("Next", Tone::Plain, format!("{} ({})", time::short(next, now), time::left(next, now)));
    }
}

/// The running scan in words, with a bar.
pub fn scan_words(progress: &ScanProgress, now: DateTime<Utc>, look: Look) -> String {
    let (done, all) = (progress.objects.len(), progress.families.max(1));
    let filled = (done * BAR / all).min(BAR);
    let bar = look.charset.pick("█", "#").repeat(filled) + &look.charset.pick("░", ".").repeat(BAR - filled);
    let objects: u64 = progress.objects.values().sum();
    format!(
        "{bar} {}: {done} of {} families, {objects} objects, {} requests, {}",
        progress.phase,
        progress.families,
        progress.requests,
        time::length(now - progress.started_at)
    )
}

fn warnings(doc: &mut Doc, status: &Status) {
    doc.heading("Warnings");
    if let Some(damage) = &status.journal.damage {
        doc.marked(Tone::Danger, 0, "! ", format!("the journal is damaged, the daemon is frozen: {damage}"));
    }
    for warning in &status.warnings {
        let tone = crate::look::words::severity_tone(warning.severity);
        doc.marked(tone, 0, "! ", format!("{} ({}): {}", warning.code, warning.severity, warning.sentence));
    }
}

fn drift(doc: &mut Doc, state: &State) {
    doc.heading("Recent drift");
    if state.drift.rows.is_empty() {
        doc.text(Tone::Dim, crate::screens::drift::nothing(state));
    }
    for row in state.drift.rows.iter().take(DRIFTS) {
        let mark = format!("{} ", verdict_glyph(Some(row.to), state.look.charset));
        let text =
            format!("{} {} {} by {}", time::short(row.at, state.now.wall), row.control, row.title, row.actor);
        doc.marked(verdict_tone(Some(row.to)), 0, mark, text);
    }
}
