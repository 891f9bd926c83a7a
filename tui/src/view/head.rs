//! The two rows at the top: how things stand in one line, and the screens.

use crate::app::place::ScreenId;
use crate::app::{Link, State};
use crate::look::{Look, Tone};
use crate::text::{self, sanitise, time};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Longest tenant or account name here, in cells.
const NAME: usize = 24;

/// Product, tenant, score, remediation, link and who you are.
pub fn title(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let look = state.look;
    let mut left = vec![Span::styled(" TrueConfig ", look.style(Tone::Strong))];
    let mut right = String::new();
    if let Some(status) = &state.status {
        let tenant = sanitise(&status.tenant, NAME, look.charset);
        // The operator's own production is red; a test tenant is not.
        let (tone, kind) = match (look.accent, status.test_tenant) {
            (Some(_), true) => (Tone::Tenant, "test"),
            (Some(_), false) => (Tone::Tenant, "production"),
            (None, true) => (Tone::Accent, "test"),
            (None, false) => (Tone::Danger, "production"),
        };
        left.push(Span::styled(format!(" {tenant} {kind} "), look.style(tone)));
        if let Some(score) = status.score {
            left.push(Span::raw(format!("  score {score:.0}")));
        }
        left.push(remediation(state));
        if status.solo {
            left.push(Span::styled("  solo", look.style(Tone::Warn)));
        }
        right = format!("{} {} ", sanitise(&status.you.name, NAME, look.charset), status.you.role);
    }
    left.push(link(state));
    let used: usize = left.iter().map(|span| text::width(&span.content, look.charset)).sum();
    let gap = usize::from(area.width).saturating_sub(used + text::width(&right, look.charset));
    if gap > 0 {
        left.push(Span::raw(" ".repeat(gap)));
        left.push(Span::styled(right, look.style(Tone::Dim)));
    }
    frame.render_widget(Paragraph::new(Line::from(left)), area);
}

fn remediation(state: &State) -> Span<'static> {
    let look = state.look;
    match &state.status {
        Some(status) if status.killed.is_some() => {
            Span::styled("  KILL SWITCH PULLED ", look.style(Tone::Danger))
        }
        Some(status) if status.auto_remediation_enabled => {
            Span::styled("  remediation on", look.style(Tone::Good))
        }
        Some(_) => Span::styled("  remediation off", look.style(Tone::Warn)),
        None => Span::raw(""),
    }
}

fn link(state: &State) -> Span<'static> {
    match &state.link {
        Link::Connecting => Span::styled("  connecting", state.look.style(Tone::Dim)),
        Link::Up if state.read_only.is_some() => Span::styled("  READ ONLY ", state.look.style(Tone::Danger)),
        Link::Up => Span::raw(""),
        Link::Lost { since, .. } => {
            let words = format!("  LINK LOST {} ", time::length(state.now.wall - *since));
            Span::styled(words, state.look.style(Tone::Danger))
        }
    }
}

/// The screens with their number keys, and how much waits on each.
pub fn tabs(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let look = state.look;
    let room = usize::from(area.width);
    let mut spans = tab_spans(state, look, true);
    let used: usize = spans.iter().map(Span::width).sum();
    if used > room {
        spans = tab_spans(state, look, false);
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

fn tab_spans(state: &State, look: Look, counted: bool) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    for screen in ScreenId::ALL {
        let count = if counted { count(state, screen) } else { 0 };
        let badge = if count > 0 { format!(":{count}") } else { String::new() };
        let label = format!(" {} {}{badge}", screen.number(), screen.name());
        let tone = if screen == state.screen { Tone::Selected } else { Tone::Dim };
        spans.push(Span::styled(label, look.style(tone)));
    }
    spans
}

fn count(state: &State, screen: ScreenId) -> usize {
    let Some(status) = &state.status else { return 0 };
    match screen {
        ScreenId::Controls => status.failing.values().sum(),
        ScreenId::Approvals => status.pending,
        ScreenId::History => status.attention,
        _ => 0,
    }
}
