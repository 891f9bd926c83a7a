//! Results on standard output: tables and documents for people, JSON for programs.

use super::exit::Trouble;
use crate::look::{Charset, Look, Palette, Tone};
use crate::text;
use crate::view::doc::Doc;
use crate::view::table::{Cell, Column, Width, padded};
use serde::Serialize;
use std::io::{self, IsTerminal, Write, stdout};

/// Width of documents where there is no terminal to ask.
const PLAIN_WIDTH: usize = 100;

/// Widest cell where there is no terminal that would break lines.
const WIDEST_CELL: usize = 400;

/// Longest line of somebody else's words that is shown.
const WIDEST_LINE: usize = 2_000;

/// Writes results.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    json: bool,
    look: Look,
    coloured: bool,
    /// Columns of the terminal; none where output goes elsewhere.
    columns: Option<usize>,
}

impl Printer {
    /// Writes JSON, or text that looks like that.
    pub fn new(json: bool, look: Look) -> Self {
        let terminal = stdout().is_terminal();
        let columns =
            if terminal { crossterm::terminal::size().ok().map(|size| usize::from(size.0)) } else { None };
        Self { json, look, coloured: terminal && look.palette != Palette::Mono, columns }
    }

    /// Whether JSON is wanted.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// How things look.
    pub fn look(&self) -> Look {
        self.look
    }

    /// One JSON value: on several lines for one result, on one line for each of a stream.
    ///
    /// # Errors
    /// Nobody reads any more.
    pub fn json(&self, value: &impl Serialize, layout: Layout) -> Result<(), Trouble> {
        let text = match layout {
            Layout::Whole => serde_json::to_string_pretty(value),
            Layout::Line => serde_json::to_string(value),
        };
        self.line(&text.map_err(|error| Trouble::Local(format!("cannot print this as JSON: {error}")))?)
    }

    /// A line of our own text.
    ///
    /// # Errors
    /// Nobody reads any more.
    pub fn line(&self, text: &str) -> Result<(), Trouble> {
        write(&format!("{text}\n"))
    }

    /// A document.
    ///
    /// # Errors
    /// Nobody reads any more.
    pub fn document(&self, doc: &Doc) -> Result<(), Trouble> {
        write(&doc.plain(self.columns.unwrap_or(PLAIN_WIDTH), self.look))
    }

    /// A table; where there is no row it says so instead.
    ///
    /// # Errors
    /// Nobody reads any more.
    pub fn table(&self, columns: &[Column], rows: &[Vec<Cell>], nothing: &str) -> Result<(), Trouble> {
        if rows.is_empty() {
            return self.line(nothing);
        }
        let widths = widths(columns, rows, self.columns, self.look);
        let titles: Vec<Cell> = columns.iter().map(|column| Cell::toned(Tone::Dim, column.title)).collect();
        let mut out = self.row(&titles, &widths);
        for row in rows {
            out.push_str(&self.row(row, &widths));
        }
        write(&out)
    }

    fn row(&self, cells: &[Cell], widths: &[usize]) -> String {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths).filter(|(_, width)| **width > 0) {
            let text = padded(&cell.text, *width, self.look);
            match self.colour(cell.tone) {
                Some(code) => line.push_str(&format!("\x1b[{code}m{text}\x1b[0m  ")),
                None => line.push_str(&format!("{text}  ")),
            }
        }
        format!("{}\n", line.trim_end())
    }

    /// The number of the colour (ECMA-48, SGR).
    fn colour(&self, tone: Tone) -> Option<u8> {
        if !self.coloured {
            return None;
        }
        match tone {
            Tone::Plain | Tone::Border | Tone::Focus => None,
            Tone::Dim => Some(2),
            Tone::Strong => Some(1),
            Tone::Accent | Tone::Tenant => Some(36),
            Tone::Good => Some(32),
            Tone::Warn => Some(33),
            Tone::Bad | Tone::Danger => Some(31),
            Tone::Selected => Some(7),
        }
    }
}

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One result, indented.
    Whole,
    /// One of many, on one line.
    Line,
}

fn widths(columns: &[Column], rows: &[Vec<Cell>], room: Option<usize>, look: Look) -> Vec<usize> {
    let widest = |index: usize| {
        let cells = rows.iter().filter_map(|row| row.get(index));
        cells.map(|cell| text::width(&cell.text, look.charset)).max().unwrap_or_default()
    };
    let mut widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| widest(index).max(column.title.len()).min(WIDEST_CELL))
        .collect();
    let Some(room) = room else { return widths };
    let total: usize = widths.iter().map(|width| width + 2).sum();
    let over = total.saturating_sub(room);
    for (width, column) in widths.iter_mut().zip(columns) {
        if let Width::Rest(least) = column.width {
            *width = width.saturating_sub(over).max(least);
        }
    }
    widths
}

fn write(text: &str) -> Result<(), Trouble> {
    match stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => Ok(()),
        // `| head` is no trouble worth a message.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Trouble::Local(String::new())),
        Err(error) => Err(Trouble::Local(format!("cannot write the result: {error}"))),
    }
}

/// A name from outside in a sentence of ours.
pub fn safe(text: &str) -> String {
    text::sanitise(text, WIDEST_LINE, Charset::Unicode)
}
