//! A table: columns, a selected row, and only as many rows drawn as are visible. Every cell counts
//! as untrusted text.

use crate::look::{Look, Tone};
use crate::text::{self, sanitise};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use std::collections::BTreeSet;

/// Cells between two columns.
const GAP: usize = 1;

/// Cells before the first column, for the mark of the selected row.
const MARK: usize = 2;

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its text: untrusted.
    pub text: String,
    /// How it sounds.
    pub tone: Tone,
}

impl Cell {
    /// A cell in ordinary text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Plain }
    }

    /// A cell with a tone.
    pub fn toned(tone: Tone, text: impl Into<String>) -> Self {
        Self { text: text.into(), tone }
    }
}

/// How wide a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// As wide as its widest visible cell, up to this.
    Fit(usize),
    /// What is left, at least this.
    Rest(usize),
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its title.
    pub title: &'static str,
    /// How wide it is.
    pub width: Width,
    /// It is left out where the table is narrower than this.
    pub from: usize,
}

/// A column shown at any width.
pub const fn column(title: &'static str, width: Width) -> Column {
    Column { title, width, from: 0 }
}

/// The part of a table that is visible.
#[derive(Clone, Debug)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The visible rows, one cell per column.
    pub rows: Vec<Vec<Cell>>,
    /// Which of the visible rows is selected.
    pub selected: Option<usize>,
    /// Which of them are marked.
    pub marked: BTreeSet<usize>,
}

impl Table {
    /// Draws it, with its titles in the first row.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: Look) {
        let widths = self.widths(usize::from(area.width), look);
        let mut lines = vec![self.titles(&widths, look)];
        for (index, row) in self.rows.iter().enumerate() {
            lines.push(self.line(index, row, &widths, look));
        }
        frame.render_widget(Paragraph::new(lines), area);
    }

    /// Cells per column; zero where it is left out.
    fn widths(&self, total: usize, look: Look) -> Vec<usize> {
        let mut widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| match column.width {
                _ if column.from > total => 0,
                Width::Fit(most) => self.fit(index, column, look).min(most),
                Width::Rest(_) => 0,
            })
            .collect();
        let shown = self.columns.iter().filter(|column| column.from <= total).count();
        let taken: usize = widths.iter().sum::<usize>() + MARK + GAP * shown.saturating_sub(1);
        let rests = self
            .columns
            .iter()
            .filter(|column| matches!(column.width, Width::Rest(_)) && column.from <= total);
        let each = total.saturating_sub(taken) / rests.count().max(1);
        for (width, column) in widths.iter_mut().zip(&self.columns) {
            if let Width::Rest(least) = column.width
                && column.from <= total
            {
                *width = each.max(least);
            }
        }
        widths
    }

    fn fit(&self, index: usize, column: &Column, look: Look) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(index));
        let widest = cells.map(|cell| text::width(&cell.text, look.charset)).max().unwrap_or_default();
        widest.max(column.title.len())
    }

    fn titles(&self, widths: &[usize], look: Look) -> Line<'static> {
        let mut spans = vec![Span::raw(" ".repeat(MARK))];
        for (column, width) in self.columns.iter().zip(widths).filter(|(_, width)| **width > 0) {
            spans.push(Span::styled(padded(column.title, *width, look), look.style(Tone::Dim)));
            spans.push(Span::raw(" ".repeat(GAP)));
        }
        Line::from(spans)
    }

    fn line(&self, index: usize, row: &[Cell], widths: &[usize], look: Look) -> Line<'static> {
        let selected = self.selected == Some(index);
        let cursor = if selected { look.charset.pick("▌", ">") } else { " " };
        let mark = if self.marked.contains(&index) { look.charset.pick("●", "*") } else { " " };
        let mut spans = vec![Span::styled(format!("{cursor}{mark}"), look.style(Tone::Accent))];
        for (cell, width) in row.iter().zip(widths).filter(|(_, width)| **width > 0) {
            spans.push(Span::styled(padded(&cell.text, *width, look), look.style(cell.tone)));
            spans.push(Span::raw(" ".repeat(GAP)));
        }
        let line = Line::from(spans);
        if selected { line.patch_style(look.style(Tone::Selected)) } else { line }
    }
}

/// Safe text, cut or filled up to exactly so many cells.
pub fn padded(text: &str, width: usize, look: Look) -> String {
    let mut safe = sanitise(text, width, look.charset);
    let used = text::width(&safe, look.charset);
    safe.extend(std::iter::repeat_n(' ', width.saturating_sub(used)));
    safe
}
