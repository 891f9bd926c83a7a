//! States as glyph, word and tone.

use super::{Charset, Tone};
use trueconfig_common::control::Severity;
use trueconfig_common::gate::GateOutcome;
use trueconfig_common::mode::BlastRadius;
use trueconfig_common::remediation::RemediationState;
use trueconfig_common::verdict::Verdict;

/// Bars of a sparkline, the lowest first.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A verdict's glyph.
pub fn verdict_glyph(verdict: Option<Verdict>, charset: Charset) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => charset.pick("✓", "+"),
        Some(Verdict::Fail) => charset.pick("✗", "x"),
        Some(Verdict::Warning) => charset.pick("▲", "!"),
        Some(Verdict::NotApplicable) => charset.pick("○", "o"),
        Some(Verdict::Error) => charset.pick("!", "E"),
        None => charset.pick("·", "."),
    }
}

/// A verdict's word; before the first scan there is none.
pub fn verdict_word(verdict: Option<Verdict>) -> &'static str {
    verdict.map_or("not scanned", Verdict::as_str)
}

/// A verdict's tone.
pub fn verdict_tone(verdict: Option<Verdict>) -> Tone {
    match verdict {
        Some(Verdict::Pass) => Tone::Good,
        Some(Verdict::Fail | Verdict::Error) => Tone::Bad,
        Some(Verdict::Warning) => Tone::Warn,
        Some(Verdict::NotApplicable) | None => Tone::Dim,
    }
}

/// A severity's tone.
pub fn severity_tone(severity: Severity) -> Tone {
    match severity {
        Severity::Critical => Tone::Bad,
        Severity::High => Tone::Warn,
        Severity::Medium => Tone::Plain,
        Severity::Low => Tone::Dim,
    }
}

/// A remediation state's glyph.
pub fn state_glyph(state: RemediationState, charset: Charset) -> &'static str {
    match state {
        RemediationState::Planned | RemediationState::PendingApproval => charset.pick("◆", "?"),
        RemediationState::Approved => charset.pick("▷", ">"),
        state if state.is_running() => charset.pick("▶", ">"),
        RemediationState::Verified => charset.pick("✓", "+"),
        RemediationState::RolledBack => charset.pick("↶", "<"),
        state if state.needs_person() => "!",
        RemediationState::Blocked | RemediationState::Failed => charset.pick("✗", "x"),
        _ => charset.pick("○", "o"),
    }
}

/// A remediation state's tone.
pub fn state_tone(state: RemediationState) -> Tone {
    match state {
        RemediationState::Planned | RemediationState::PendingApproval => Tone::Warn,
        RemediationState::Verified => Tone::Good,
        state if state.is_running() || state.is_pending() => Tone::Accent,
        state if state.needs_person() => Tone::Bad,
        RemediationState::Blocked | RemediationState::Failed => Tone::Bad,
        _ => Tone::Dim,
    }
}

/// A gate's glyph, word and tone.
pub fn gate_words(outcome: GateOutcome, charset: Charset) -> (&'static str, &'static str, Tone) {
    match outcome {
        GateOutcome::Pass => (charset.pick("✓", "+"), "pass", Tone::Good),
        GateOutcome::RequiresApproval => (charset.pick("▲", "!"), "requires approval", Tone::Warn),
        GateOutcome::Blocked => (charset.pick("✗", "x"), "blocked", Tone::Bad),
    }
}

/// What a blast radius means (T10).
pub fn blast_words(radius: BlastRadius) -> &'static str {
    match radius.get() {
        1 => "one object, no effect on sign-in",
        2 => "a tenant setting, no effect on sign-in",
        3 => "may break one app or one user",
        4 => "many users' sign-in",
        _ => "can lock out administrators",
    }
}

/// A blast radius' tone.
pub fn blast_tone(radius: BlastRadius) -> Tone {
    match radius.get() {
        1 | 2 => Tone::Plain,
        3 => Tone::Warn,
        _ => Tone::Bad,
    }
}

/// Verdicts over time, one cell each, the latest at the right; at most `cells`.
pub fn verdict_history(history: &[Verdict], cells: usize, charset: Charset) -> String {
    let start = history.len().saturating_sub(cells);
    history.iter().skip(start).map(|verdict| verdict_glyph(Some(*verdict), charset)).collect()
}

/// Scores over time as bars, the latest at the right; at most `cells`.
pub fn sparkline(values: &[f64], cells: usize, charset: Charset) -> String {
    let start = values.len().saturating_sub(cells);
    let shown = values.iter().skip(start);
    match charset {
        Charset::Unicode => shown.map(|value| bar(*value)).collect(),
        Charset::Ascii => shown.map(|value| format!("{value:.0}")).collect::<Vec<_>>().join(" "),
    }
}

fn bar(value: f64) -> char {
    // 0..=100 onto eight bars; the cast is exact after the clamp.
    let index = (value.clamp(0.0, 100.0) / 100.0 * 7.0).round() as usize;
    BARS.get(index).copied().unwrap_or('█')
}
