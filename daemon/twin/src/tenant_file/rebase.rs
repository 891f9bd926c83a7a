//! Moving a tenant in time.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use super::TenantFile;

/// Shifts all dates of a file from its base instant to `now`.
pub(super) fn file(file: &mut TenantFile, now: DateTime<Utc>) {
    let Some(as_of) = file.twin.as_of else { return };
    let shift = TimeDelta::seconds((now - as_of).num_seconds());
    file.twin.as_of = Some(as_of + shift);
    for client in &mut file.twin.clients {
        client.secret_expires = client.secret_expires.map(|time| time + shift);
    }
    for body in file.graph.values_mut() {
        value(body, shift);
    }
}

fn value(body: &mut Value, shift: TimeDelta) {
    match body {
        Value::String(text) => {
            if let Some(moved) = moved(text, shift) {
                *text = moved;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| value(item, shift)),
        Value::Object(map) => map.values_mut().for_each(|item| value(item, shift)),
        _ => {}
    }
}

/// A date-time is recognised by its exact form only: `2026-11-24T08:00:00Z`, fractions allowed.
fn moved(text: &str, shift: TimeDelta) -> Option<String> {
    let bytes = text.as_bytes();
    let dated = bytes.len() >= 20 && bytes[4] == b'-' && bytes[10] == b'T' && text.ends_with('Z');
    let time = DateTime::parse_from_rfc3339(text).ok().filter(|_| dated)?.with_timezone(&Utc);
    // Far future means "never" in Graph and stays.
    let moved = time
        .checked_add_signed(shift)
        .filter(|_| time < DateTime::<Utc>::MAX_UTC - TimeDelta::days(3_660))?;
    (!text.starts_with("9999")).then(|| moved.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}
