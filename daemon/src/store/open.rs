//! Opening a store: lock, read everything once, put right what a crash left, name what no crash explains.

use super::checkpoint::{self, Checkpoints};
use super::database;
use super::disk::{Disk, OpenFile, create_folder};
use super::index::Index;
use super::personal::{self, Loaded, PersonalFile};
use super::saved_state::SavedState;
use super::scan::{Ending, Rigor, Scan, Torn, scan};
use super::snapshots::Snapshots;
use super::writer::Writer;
use super::{Damage, JOURNAL_FOLDER, Journal, Reader, Repair, Store, StoreError, lock, segment};
use crate::ambient::Random;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};
use trueconfig_common::id::TenantName;
use trueconfig_core::journal::chain::Position;
use trueconfig_core::journal::record::Record;

/// The index takes in at most this many records at once while it catches up.
const CATCH_UP_RECORDS: usize = 1024;

/// An open store and what opening it found.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// What interrupted writes had left and was put right; belongs in the journal.
    pub repairs: Vec<Repair>,
    /// What no interrupted write explains. The store is then readable up to there and takes no
    /// records.
    pub damage: Option<Damage>,
}

/// See [`Store::open_on`].
pub(super) fn open(
    disk: Arc<dyn Disk>,
    random: Arc<dyn Random>,
    dir: &Path,
    tenant: &TenantName,
) -> Result<Opened, StoreError> {
    let folder = dir.join(JOURNAL_FOLDER);
    create_folder(&folder).map_err(StoreError::io("create", &folder))?;
    let lock = lock::take(dir)?;
    let mut repairs = Vec::new();
    let side_file = personal::load(&personal::path_in(dir))?;
    let sworn = checkpoint::load(dir)?;
    let scan = scan(&folder, segment::list(&folder)?, Some(tenant), Rigor::Chain, &sworn.sizes())?;

    let database = if disk.carries_database() { database::open(dir, &mut repairs) } else { None };
    let index = database.as_ref().and_then(|database| Index::open(database).ok());
    let marks = Arc::new(RwLock::new(scan.marks.clone()));
    let reader = Reader::new(folder.clone(), marks.clone(), side_file.texts.clone());
    let contradiction = contradiction(&reader, index.as_ref())?
        .or_else(|| checkpoint::judge(dir, &sworn, &scan.roots, scan.chain.end().seq, Some(tenant), None).1);
    let damage = damage_of(&scan, &side_file, contradiction);
    if damage.is_none() {
        repairs.extend(cut_torn_ends(disk.as_ref(), dir, &scan, &side_file)?);
    }
    let index = index.filter(|index| damage.is_some() || catch_up(index, &reader, scan.chain.end()).is_ok());
    let reader = reader.with_index(index.clone()).frozen(damage.is_some());
    let journal = match &damage {
        Some(damage) => Journal::Frozen { damage: damage.clone(), end: scan.chain.end() },
        None => Journal::Open {
            writer: Box::new(Writer::open(disk.clone(), folder, tenant.clone(), &scan)?),
            personal: PersonalFile::open(disk.clone(), personal::path_in(dir), &side_file)?,
            checkpoints: Checkpoints::open(disk.clone(), dir, &sworn)?,
        },
    };
    sync_names(disk.as_ref(), dir)?;
    let state = SavedState::open(database.as_ref())?;
    let snapshots = Snapshots::open(dir, database.as_ref())?;
    let dir = dir.to_owned();
    let store =
        Store { dir, disk, random, journal, marks, reader, database, index, state, snapshots, _lock: lock };
    Ok(Opened { store, repairs, damage })
}

fn damage_of(scan: &Scan, side_file: &Loaded, contradiction: Option<Damage>) -> Option<Damage> {
    match &scan.ending {
        Ending::Damaged(damage) => Some(damage.clone()),
        Ending::Whole | Ending::Torn(_) => side_file.damage.clone().or(contradiction),
    }
}

/// The index follows the journal's sync, so whatever record it knows must be there, unchanged.
fn contradiction(reader: &Reader, index: Option<&Index>) -> Result<Option<Damage>, StoreError> {
    let Some(known) = index.and_then(Index::position).filter(|known| *known != Position::START) else {
        return Ok(None);
    };
    let (seq, what) = match reader.hash_of(known.seq)? {
        Some(hash) if hash == known.hash => return Ok(None),
        Some(_) => {
            (known.seq, "the record is not the one that was acknowledged: the journal was rewritten".into())
        }
        None => {
            let what = format!("the index remembers record {}: records were removed at the end", known.seq);
            (reader.last_seq() + 1, what)
        }
    };
    Ok(Some(Damage { file: reader.folder().to_owned(), line: 0, seq, what }))
}

fn cut_torn_ends(
    disk: &dyn Disk,
    dir: &Path,
    scan: &Scan,
    side_file: &Loaded,
) -> Result<Vec<Repair>, StoreError> {
    let mut repairs = Vec::new();
    if let Ending::Torn(Torn { segment, line, offset, what }) = &scan.ending {
        repairs.push(cut(disk, dir, &segment.path, *line, *offset, what)?);
    }
    if let Some((line, what)) = side_file.torn {
        let path = personal::path_in(dir);
        repairs.push(cut(disk, dir, &path, line, side_file.good, what)?);
    }
    Ok(repairs)
}

/// Cuts a file durably; what is cut is kept beside, unless the disk is too full for it.
fn cut(
    disk: &dyn Disk,
    dir: &Path,
    path: &Path,
    line: u64,
    offset: u64,
    what: &str,
) -> Result<Repair, StoreError> {
    let content = fs::read(path).map_err(StoreError::io("read", path))?;
    let tail = content.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
    let kept_as = keep(dir, path, offset, tail);
    let file = OpenFile::open(path.to_owned()).map_err(StoreError::io("open", path))?;
    disk.truncate(&file, offset).map_err(StoreError::io("truncate", path))?;
    disk.sync(&file).map_err(StoreError::io("sync", path))?;
    let what =
        format!("{what}; {} bytes of an unacknowledged write were cut from line {line} on", tail.len());
    Ok(Repair { file: path.to_owned(), line, bytes: tail.len() as u64, kept_as, what })
}

fn keep(dir: &Path, path: &Path, offset: u64, tail: &[u8]) -> Option<PathBuf> {
    let folder = dir.join("cut");
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    let kept = folder.join(format!("{}.{offset}.{time}", path.file_name()?.to_str()?));
    create_folder(&folder).ok()?;
    OpenFile::open(kept.clone()).ok()?;
    fs::write(&kept, tail).ok()?;
    Some(kept)
}

fn catch_up(index: &Index, reader: &Reader, end: Position) -> Result<(), StoreError> {
    let known = index.position().unwrap_or(Position::START);
    if known == Position::START {
        index.clear()?;
    }
    let mut batch: Vec<Record> = Vec::new();
    for record in reader.replay(known.seq)? {
        batch.push(record?);
        if batch.len() == CATCH_UP_RECORDS {
            let last = batch.last().map_or(0, |record| record.seq);
            let hash = reader.hash_of(last)?.unwrap_or(end.hash);
            index.add(&batch, Position { seq: last, hash })?;
            batch.clear();
        }
    }
    index.add(&batch, end)
}

/// The names of the journal's folder and the side file must survive a power cut too.
fn sync_names(disk: &dyn Disk, dir: &Path) -> Result<(), StoreError> {
    disk.sync_folder(dir).map_err(StoreError::io("sync", dir))?;
    let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) else {
        return Ok(());
    };
    disk.sync_folder(parent).map_err(StoreError::io("sync", parent))
}
