//! A disk that keeps what was synced, and of the rest any sectors it pleases.
//!
//! The store works on files of this machine; beside them stands what the simulated disk would hold.

use crate::chance::Chance;
use crate::coverage::{Coverage, record_kinds};
use crate::power::Power;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use trueconfig_daemon::store::{Disk, OpenFile};

const SECTOR_BYTES: usize = 512;

/// One failing sync in so many.
const SYNCS_PER_FAILURE: usize = 60;

/// See the module.
pub struct SimulatedDisk {
    model: Mutex<Model>,
    power: Arc<Power>,
    coverage: Arc<Coverage>,
}

struct Model {
    chance: Chance,
    calm: bool,
    durable: BTreeMap<PathBuf, Vec<u8>>,
    pending: BTreeMap<PathBuf, Vec<Pending>>,
    names: BTreeSet<PathBuf>,
    /// Kinds of records that are being written, and where.
    kinds: Vec<String>,
    written_at: usize,
}

enum Pending {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

impl SimulatedDisk {
    pub fn new(chance: Chance, power: Arc<Power>, coverage: Arc<Coverage>) -> Self {
        let model = Model {
            chance,
            calm: false,
            durable: BTreeMap::new(),
            pending: BTreeMap::new(),
            names: BTreeSet::new(),
            kinds: Vec::new(),
            written_at: 0,
        };
        Self { model: Mutex::new(model), power, coverage }
    }

    /// No sync fails any more.
    pub fn calm(&self) {
        self.model.lock().unwrap().calm = true;
    }

    /// What a power cut now would certainly leave of the journal in a store's folder.
    pub fn durable_journal(&self, store: &Path) -> Vec<u8> {
        let folder = store.join("journal");
        let model = self.model.lock().unwrap();
        let segments = model.durable.iter().filter(|(path, _)| path.starts_with(&folder));
        segments.flat_map(|(_, bytes)| bytes.clone()).collect()
    }

    /// The power is gone: what the next start finds is written to another folder.
    pub fn survive(&self, from: &Path, to: &Path) {
        let mut model = self.model.lock().unwrap();
        let paths: Vec<PathBuf> = model.pending.keys().cloned().collect();
        if !paths.is_empty() {
            self.coverage.fault("unsynced data lost");
        }
        paths.iter().for_each(|path| model.settle(path, false));
        let (durable, names) = (std::mem::take(&mut model.durable), std::mem::take(&mut model.names));
        for (path, content) in durable {
            if !names.contains(&path) && model.chance.one_in(2) {
                continue;
            }
            let path = to.join(path.strip_prefix(from).unwrap());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &content).unwrap();
            model.names.insert(path.clone());
            model.durable.insert(path, content);
        }
    }

    fn operate(&self) -> io::Result<MutexGuard<'_, Model>> {
        if self.power.is_off() {
            return Err(gone());
        }
        Ok(self.model.lock().unwrap())
    }

    /// The power goes in the middle of a write: part of it may be on the disk.
    fn interrupt(&self, model: &mut Model, file: &OpenFile, bytes: &[u8], offset: u64) -> io::Error {
        let written = model.chance.below(bytes.len() + 1);
        model.write(&file.path, &bytes[..written], offset);
        self.coverage.fault("crash in a write");
        self.power.cut();
        gone()
    }

    /// Whether the power goes at the boundary of what was synced just now.
    fn at_boundary(&self, model: &mut Model, file: &OpenFile) {
        if !is_journal(&file.path) || model.kinds.is_empty() || model.is_hidden(&file.path) {
            return;
        }
        let kinds = std::mem::take(&mut model.kinds);
        self.coverage.written(&kinds);
        if let Some(kind) = self.power.after_records(&kinds) {
            self.coverage.boundary("after", &kind);
            self.power.cut();
        }
    }
}

impl Model {
    fn write(&mut self, path: &Path, bytes: &[u8], offset: u64) {
        let write = Pending::Write { offset: offset as usize, bytes: bytes.to_vec() };
        self.pending.entry(path.to_owned()).or_default().push(write);
    }

    /// Lets pending operations of a file reach the disk: all of them, or any part.
    fn settle(&mut self, path: &Path, all: bool) {
        let content = self.durable.entry(path.to_owned()).or_default();
        for pending in self.pending.remove(path).unwrap_or_default() {
            match pending {
                Pending::Truncate(length) if all || self.chance.one_in(2) => content.resize(length, 0),
                Pending::Truncate(_) => {}
                Pending::Write { offset, bytes } => {
                    for (start, sector) in sectors(offset, &bytes) {
                        if all || !self.chance.one_in(3) {
                            put(content, start, sector);
                        }
                    }
                }
            }
        }
    }

    /// A group of records that lacks its first byte is not there yet.
    fn is_hidden(&self, path: &Path) -> bool {
        let first = self.written_at.checked_sub(1);
        first.is_some_and(|at| self.durable.get(path).and_then(|bytes| bytes.get(at)) == Some(&0))
    }
}

/// A write cut at the borders of sectors, each of which reaches the disk or does not.
fn sectors(offset: usize, bytes: &[u8]) -> Vec<(usize, &[u8])> {
    let mut parts = Vec::new();
    let (mut start, mut rest) = (offset, bytes);
    while !rest.is_empty() {
        let length = (SECTOR_BYTES - start % SECTOR_BYTES).min(rest.len());
        parts.push((start, &rest[..length]));
        start += length;
        rest = &rest[length..];
    }
    parts
}

fn put(content: &mut Vec<u8>, start: usize, bytes: &[u8]) {
    let end = start + bytes.len();
    content.resize(content.len().max(end), 0);
    content[start..end].copy_from_slice(bytes);
}

fn gone() -> io::Error {
    io::Error::other("the power is gone")
}

fn is_journal(path: &Path) -> bool {
    path.parent().is_some_and(|folder| folder.ends_with("journal"))
}

/// Kinds of the records in some lines, in order.
fn kinds_in(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let kinds = text
        .match_indices("\"kind\":\"")
        .filter_map(|(at, found)| text[at + found.len()..].split('"').next());
    kinds.filter(|kind| record_kinds().contains(*kind)).map(str::to_owned).collect()
}

impl Disk for SimulatedDisk {
    fn write_at(&self, file: &OpenFile, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut model = self.operate()?;
        if is_journal(&file.path) && bytes.len() > 1 {
            model.kinds = kinds_in(bytes);
            model.written_at = offset as usize;
            if let Some(kind) = self.power.before_records(&model.kinds) {
                self.coverage.boundary("before", &kind);
                self.power.cut();
                return Err(gone());
            }
        }
        if self.power.operation() {
            return Err(self.interrupt(&mut model, file, bytes, offset));
        }
        file.handle.write_all_at(bytes, offset)?;
        model.write(&file.path, bytes, offset);
        Ok(())
    }

    fn sync(&self, file: &OpenFile) -> io::Result<()> {
        let mut model = self.operate()?;
        if self.power.operation() {
            self.coverage.fault("crash in a sync");
            self.power.cut();
            return Err(gone());
        }
        // A failed sync drops what it could not write, and the next one will not tell.
        let fails = !model.calm && model.chance.one_in(SYNCS_PER_FAILURE);
        model.settle(&file.path, !fails);
        if fails {
            self.coverage.fault("failed sync");
            return Err(io::Error::from_raw_os_error(5));
        }
        self.at_boundary(&mut model, file);
        Ok(())
    }

    fn truncate(&self, file: &OpenFile, length: u64) -> io::Result<()> {
        let mut model = self.operate()?;
        file.handle.set_len(length)?;
        model.pending.entry(file.path.clone()).or_default().push(Pending::Truncate(length as usize));
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut model = self.operate()?;
        for entry in std::fs::read_dir(folder)? {
            model.names.insert(entry?.path());
        }
        Ok(())
    }

    fn free_bytes(&self, _folder: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    fn carries_database(&self) -> bool {
        false
    }
}
