//! A generated row, written property by property: into an object, or straight into the bytes of a page.

use std::fmt::{self, Display};
use std::io::Write;

use chrono::{DateTime, Datelike, Timelike};
use serde_json::Value;

use crate::tenant::{Columns, Object};

/// A value as the generator has it; texts need no escaping in JSON.
pub(super) enum Cell<'v> {
    Null,
    Flag(bool),
    Text(fmt::Arguments<'v>),
    /// JSON text.
    Json(fmt::Arguments<'v>),
}

/// Takes the properties of one row, in the order of their names and always all of them.
pub(super) trait Sink {
    fn put(&mut self, name: &'static str, cell: Cell<'_>);
}

/// The row as an object.
#[derive(Default)]
pub(super) struct Whole(pub(super) Object);

impl Sink for Whole {
    fn put(&mut self, name: &'static str, cell: Cell<'_>) {
        let value = match cell {
            Cell::Null => Value::Null,
            Cell::Flag(flag) => Value::Bool(flag),
            Cell::Text(text) => Value::String(text.to_string()),
            Cell::Json(text) => serde_json::from_str(&text.to_string()).unwrap_or_default(),
        };
        self.0.insert(name.to_owned(), value);
    }
}

/// The shown properties of the row as bytes.
pub(super) struct Bytes<'s, 'c> {
    columns: &'s mut Columns<'c>,
    out: &'s mut Vec<u8>,
    column: usize,
    begun: bool,
}

impl<'s, 'c> Bytes<'s, 'c> {
    pub(super) fn new(columns: &'s mut Columns<'c>, out: &'s mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { columns, out, column: 0, begun: false }
    }

    pub(super) fn end(self) {
        self.out.push(b'}');
    }

    fn write(&mut self, text: fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = match text.as_str() {
            Some(text) => self.out.write_all(text.as_bytes()),
            None => self.out.write_fmt(text),
        };
    }
}

impl Sink for Bytes<'_, '_> {
    fn put(&mut self, name: &'static str, cell: Cell<'_>) {
        let column = self.column;
        self.column += 1;
        if !self.columns.shows(column, name) {
            return;
        }
        self.out.extend_from_slice(if self.begun { b",\"" } else { b"\"" });
        self.begun = true;
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        match cell {
            Cell::Null => self.out.extend_from_slice(b"null"),
            Cell::Flag(flag) => self.out.extend_from_slice(if flag { b"true" } else { b"false" }),
            Cell::Json(text) => self.write(text),
            Cell::Text(text) => {
                self.out.push(b'"');
                self.write(text);
                self.out.push(b'"');
            }
        }
    }
}

/// Seconds since 1970 as Graph writes a date-time.
#[derive(Clone, Copy)]
pub(super) struct Stamp(pub(super) i64);

impl Display for Stamp {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = DateTime::from_timestamp(self.0, 0).unwrap_or_default();
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        write!(to, "{}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", time.year(), time.month(), time.day())
    }
}
