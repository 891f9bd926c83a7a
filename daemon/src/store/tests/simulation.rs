//! A power cut at any operation, at any byte, with failing syncs before it, replayable by seed.
//!
//! The store works on real files; beside them a model keeps what a disk would hold: what was synced,
//! and of the rest any sectors it pleases. After the cut the store is opened on what the model held.

use super::*;
use crate::ambient::SystemRandom;
use crate::store::disk::Disk;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Mutex;

const SEEDS: u64 = 120;
const SECTOR_BYTES: usize = 512;
const APPENDS: u64 = 40;

struct ModelDisk(Mutex<Model>);

struct Model {
    random: Random,
    operations_left: usize,
    durable: BTreeMap<PathBuf, Vec<u8>>,
    pending: BTreeMap<PathBuf, Vec<Pending>>,
    names: BTreeSet<PathBuf>,
}

enum Pending {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

fn crashed() -> io::Error {
    io::Error::other("the power is gone")
}

impl Model {
    /// Counts an operation; the one at which the power goes and all after it fail.
    fn operate(&mut self) -> io::Result<()> {
        self.operations_left = self.operations_left.saturating_sub(1);
        if self.operations_left == 0 { Err(crashed()) } else { Ok(()) }
    }

    /// Lets pending operations of a file reach the disk: all of them, or any part.
    fn settle(&mut self, path: &Path, all: bool) {
        let content = self.durable.entry(path.to_owned()).or_default();
        for pending in self.pending.remove(path).unwrap_or_default() {
            match pending {
                Pending::Truncate(length) if all || self.random.one_in(2) => content.resize(length, 0),
                Pending::Truncate(_) => {}
                Pending::Write { offset, bytes } => {
                    for (start, sector) in sectors(offset, &bytes) {
                        if all || !self.random.one_in(3) {
                            put(content, start, sector);
                        }
                    }
                }
            }
        }
    }

    /// What the next start finds.
    fn write_to(&mut self, from: &Path, to: &Path) {
        let paths: Vec<PathBuf> = self.pending.keys().cloned().collect();
        for path in paths {
            self.settle(&path, false);
        }
        for (path, content) in &self.durable {
            if !self.names.contains(path) && self.random.one_in(2) {
                continue;
            }
            let path = to.join(path.strip_prefix(from).unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
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

impl Disk for ModelDisk {
    fn write_at(&self, file: &OpenFile, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut model = self.0.lock().unwrap();
        let written = match model.operate() {
            Ok(()) => bytes.len(),
            Err(_) => model.random.below(bytes.len() + 1),
        };
        let part = bytes[..written].to_vec();
        file.handle.write_all_at(&part, offset)?;
        let write = Pending::Write { offset: offset as usize, bytes: part };
        model.pending.entry(file.path.clone()).or_default().push(write);
        if model.operations_left == 0 || written < bytes.len() { Err(crashed()) } else { Ok(()) }
    }

    fn sync(&self, file: &OpenFile) -> io::Result<()> {
        let mut model = self.0.lock().unwrap();
        model.operate()?;
        // A failed sync drops what it could not write, and the next one will not tell.
        let fails = model.random.one_in(15);
        model.settle(&file.path, !fails);
        if fails { Err(io::Error::from_raw_os_error(5)) } else { Ok(()) }
    }

    fn truncate(&self, file: &OpenFile, length: u64) -> io::Result<()> {
        let mut model = self.0.lock().unwrap();
        model.operate()?;
        file.handle.set_len(length)?;
        model.pending.entry(file.path.clone()).or_default().push(Pending::Truncate(length as usize));
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut model = self.0.lock().unwrap();
        model.operate()?;
        for entry in fs::read_dir(folder)? {
            model.names.insert(entry?.path());
        }
        Ok(())
    }

    fn free_bytes(&self, _folder: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

/// What the writer knows when the power goes.
struct Written {
    acknowledged: Vec<u64>,
    /// Groups that failed since the last one that was acknowledged: one of them may be found.
    in_flight: Vec<Vec<u64>>,
}

fn write_until_the_cut(disk: Arc<ModelDisk>, dir: &Path, random: &mut Random) -> Written {
    let mut written = Written { acknowledged: Vec::new(), in_flight: Vec::new() };
    let Ok(mut opened) = Store::open_on(disk.clone(), Arc::new(SystemRandom), dir, &tenant()) else {
        return written;
    };
    let signer = signer();
    let mut number = 1;
    for _ in 0..APPENDS {
        if random.one_in(4) {
            // What it covers was durable before, so no cut may leave a checkpoint without its records.
            let _ = opened.store.sign(&signer, DateTime::UNIX_EPOCH);
        }
        let count = if random.one_in(2) { 1 } else { 1 + random.below(20) as u64 };
        let group: Vec<Draft> = (number..number + count).map(|number| padded(number, random)).collect();
        if opened.store.append(group).is_ok() {
            written.acknowledged.extend(number..number + count);
            written.in_flight.clear();
        } else {
            written.in_flight.push((number..number + count).collect());
        }
        if disk.0.lock().unwrap().operations_left == 0 {
            break;
        }
        number += count;
    }
    written
}

/// Some records are larger than a page.
fn padded(number: u64, random: &mut Random) -> Draft {
    let padding = if random.one_in(6) { random.below(10_000) } else { random.below(100) };
    let note = format!("note {number}");
    let body = json!({"number": number, "padding": "x".repeat(padding), "note": {"@personal": note}});
    Draft { body, ..draft(number) }
}

fn check_what_is_left(dir: &TempDir, written: &Written, seed: u64) {
    let mut opened = open(dir);
    assert_eq!(opened.damage, None, "seed {seed}");
    let found = numbers(&opened.store);
    let (kept, rest) = found.split_at(written.acknowledged.len().min(found.len()));
    assert_eq!(kept, written.acknowledged, "seed {seed}: acknowledged records are there");
    let whole_group = rest.is_empty() || written.in_flight.iter().any(|group| group == rest);
    assert!(whole_group, "seed {seed}: {rest:?} of the groups {:?}", written.in_flight);
    for record in opened.store.replay(0).unwrap().map(Result::unwrap) {
        let note = format!("note {}", record.body["number"]);
        assert_eq!(record.body["note"]["@personal"], json!(note), "seed {seed}: its text is there");
    }
    opened.store.append(drafts(1000..=1001)).unwrap();
    let report = verify(dir.path(), None).unwrap();
    assert!(report.is_intact(), "seed {seed}: {report}");
}

/// Must show: nothing acknowledged is missing, wherever the power goes.
#[test]
fn r80_no_acknowledged_record_is_lost_in_a_simulated_power_cut() {
    let seeds = std::env::var("TRUECONFIG_SIMULATION_SEEDS").map_or(SEEDS, |text| text.parse().unwrap());
    let mut repaired = 0;
    for seed in 0..seeds {
        let mut random = Random(seed);
        let dir = TempDir::new().unwrap();
        let model = Model {
            operations_left: 1 + random.below(150),
            random: Random(seed ^ 0xfeed),
            durable: BTreeMap::new(),
            pending: BTreeMap::new(),
            names: BTreeSet::new(),
        };
        let disk = Arc::new(ModelDisk(Mutex::new(model)));
        let written = write_until_the_cut(disk.clone(), dir.path(), &mut random);
        let left = TempDir::new().unwrap();
        disk.0.lock().unwrap().write_to(dir.path(), left.path());
        if verify(left.path(), None).is_ok_and(|report| !report.is_intact()) {
            repaired += 1;
        }
        check_what_is_left(&left, &written, seed);
    }
    assert!(repaired > seeds / 20, "the cuts leave torn records behind: {repaired} of {seeds}");
}
