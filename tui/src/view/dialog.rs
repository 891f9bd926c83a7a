//! Dialogs drawn.

use super::boxed;
use super::overlay::{centred, typed};
use super::table::padded;
use crate::app::State;
use crate::app::dialog::{Choose, Confirm, Dialog, Field, Pick, PickOption};
use crate::look::Tone;
use crate::text::{sanitise, wrap};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Widest dialog, in cells.
const WIDTH: u16 = 92;

/// What stands before the window: without one the plan runs at once.
const WINDOW_LABEL: &str = "run (now, or such as Sun 02:00-04:00)";

/// Rows below the body that each confirmation has: blank, note, blank, buttons.
const FIXED_ROWS: usize = 4;

/// What can be done in a dialog.
pub fn hints(dialog: &Dialog) -> Vec<(&'static str, &'static str)> {
    match dialog {
        Dialog::Confirm(confirm) if !confirm.acknowledgements.is_empty() => {
            vec![
                ("tab", "next field"),
                ("space", "acknowledge"),
                ("enter", "take"),
                ("pgdn", "scroll"),
                ("esc", "cancel"),
            ]
        }
        Dialog::Confirm(_) => {
            vec![("tab", "next field"), ("enter", "take"), ("pgdn", "scroll"), ("esc", "cancel")]
        }
        Dialog::Pick(_) => vec![("up down", "move"), ("enter", "take"), ("esc", "cancel")],
        Dialog::Choose(_) => vec![("space", "choose"), ("enter", "plan with these"), ("esc", "cancel")],
    }
}

/// Draws a dialog.
pub fn draw(frame: &mut Frame<'_>, room: Rect, state: &State, dialog: &Dialog) {
    match dialog {
        Dialog::Confirm(confirm) => draw_confirm(frame, room, state, confirm),
        Dialog::Pick(pick) => draw_pick(frame, room, state, pick),
        Dialog::Choose(choose) => draw_choose(frame, room, state, choose),
    }
}

fn draw_confirm(frame: &mut Frame<'_>, room: Rect, state: &State, confirm: &Confirm) {
    let width = WIDTH.min(room.width);
    let text_width = usize::from(width.saturating_sub(4));
    let body = confirm.body.lines(text_width, state.look);
    let complaint = complaint(confirm, text_width, state);
    let window = window(confirm, text_width, state);
    let asked = FIXED_ROWS
        + usize::from(confirm.window.is_some())
        + window.len()
        + confirm.acknowledgements.len()
        + usize::from(confirm.digest.is_some())
        + complaint.len();
    let height = u16::try_from(body.len() + asked + 2).unwrap_or(u16::MAX);
    let area = centred(frame, room, width, height);
    let visible = usize::from(area.height.saturating_sub(2)).saturating_sub(asked).max(1);
    let top = confirm.scroll.min(body.len().saturating_sub(visible));
    let place = super::position(top, visible, body.len());
    let inner = boxed(frame, area, &confirm.title, &place, true, state.look);
    let shown: Vec<Line<'_>> = body.into_iter().skip(top).take(visible).collect();
    frame
        .render_widget(Paragraph::new(shown), Rect { height: inner.height.min(row_count(visible)), ..inner });
    let mut row = Rows { area: inner, next: inner.y + row_count(visible) + 1 };
    if let Some(field) = &confirm.window {
        let focused = confirm.focus == Field::Window;
        input(frame, row.take(), state, WINDOW_LABEL, &field.typed, focused);
    }
    for line in window {
        frame.render_widget(Paragraph::new(line), row.take());
    }
    fields(frame, &mut row, state, confirm);
    for line in complaint {
        frame.render_widget(Paragraph::new(line), row.take());
    }
    row.next += 1;
    buttons(frame, row.take(), state, confirm);
}

fn row_count(rows: usize) -> u16 {
    u16::try_from(rows).unwrap_or(u16::MAX)
}

/// Hands out rows from the top; below the area they are empty.
struct Rows {
    area: Rect,
    next: u16,
}

impl Rows {
    fn take(&mut self) -> Rect {
        let row = Rect { y: self.next, height: 1, ..self.area }.intersection(self.area);
        self.next = self.next.saturating_add(1);
        row
    }
}

fn complaint(confirm: &Confirm, width: usize, state: &State) -> Vec<Line<'static>> {
    wrapped(&confirm.complaint, Tone::Bad, width, state)
}

/// What the typed window means, or why it means nothing.
fn window(confirm: &Confirm, width: usize, state: &State) -> Vec<Line<'static>> {
    let Some(field) = &confirm.window else { return Vec::new() };
    let meaning = wrapped(&field.meaning, Tone::Good, width, state);
    meaning.into_iter().chain(wrapped(&field.wrong, Tone::Warn, width, state)).collect()
}

fn wrapped(text: &str, tone: Tone, width: usize, state: &State) -> Vec<Line<'static>> {
    if text.is_empty() {
        return Vec::new();
    }
    let style = state.look.style(tone);
    let lines = wrap(text, width, state.look.charset);
    lines.into_iter().take(4).map(|line| Line::styled(line, style)).collect()
}

fn fields(frame: &mut Frame<'_>, row: &mut Rows, state: &State, confirm: &Confirm) {
    let needed = if confirm.note_needed.is_empty() { "note" } else { "note (needed)" };
    input(frame, row.take(), state, needed, &confirm.note, confirm.focus == Field::Note);
    for (index, one) in confirm.acknowledgements.iter().enumerate() {
        let area = row.take();
        let mark = if one.given { "[x]" } else { "[ ]" };
        let text = format!("{mark} I know that {} fails: {}", one.gate, one.reasons);
        let line = Line::from(padded(&text, usize::from(area.width), state.look));
        let focused = confirm.focus == Field::Acknowledge(index);
        let tone = if focused { Tone::Selected } else { Tone::Warn };
        frame.render_widget(Paragraph::new(line.style(state.look.style(tone))), area);
    }
    if let Some(check) = &confirm.digest {
        let label = format!("type {}", check.wanted);
        input(frame, row.take(), state, &label, &check.typed, confirm.focus == Field::Digest);
    }
}

fn input(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &State,
    label: &str,
    input: &tui_input::Input,
    focused: bool,
) {
    let mark = format!("{label}: ");
    if focused {
        return typed(frame, area, &mark, input, state);
    }
    let room = usize::from(area.width).saturating_sub(mark.len());
    let line = Line::from(vec![
        Span::styled(mark, state.look.style(Tone::Dim)),
        Span::raw(sanitise(input.value(), room, state.look.charset)),
    ]);
    frame.render_widget(Paragraph::new(line), area);
}

fn buttons(frame: &mut Frame<'_>, area: Rect, state: &State, confirm: &Confirm) {
    if confirm.sent.is_some() {
        let more = match confirm.rest.len() {
            0 => String::new(),
            rest => format!(" {rest} more follow."),
        };
        let words = format!("Sent; waiting for the daemon.{more}");
        let line = Line::styled(words, state.look.style(Tone::Accent));
        return frame.render_widget(Paragraph::new(line), area);
    }
    let button = |label: &str, focused: bool| {
        let text = if focused { format!("> [ {label} ]") } else { format!("  [ {label} ]") };
        Span::styled(text, state.look.style(if focused { Tone::Selected } else { Tone::Plain }))
    };
    let line = Line::from(vec![
        button("Cancel", confirm.focus == Field::No),
        Span::raw("   "),
        button(confirm.act.button(), confirm.focus == Field::Yes),
    ]);
    frame.render_widget(Paragraph::new(line), area);
}

fn draw_pick(frame: &mut Frame<'_>, room: Rect, state: &State, pick: &Pick) {
    let area = centred(frame, room, WIDTH, row_count(pick.options.len() + 2));
    let inner = boxed(frame, area, &pick.title, "", true, state.look);
    let width = usize::from(inner.width);
    let line = |(index, option): (usize, &PickOption)| {
        let why = if option.refused.is_empty() { &option.explanation } else { &option.refused };
        let mark = if index == pick.selected { "> " } else { "  " };
        let text = padded(&format!("{mark}{:<10}{why}", option.label), width, state.look);
        let tone = match (index == pick.selected, option.refused.is_empty()) {
            (true, _) => Tone::Selected,
            (false, true) => Tone::Plain,
            (false, false) => Tone::Dim,
        };
        Line::styled(text, state.look.style(tone))
    };
    let lines: Vec<Line<'_>> = pick.options.iter().enumerate().map(line).collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

fn draw_choose(frame: &mut Frame<'_>, room: Rect, state: &State, choose: &Choose) {
    let rows = choose.options.len() + 5;
    let area = centred(frame, room, WIDTH, row_count(rows));
    let visible = usize::from(area.height.saturating_sub(5)).max(1);
    let top = (choose.selected + 1).saturating_sub(visible);
    let chosen = choose.options.iter().filter(|option| option.chosen).count();
    let foot = format!("{chosen} of {} chosen", choose.options.len());
    let inner = boxed(frame, area, &choose.title, &foot, true, state.look);
    let width = usize::from(inner.width);
    let mut lines = vec![Line::styled(
        "A new plan with a new digest takes the place of this one.",
        state.look.style(Tone::Dim),
    )];
    for (index, option) in choose.options.iter().enumerate().skip(top).take(visible) {
        let mark = if index == choose.selected { ">" } else { " " };
        let tick = if option.chosen { "[x]" } else { "[ ]" };
        let why = if option.refused.is_empty() { String::new() } else { format!("  ({})", option.refused) };
        let text = padded(&format!("{mark} {tick} {}{why}", option.name), width, state.look);
        let tone = if index == choose.selected { Tone::Selected } else { Tone::Plain };
        lines.push(Line::styled(text, state.look.style(tone)));
    }
    let last =
        if choose.sent.is_some() { "Sent; waiting for the daemon." } else { choose.complaint.as_str() };
    lines.push(Line::styled(sanitise(last, width, state.look.charset), state.look.style(Tone::Bad)));
    frame.render_widget(Paragraph::new(lines), inner);
}
