//! A reader of the journal that shares nothing with the daemon's own: the format is public, an auditor
//! may write such a reader, and a test that used the daemon's would believe its mistakes.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// One record, as it stands in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its number, from 1.
    pub seq: u64,
    /// When, as text.
    pub time: String,
    /// Who.
    pub actor: Value,
    /// The event's name.
    pub kind: String,
    /// The event.
    pub body: Value,
    /// The whole object.
    pub json: Value,
}

/// All records of the journal in a store's folder, each line checked and the chain followed. What an
/// interrupted write left after the last complete line is left out.
///
/// # Panics
/// If a line is not `LENGTH CRC32C JSON`, a record lacks one of its eight keys, or the chain is broken.
pub fn read_journal(store: &Path) -> Vec<Record> {
    let mut records = Vec::new();
    let mut before = "0".repeat(64);
    for segment in segments(store) {
        let bytes = fs::read(&segment).expect("a segment can be read");
        for (at, line) in complete_lines(&bytes).enumerate() {
            let place = format!("{}:{}", segment.display(), at + 1);
            let json = unframed(line).unwrap_or_else(|fault| panic!("{place}: {fault}"));
            let record = parsed(json).unwrap_or_else(|| panic!("{place}: not a record"));
            assert_eq!(record.seq, records.len() as u64 + 1, "{place}: records are numbered without gaps");
            assert_eq!(record.json["prev"], Value::from(before), "{place}: the chain is broken");
            before = hex(&Sha256::digest(json));
            records.push(record);
        }
    }
    records
}

fn segments(store: &Path) -> Vec<PathBuf> {
    let folder = store.join("journal");
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a folder can be listed").path());
    let mut segments: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
    segments.sort();
    segments
}

/// The lines up to the first that an interrupted write left: NULs, or no newline.
fn complete_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines.map_while(|line| line.strip_suffix(b"\n")).take_while(|line| line.first() != Some(&0))
}

fn unframed(line: &[u8]) -> Result<&[u8], String> {
    let mut parts = line.splitn(3, |byte| *byte == b' ');
    let mut part = || parts.next().ok_or("not LENGTH CRC32C JSON");
    let (length, checksum, json) = (part()?, part()?, part()?);
    if length != json.len().to_string().as_bytes() {
        return Err(format!(
            "LENGTH is {}, the JSON has {} bytes",
            String::from_utf8_lossy(length),
            json.len()
        ));
    }
    let expected = format!("{:08x}", crc32c::crc32c(json));
    if checksum != expected.as_bytes() {
        return Err(format!("CRC32C is {}, should be {expected}", String::from_utf8_lossy(checksum)));
    }
    Ok(json)
}

fn parsed(json: &[u8]) -> Option<Record> {
    let json: Value = serde_json::from_slice(json).ok()?;
    let text = |key: &str| json.get(key)?.as_str().map(str::to_owned);
    let keys: Vec<_> = json.as_object()?.keys().map(String::as_str).collect();
    if keys != ["actor", "body", "kind", "prev", "seq", "tenant", "time", "version"] {
        return None;
    }
    Some(Record {
        seq: json.get("seq")?.as_u64()?,
        time: text("time")?,
        actor: json.get("actor")?.clone(),
        kind: text("kind")?,
        body: json.get("body")?.clone(),
        json,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
