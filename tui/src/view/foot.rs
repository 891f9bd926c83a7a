//! The two rows at the foot: what there is to say, and what can be done.

use super::overlay;
use crate::app::{Link, Overlay, State, possible};
use crate::look::Tone;
use crate::screens::overview::scan_words;
use crate::text::sanitise;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Cells of the sign that there are more hints than room.
const MORE: usize = 2;

/// The message: a typed line, else what was said last, else what goes on.
pub fn message(frame: &mut Frame<'_>, area: Rect, state: &State) {
    if let Some(Overlay::Prompt(prompt)) = &state.overlay {
        return overlay::prompt(frame, area, state, prompt);
    }
    let (tone, text) = words(state);
    let text = sanitise(&text, usize::from(area.width).saturating_sub(1), state.look.charset);
    frame.render_widget(Paragraph::new(Line::styled(format!(" {text}"), state.look.style(tone))), area);
}

fn words(state: &State) -> (Tone, String) {
    if let Some(toast) = &state.toast {
        return (toast.tone, toast.text.clone());
    }
    match (&state.link, &state.status) {
        (Link::Lost { cause, gave_up: true, .. }, _) => (Tone::Bad, format!("{cause}. r tries again.")),
        (Link::Lost { cause, attempt, .. }, _) => {
            (Tone::Bad, format!("{cause}. Trying again (try {attempt})."))
        }
        (_, Some(status)) => match &status.scan {
            Some(scan) => {
                (Tone::Accent, format!("scanning {}", scan_words(scan, state.now.wall, state.look)))
            }
            None => match &state.read_only {
                Some(version) => (Tone::Warn, possible::other(version)),
                None => (Tone::Dim, String::new()),
            },
        },
        _ => (Tone::Dim, String::new()),
    }
}

/// The hint bar: what is possible here and now, from the key table.
pub fn hints(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let room = usize::from(area.width);
    let mut spans = Vec::new();
    let mut used = 0;
    let hints = hint_list(state);
    for (index, (key, hint)) in hints.iter().enumerate() {
        let width = key.len() + hint.len() + 4;
        // The last cells are kept for the sign that there are more.
        let kept = if index + 1 < hints.len() { MORE } else { 0 };
        if used + width > room.saturating_sub(kept) {
            spans.push(Span::styled(state.look.charset.pick(" …", " ~"), state.look.style(Tone::Dim)));
            break;
        }
        used += width;
        spans.push(Span::styled(format!(" {key}"), state.look.style(Tone::Accent)));
        spans.push(Span::raw(format!(" {hint}  ")));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

fn hint_list(state: &State) -> Vec<(&str, &str)> {
    match &state.overlay {
        Some(Overlay::Dialog(dialog)) => super::dialog::hints(dialog),
        Some(Overlay::Help(_)) => vec![("type", "to search"), ("enter", "run"), ("esc", "close")],
        Some(Overlay::Prompt(_)) => vec![("enter", "take"), ("tab", "complete"), ("esc", "close")],
        None => {
            let bindings = state.keys.at(state.place());
            let shown = bindings
                .filter(|binding| !binding.hint.is_empty() && possible::check(state, binding.action).is_ok());
            let mut hints: Vec<_> = shown
                .map(|binding| (binding.names.first().map(String::as_str).unwrap_or_default(), binding.hint))
                .collect();
            // The way to all the others always has a place.
            if let Some(help) = hints.iter().position(|(key, _)| *key == "?") {
                let help = hints.remove(help);
                hints.insert(0, help);
            }
            hints
        }
    }
}
