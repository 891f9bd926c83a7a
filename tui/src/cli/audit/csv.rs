//! The audit log for spreadsheets: one line a record, its body as JSON in the last cell.

use super::{actor, control, text, words};
use crate::cli::csv::line;
use serde_json::Value;
use std::fmt::Write;

const HEAD: [&str; 12] = [
    "seq",
    "time",
    "tenant",
    "actor",
    "actor_uid",
    "actor_role",
    "kind",
    "control",
    "remediation",
    "note",
    "previous_record",
    "body",
];

/// The names of the columns.
pub(super) fn head() -> String {
    line(HEAD.iter().map(|name| (*name).to_owned()))
}

/// One record.
pub(super) fn row(record: &Value) -> String {
    let (who, body) = (&record["actor"], &record["body"]);
    let number = |value: &Value| value.as_u64().map_or_else(String::new, |number| number.to_string());
    let cells = [
        number(&record["seq"]),
        text(&record["time"]),
        text(&record["tenant"]),
        actor(who),
        number(&who["uid"]),
        text(&who["role"]),
        text(&record["kind"]),
        control(body),
        text(&body["id"]),
        words(body),
        text(&record["prev"]),
    ];
    let cells = line(cells.into_iter());
    // The body is whole, however long: an auditor reads it, and JSON begins no formula.
    format!("{},\"{}\"\r\n", cells.trim_end(), ascii(body).replace('"', "\"\""))
}

/// JSON in which no character beyond ASCII stands, so that none reorders or hides what is beside it.
fn ascii(value: &Value) -> String {
    let mut out = String::new();
    for character in value.to_string().chars() {
        if character.is_ascii() && !character.is_ascii_control() {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a String does not fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}
