//! Pages of the scan under way: a file beside the journal that lets a scan that was cut short go on.
//!
//! It is no truth: it is not synced, whatever does not prove itself is dropped, and a list of which
//! any page is older than [`FRESH`] is read anew. `DIR/pages` is emptied when a scan has been stored.

use super::StoreError;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long a page may be gone on from.
pub const FRESH: TimeDelta = TimeDelta::hours(2);

/// The largest page kept, in bytes; and the largest frame believed.
const MAX_PAGE_BYTES: usize = 64 << 20;
/// Length and checksum before each frame.
const HEADER_BYTES: usize = 8;
/// zstd's fast end: pages are read once at most.
const COMPRESSION_LEVEL: i32 = -3;

/// Pages by the link they were read from.
#[derive(Debug)]
pub struct PageLog {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    file: Option<File>,
    end: u64,
    pages: BTreeMap<String, Place>,
    done: BTreeSet<String>,
}

#[derive(Debug)]
struct Place {
    list: String,
    offset: u64,
    packed: usize,
    length: usize,
}

/// What stands before a page in its frame, on a line.
#[derive(Serialize, Deserialize)]
struct About {
    list: String,
    from: String,
    at: DateTime<Utc>,
    length: usize,
}

impl PageLog {
    /// Opens the pages that a scan left in `dir`, as far as they are good and fresh.
    ///
    /// # Errors
    /// The system's, if the file cannot be opened.
    pub fn open(dir: &Path, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let path = dir.join("pages");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(StoreError::io("open", &path))?;
        let (mut pages, end) = load(&mut file, now).map_err(StoreError::io("read", &path))?;
        let end = if pages.is_empty() { 0 } else { end };
        if file.set_len(end).is_err() {
            pages.clear();
        }
        let state = State { file: Some(file), end, pages, done: BTreeSet::new() };
        Ok(Self { path, state: Mutex::new(state) })
    }

    /// The page that was read from a path or link.
    pub fn recall(&self, from: &str) -> Option<Vec<u8>> {
        let mut state = self.state();
        let Place { offset, packed, length, .. } = *state.pages.get(from)?;
        let file = state.file.as_mut()?;
        let mut bytes = vec![0; packed];
        file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(&mut bytes)).ok()?;
        zstd::bulk::decompress(&bytes, length).ok()
    }

    /// Keeps a page of a list.
    pub fn keep(&self, list: &str, from: &str, body: &[u8], now: DateTime<Utc>) {
        let mut state = self.state();
        if body.len() > MAX_PAGE_BYTES || state.file.is_none() {
            return;
        }
        if let Err(error) = state.append(list, from, body, now) {
            tracing::warn!(file = %self.path.display(), %error, "a scan that is cut short will begin anew");
            *state = State::default();
        }
    }

    /// Lets the pages of a list go.
    pub fn forget(&self, list: &str) {
        self.state().pages.retain(|_, place| place.list != list);
    }

    /// A list was read to its end: with the end of the scan its pages go.
    pub fn done(&self, list: &str) {
        self.state().done.insert(list.to_owned());
    }

    /// The scan was stored: only lists that broke off are gone on with.
    pub fn end_scan(&self) {
        let mut state = self.state();
        let done = std::mem::take(&mut state.done);
        state.pages.retain(|_, place| !done.contains(&place.list));
        if state.pages.is_empty() {
            let emptied = state.file.as_mut().map(|file| file.set_len(0));
            state.end = 0;
            if let Some(Err(error)) = emptied {
                tracing::warn!(file = %self.path.display(), %error, "the pages of a scan could not be removed");
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn append(&mut self, list: &str, from: &str, body: &[u8], at: DateTime<Utc>) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let packed = zstd::bulk::compress(body, COMPRESSION_LEVEL)?;
        let about = About { list: list.to_owned(), from: from.to_owned(), at, length: body.len() };
        let mut frame = serde_json::to_vec(&about)?;
        frame.push(b'\n');
        let offset = self.end + (HEADER_BYTES + frame.len()) as u64;
        frame.extend_from_slice(&packed);
        let length = u32::try_from(frame.len()).map_err(io::Error::other)?;
        let header = [length.to_le_bytes(), crc32c::crc32c(&frame).to_le_bytes()].concat();
        file.seek(SeekFrom::Start(self.end))?;
        file.write_all(&header)?;
        file.write_all(&frame)?;
        self.end += (header.len() + frame.len()) as u64;
        let place = Place { list: about.list, offset, packed: packed.len(), length: body.len() };
        self.pages.insert(about.from, place);
        Ok(())
    }
}

/// All good frames of fresh lists, and where they end.
fn load(file: &mut File, now: DateTime<Utc>) -> io::Result<(BTreeMap<String, Place>, u64)> {
    let (mut pages, mut stale, mut end) = (BTreeMap::new(), BTreeSet::new(), 0);
    file.seek(SeekFrom::Start(0))?;
    let mut reader = io::BufReader::new(file);
    while let Some(frame) = frame(&mut reader) {
        let Some((about, packed)) = split(&frame) else { break };
        let age = now - about.at;
        if age > FRESH || age < TimeDelta::zero() {
            stale.insert(about.list.clone());
        }
        let next = end + (HEADER_BYTES + frame.len()) as u64;
        let place = Place {
            list: about.list,
            offset: next - packed as u64,
            packed,
            length: about.length.min(MAX_PAGE_BYTES),
        };
        pages.insert(about.from, place);
        end = next;
    }
    pages.retain(|_, place: &mut Place| !stale.contains(&place.list));
    Ok((pages, end))
}

fn frame(reader: &mut impl Read) -> Option<Vec<u8>> {
    let mut header = [0; HEADER_BYTES];
    reader.read_exact(&mut header).ok()?;
    let (length, checksum) = header.split_at(4);
    let length = usize::try_from(u32::from_le_bytes(length.try_into().ok()?)).ok()?;
    if length > 2 * MAX_PAGE_BYTES {
        return None;
    }
    let mut frame = vec![0; length];
    reader.read_exact(&mut frame).ok()?;
    (checksum == crc32c::crc32c(&frame).to_le_bytes()).then_some(frame)
}

/// What a frame says about its page, and how long the page is.
fn split(frame: &[u8]) -> Option<(About, usize)> {
    let line = frame.iter().position(|byte| *byte == b'\n')?;
    let about = serde_json::from_slice(frame.get(..line)?).ok()?;
    Some((about, frame.len() - line - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
    }

    #[test]
    fn pages_outlive_the_process_and_a_torn_end() {
        let dir = TempDir::new().unwrap();
        let log = PageLog::open(dir.path(), now()).unwrap();
        log.keep("/users", "/users", b"first", now());
        log.keep("/users", "https://next", &vec![b'x'; 100_000], now());
        drop(log);
        let path = dir.path().join("pages");
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], &whole[..20]].concat()).unwrap();
        let log = PageLog::open(dir.path(), now()).unwrap();
        assert_eq!(log.recall("/users").as_deref(), Some(&b"first"[..]));
        assert_eq!(log.recall("https://next").map(|page| page.len()), Some(100_000));
        log.keep("/users", "https://third", b"third", now());
        drop(log);
        std::fs::write(&path, &std::fs::read(&path).unwrap()[..whole.len() - 3]).unwrap();
        let log = PageLog::open(dir.path(), now()).unwrap();
        assert_eq!((log.recall("/users").is_some(), log.recall("https://next")), (true, None));
    }

    #[test]
    fn a_list_with_one_old_page_is_read_anew() {
        let dir = TempDir::new().unwrap();
        let log = PageLog::open(dir.path(), now()).unwrap();
        log.keep("/users", "/users", b"old", now() - FRESH - TimeDelta::seconds(1));
        log.keep("/users", "https://next", b"new", now());
        log.keep("/groups", "/groups", b"new", now());
        drop(log);
        let log = PageLog::open(dir.path(), now()).unwrap();
        assert_eq!((log.recall("/users"), log.recall("https://next")), (None, None));
        assert!(log.recall("/groups").is_some());
    }

    #[test]
    fn the_end_of_a_scan_leaves_only_what_broke_off() {
        let dir = TempDir::new().unwrap();
        let log = PageLog::open(dir.path(), now()).unwrap();
        log.keep("/users", "/users", b"1", now());
        log.keep("/groups", "/groups", b"2", now());
        log.done("/users");
        log.end_scan();
        assert_eq!((log.recall("/users"), log.recall("/groups").is_some()), (None, true));
        log.done("/groups");
        log.end_scan();
        drop(log);
        assert_eq!(std::fs::metadata(dir.path().join("pages")).unwrap().len(), 0);
    }
}
