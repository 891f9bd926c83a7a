//! What lies over the screen: help, completions, dialogs.

use super::geometry;
use super::table::padded;
use super::{boxed, dialog};
use crate::app::help::{self, Help};
use crate::app::prompt::{self, COMPLETION_LIMIT, Kind, Prompt};
use crate::app::{Overlay, State};
use crate::look::Tone;
use crate::text::sanitise;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

/// Widest help, in cells.
const HELP_WIDTH: u16 = 100;

/// Widest list of completions, in cells.
const COMPLETION_WIDTH: u16 = 40;

/// Cells that the keys take in the help.
const KEYS: usize = 22;

/// Draws what lies over the screen, if anything does.
pub fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    match &state.overlay {
        Some(Overlay::Help(open)) => draw_help(frame, area, state, open),
        Some(Overlay::Prompt(open)) => completions(frame, area, state, open),
        Some(Overlay::Dialog(open)) => dialog::draw(frame, geometry::parts(area).body, state, open),
        None => {}
    }
}

/// A cleared area in the middle, no larger than the room.
pub fn centred(frame: &mut Frame<'_>, room: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(room.width), height.min(room.height));
    let area =
        Rect { x: room.x + (room.width - width) / 2, y: room.y + (room.height - height) / 2, width, height };
    frame.render_widget(Clear, area);
    area
}

fn draw_help(frame: &mut Frame<'_>, area: Rect, state: &State, open: &Help) {
    let entries = help::entries(state, open);
    let room = geometry::parts(area).body;
    let rows = u16::try_from(entries.len()).unwrap_or(u16::MAX).saturating_add(4);
    let area = centred(frame, room, HELP_WIDTH, rows.max(6));
    let visible = usize::from(area.height.saturating_sub(4));
    let top = (open.selected + 1).saturating_sub(visible);
    let place = super::position(top, visible, entries.len());
    let title = format!("What is possible now: {}", state.screen.name());
    let inner = boxed(frame, area, &title, &place, true, state.look);
    let width = usize::from(inner.width);
    let search = sanitise(open.search.value(), width.saturating_sub(8), state.look.charset);
    let mut lines = vec![Line::from(format!("search: {search}")), Line::default()];
    for (index, entry) in entries.iter().enumerate().skip(top).take(visible) {
        let text = if entry.refused.is_empty() {
            entry.help.to_owned()
        } else {
            format!("{}: {}", entry.help, entry.refused)
        };
        let tone = if entry.refused.is_empty() { Tone::Plain } else { Tone::Dim };
        let line = Line::from(vec![
            Span::styled(padded(&entry.keys, KEYS, state.look), state.look.style(Tone::Accent)),
            Span::styled(padded(&text, width.saturating_sub(KEYS), state.look), state.look.style(tone)),
        ]);
        lines.push(if index == open.selected {
            line.patch_style(state.look.style(Tone::Selected))
        } else {
            line
        });
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

fn completions(frame: &mut Frame<'_>, area: Rect, state: &State, open: &Prompt) {
    let mut found = prompt::completions(state, open);
    let typed = open.input.value();
    // Nothing is offered where nothing could be added, and over a list being filtered only on demand.
    if found.iter().all(|one| one == typed) || (open.kind == Kind::Filter && last_word(typed).is_empty()) {
        return;
    }
    let more = found.len().saturating_sub(COMPLETION_LIMIT);
    found.truncate(COMPLETION_LIMIT);
    let foot = if more > 0 { format!("{more} more") } else { String::new() };
    let height = u16::try_from(found.len()).unwrap_or(u16::MAX).saturating_add(2);
    let body = geometry::parts(area).body;
    let height = height.min(body.height);
    let area =
        Rect { x: body.x, y: body.y + body.height - height, width: COMPLETION_WIDTH.min(body.width), height };
    frame.render_widget(Clear, area);
    let title = if open.kind == Kind::Filter { "tab completes" } else { "Commands" };
    let inner = boxed(frame, area, title, &foot, true, state.look);
    let lines: Vec<Line<'_>> = found
        .iter()
        .map(|name| Line::from(sanitise(name, usize::from(inner.width), state.look.charset)))
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

fn last_word(typed: &str) -> &str {
    let word = typed.rsplit(' ').next().unwrap_or_default();
    word.strip_prefix('!').unwrap_or(word)
}

/// The line being typed, with its cursor.
pub fn prompt(frame: &mut Frame<'_>, area: Rect, state: &State, open: &Prompt) {
    let mark = match open.kind {
        Kind::Filter => "/",
        Kind::Command => ":",
    };
    typed(frame, area, mark, &open.input, state);
}

/// A line of typed text behind a mark; the terminal's cursor stands in it.
pub fn typed(frame: &mut Frame<'_>, area: Rect, mark: &str, input: &tui_input::Input, state: &State) {
    let room = usize::from(area.width).saturating_sub(mark.len() + 1);
    let before: String = input.value().chars().take(input.cursor()).collect();
    let at = crate::text::width(&before, state.look.charset);
    // What is left of the room is cut away at the front while typing at the end.
    let skip = at.saturating_sub(room);
    let after_skip = skip_cells(input.value(), skip, state);
    let shown = sanitise(&after_skip, room, state.look.charset);
    let line =
        Line::from(vec![Span::styled(mark.to_owned(), state.look.style(Tone::Accent)), Span::raw(shown)]);
    frame.render_widget(Paragraph::new(line), area);
    let column = u16::try_from(mark.len() + at.min(room)).unwrap_or(u16::MAX);
    frame.set_cursor_position(Position {
        x: area.x.saturating_add(column).min(area.right().saturating_sub(1)),
        y: area.y,
    });
}

fn skip_cells(text: &str, cells: usize, state: &State) -> String {
    let mut skipped = 0;
    text.chars()
        .skip_while(|character| {
            let skip = skipped < cells;
            if skip {
                skipped += crate::text::width(character.encode_utf8(&mut [0; 4]), state.look.charset);
            }
            skip
        })
        .collect()
}
