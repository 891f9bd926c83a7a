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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::panic::catch_unwind;
    use tempfile::TempDir;

    fn lines(count: u64) -> Vec<Vec<u8>> {
        let mut prev = "0".repeat(64);
        (1..=count)
            .map(|seq| {
                let record = json!({"seq": seq, "time": "t", "tenant": "contoso", "actor": {}, "kind": "tick",
                    "version": 1, "prev": prev, "body": {"n": seq}});
                let json = record.to_string().into_bytes();
                prev = hex(&Sha256::digest(&json));
                framed(&json)
            })
            .collect()
    }

    fn framed(json: &[u8]) -> Vec<u8> {
        let mut line = format!("{} {:08x} ", json.len(), crc32c::crc32c(json)).into_bytes();
        line.extend_from_slice(json);
        line.push(b'\n');
        line
    }

    fn read(lines: &[Vec<u8>]) -> Result<Vec<Record>, ()> {
        let store = TempDir::new().unwrap();
        fs::create_dir(store.path().join("journal")).unwrap();
        let (first, second) = lines.split_at(lines.len() / 2);
        fs::write(store.path().join("journal/000001.jsonl"), first.concat()).unwrap();
        fs::write(store.path().join("journal/000002.jsonl"), second.concat()).unwrap();
        catch_unwind(|| read_journal(store.path())).map_err(|_| ())
    }

    #[test]
    fn segments_are_one_chain() {
        let records = read(&lines(5)).unwrap();
        assert_eq!(records.iter().map(|record| record.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!(records[4].body, json!({"n": 5}));
    }

    /// R80: a witness that believes everything is none.
    #[test]
    fn r80_changed_removed_and_reframed_records_are_refused() {
        let mut flipped = lines(5);
        flipped[1][40] ^= 1;
        assert_eq!(read(&flipped), Err(()), "a changed byte");

        let mut removed = lines(5);
        removed.remove(2);
        assert_eq!(read(&removed), Err(()), "a missing record");

        let mut changed = lines(5);
        let text = String::from_utf8(changed[3].clone()).unwrap();
        let json = text.trim_end().splitn(3, ' ').nth(2).unwrap().replace("\"n\":4", "\"n\":9");
        changed[3] = framed(json.as_bytes());
        assert_eq!(read(&changed), Err(()), "a record changed together with its checksum");
    }

    #[test]
    fn what_an_interrupted_write_left_is_left_out() {
        let mut torn = lines(3);
        torn.push(lines(4)[3][..30].to_vec());
        assert_eq!(read(&torn).unwrap().len(), 3);

        let mut holes = lines(3);
        holes.push(vec![0; 64]);
        assert_eq!(read(&holes).unwrap().len(), 3);
    }
}
