//! The journal's segments and a walk over their lines.
//!
//! `journal/000001.jsonl`, `000002.jsonl` and so on, without gaps. Only the last one grows.

use super::frame::{Fault, MAX_LINE_BYTES};
use super::marks::Mark;
use super::{MAX_GROUP_BYTES, StoreError};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A segment that has reached this length is left alone and the next one begun, in bytes.
pub const SEGMENT_BYTES: u64 = 16 << 20;

const READ_BUFFER_BYTES: usize = 128 << 10;

/// One file of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its number, from 1.
    pub number: u32,
    /// Where it is.
    pub path: PathBuf,
    /// How many of its bytes belong to the journal.
    pub length: u64,
}

/// The file of a segment's number in the journal's folder.
pub fn path_of(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:06}.jsonl"))
}

/// The segments in a folder by number. Other files are not the journal's and are left out.
///
/// # Errors
/// The system's, if the folder cannot be read.
pub fn list(folder: &Path) -> Result<Vec<Segment>, StoreError> {
    let failed = || StoreError::io("list", folder);
    let mut segments = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let Some(number) = entry.file_name().to_str().and_then(number_of) else {
            continue;
        };
        let length = entry.metadata().map_err(failed())?.len();
        segments.push(Segment { number, path: entry.path(), length });
    }
    segments.sort_by_key(|segment| segment.number);
    Ok(segments)
}

/// The segments in a folder as far as they hold durable records.
///
/// # Errors
/// The system's, if the folder cannot be read.
pub fn list_up_to(folder: &Path, end: Mark) -> Result<Vec<Segment>, StoreError> {
    let mut segments = list(folder)?;
    segments.retain(|segment| segment.number <= end.segment);
    if let Some(last) = segments.last_mut().filter(|last| last.number == end.segment) {
        last.length = last.length.min(end.offset);
    }
    Ok(segments)
}

fn number_of(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(".jsonl")?;
    let number = digits.parse().ok()?;
    (number > 0 && digits == format!("{number:06}")).then_some(number)
}

/// One line of a segment, newline included unless the file ends first.
#[derive(Debug)]
pub struct Line<'a> {
    /// The segment's place in the walk.
    pub segment: &'a Segment,
    /// The line's number in its segment, from 1, counted from where the walk began.
    pub number: u64,
    /// Where it begins in its segment, in bytes.
    pub offset: u64,
    /// Its bytes, at most [`MAX_LINE_BYTES`].
    pub bytes: &'a [u8],
}

impl Line<'_> {
    /// Whether a bad line of a growing file is what an interrupted write leaves, and of which kind. Such a
    /// write ends the file, is no longer than a group, and is either incomplete or has NULs where parts
    /// of it did not reach the disk.
    pub fn interrupted(&self, fault: Fault) -> Option<&'static str> {
        let tail = self.segment.length - self.offset;
        if tail > MAX_GROUP_BYTES as u64 {
            return None;
        }
        if self.bytes.first() == Some(&0) {
            return Some("a group of lines was interrupted before it became visible");
        }
        if tail != self.bytes.len() as u64 {
            return None;
        }
        if fault == Fault::Incomplete {
            return Some("the last line is incomplete");
        }
        self.bytes.contains(&0).then_some("the last line was written in part")
    }
}

/// Reads segments line by line; memory is bounded by one line.
pub struct Walk {
    segments: std::vec::IntoIter<Segment>,
    current: Option<Current>,
    line: Vec<u8>,
}

struct Current {
    segment: Segment,
    reader: BufReader<io::Take<File>>,
    number: u64,
    offset: u64,
}

impl Walk {
    /// Over whole segments.
    pub fn new(segments: Vec<Segment>) -> Self {
        Self { segments: segments.into_iter(), current: None, line: Vec::new() }
    }

    /// Over segments, the first of them from a byte offset at which a line begins.
    ///
    /// # Errors
    /// The system's.
    pub fn from_offset(segments: Vec<Segment>, offset: u64) -> Result<Self, StoreError> {
        let mut walk = Self::new(segments);
        walk.current = walk.segments.next().map(|segment| open(segment, offset)).transpose()?;
        Ok(walk)
    }

    /// The next line, or nothing at the end of the last segment.
    ///
    /// # Errors
    /// The system's.
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>, StoreError> {
        loop {
            if self.current.is_none() {
                let Some(segment) = self.segments.next() else {
                    return Ok(None);
                };
                self.current = Some(open(segment, 0)?);
            }
            if self.read_line()? > 0 {
                break;
            }
            self.current = None;
        }
        Ok(self.current.as_ref().map(|current| Line {
            segment: &current.segment,
            number: current.number,
            offset: current.offset - self.line.len() as u64,
            bytes: &self.line,
        }))
    }

    fn read_line(&mut self) -> Result<usize, StoreError> {
        let Some(current) = &mut self.current else {
            return Ok(0);
        };
        self.line.clear();
        let length = (&mut current.reader)
            .take(MAX_LINE_BYTES as u64)
            .read_until(b'\n', &mut self.line)
            .map_err(StoreError::io("read", &current.segment.path))?;
        current.number += 1;
        current.offset += length as u64;
        Ok(length)
    }
}

fn open(segment: Segment, offset: u64) -> Result<Current, StoreError> {
    let failed = || StoreError::io("read", &segment.path);
    let mut file = File::open(&segment.path).map_err(failed())?;
    file.seek(SeekFrom::Start(offset)).map_err(failed())?;
    let rest = file.take(segment.length.saturating_sub(offset));
    let reader = BufReader::with_capacity(READ_BUFFER_BYTES, rest);
    Ok(Current { segment, reader, number: 0, offset })
}
