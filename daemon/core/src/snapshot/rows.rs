//! Rows of a family: in memory, or packed in runs that are unpacked when somebody looks. A run knows by
//! which digest it is kept, so that what did not change is neither unpacked nor written again.

use super::{Id, Row};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error as _};
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Names what is kept of a run: the same digest, the same rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunDigest(pub [u8; 16]);

/// A run as it is kept: it lies in memory, and to unpack it is to compute.
pub trait Packed: fmt::Debug + Send + Sync {
    /// Its rows as JSON lines; none if it is harmed.
    fn unpack(&self) -> Option<Vec<u8>>;
}

/// What is known of a run without unpacking it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunHead {
    /// What it is kept by; none if it was changed since.
    pub digest: Option<RunDigest>,
    /// How many rows it has.
    pub rows: usize,
    /// The key of its first row, if it has one.
    pub first: Option<Id>,
}

/// Rows that follow one another and are kept together.
#[derive(Clone, Debug)]
pub struct Run<T> {
    head: RunHead,
    packed: Option<Arc<dyn Packed>>,
    opened: OnceLock<Arc<Vec<T>>>,
}

/// Rows of a family. Either all of them are in memory, or every run can be had by itself.
#[derive(Clone)]
pub(super) struct Rows<T> {
    whole: OnceLock<Arc<Vec<T>>>,
    /// Where they are kept, in their order; none if they never were.
    runs: Vec<Run<T>>,
}

/// A part of the rows of a family: a run, or all of them if they were never kept.
pub struct Part<'a, T> {
    rows: &'a Rows<T>,
    run: Option<usize>,
    from: usize,
}

impl<T> Run<T> {
    /// A run that is kept.
    pub fn kept(head: RunHead, packed: Arc<dyn Packed>) -> Self {
        Self { head, packed: Some(packed), opened: OnceLock::new() }
    }
}

impl<T> From<Vec<T>> for Rows<T> {
    fn from(rows: Vec<T>) -> Self {
        Self { whole: OnceLock::from(Arc::new(rows)), runs: Vec::new() }
    }
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T> Rows<T> {
    /// Rows that are kept elsewhere.
    pub(super) fn kept(runs: Vec<Run<T>>) -> Self {
        Self { whole: OnceLock::new(), runs }
    }

    pub(super) fn len(&self) -> usize {
        match self.whole.get() {
            Some(rows) => rows.len(),
            None => self.runs.iter().map(|run| run.head.rows).sum(),
        }
    }

    /// Whether all of them lie in memory.
    pub(super) fn is_loaded(&self) -> bool {
        self.whole.get().is_some()
    }

    /// Runs, or everything at once.
    pub(super) fn parts(&self) -> impl Iterator<Item = Part<'_, T>> {
        let all = self.runs.is_empty().then_some(Part { rows: self, run: None, from: 0 });
        let runs = self.runs.iter().enumerate().scan(0, |next, (index, run)| {
            let from = *next;
            *next += run.head.rows;
            Some(Part { rows: self, run: Some(index), from })
        });
        all.into_iter().chain(runs)
    }

    /// By what they are kept; none if some are not. Without rows there is nothing to keep.
    pub(super) fn digests(&self) -> Option<Vec<RunDigest>> {
        let unkept = self.runs.is_empty() && self.len() > 0;
        if unkept { None } else { self.runs.iter().map(|run| run.head.digest).collect() }
    }
}

impl<T: Row> Rows<T> {
    /// Notes by what the rows are kept now: what was one run may be several.
    pub(super) fn note(&mut self, heads: Vec<RunHead>) {
        if heads.iter().map(|head| head.rows).sum::<usize>() != self.len() {
            return;
        }
        let mut runs = Vec::with_capacity(heads.len());
        let mut known = self.runs.iter().peekable();
        // Rows of the run under way that stand in chunks before this one.
        let mut done = 0;
        for head in heads {
            let end = done + head.rows;
            let run = known.peek().copied().filter(|_| !self.is_loaded());
            let (packed, opened) = match run {
                Some(run) if run.head.digest == head.digest => (run.packed.clone(), run.opened.clone()),
                Some(run) => (None, run.part(done..end)),
                None => (None, OnceLock::new()),
            };
            done = if run.is_some_and(|run| run.head.rows > end) { end } else { 0 };
            if done == 0 {
                known.next();
            }
            runs.push(Run { head, packed, opened });
        }
        self.runs = runs;
    }

    /// All rows; none if what is kept of them is harmed.
    pub(super) fn all(&self) -> Option<&[T]> {
        if self.whole.get().is_none() {
            let mut rows = Vec::with_capacity(self.len());
            for run in &self.runs {
                run.append_to(&mut rows)?;
            }
            let _ = self.whole.set(Arc::new(rows));
        }
        self.whole.get().map(|rows| rows.as_slice())
    }

    /// Adds rows; what was kept of them no longer counts.
    pub(super) fn extend(&mut self, page: Vec<T>) {
        if self.all().is_none() {
            return;
        }
        self.runs.clear();
        if let Some(rows) = self.whole.get_mut() {
            Arc::make_mut(rows).extend(page);
        }
    }
}

impl<T: Row> Run<T> {
    fn append_to(&self, rows: &mut Vec<T>) -> Option<()> {
        if let Some(opened) = self.opened.get() {
            rows.extend_from_slice(opened);
            return Some(());
        }
        let lines = self.packed.as_ref()?.unpack()?;
        for row in serde_json::Deserializer::from_slice(&lines).into_iter::<T>() {
            rows.push(row.ok()?);
        }
        Some(())
    }

    fn part(&self, range: Range<usize>) -> OnceLock<Arc<Vec<T>>> {
        let rows = self.open().and_then(|rows| rows.get(range));
        rows.map_or_else(OnceLock::new, |rows| OnceLock::from(Arc::new(rows.to_vec())))
    }

    fn open(&self) -> Option<&[T]> {
        if self.opened.get().is_none() {
            let mut rows = Vec::with_capacity(self.head.rows);
            self.append_to(&mut rows)?;
            let _ = self.opened.set(Arc::new(rows));
        }
        self.opened.get().map(|rows| rows.as_slice())
    }
}

impl<'a, T: Row> Part<'a, T> {
    /// What is known of it, if it is a run.
    pub fn head(&self) -> Option<&'a RunHead> {
        self.rows.runs.get(self.run?).map(|run| &run.head)
    }

    /// Its rows; none if they are harmed.
    pub fn rows(&self) -> Option<&'a [T]> {
        match (self.rows.whole.get(), self.run) {
            (_, None) => self.rows.all(),
            (Some(whole), Some(index)) => {
                let count = self.rows.runs.get(index)?.head.rows;
                whole.get(self.from..self.from + count)
            }
            (None, Some(index)) => self.rows.runs.get(index)?.open(),
        }
    }
}

impl<T: Row> Run<T> {
    /// A run that is kept no longer, or not yet. Its rows are held here unless they stand in the whole.
    fn changed(rows: Vec<T>, whole: Option<&mut Vec<T>>) -> Self {
        let first = rows.first().and_then(Row::key).cloned();
        let head = RunHead { digest: None, rows: rows.len(), first };
        let opened = match whole {
            Some(whole) => {
                whole.extend(rows);
                OnceLock::new()
            }
            None => OnceLock::from(Arc::new(rows)),
        };
        Self { head, packed: None, opened }
    }
}

impl<T: Row> Rows<T> {
    /// Orders rows by their keys. What is kept is in that order.
    pub(super) fn sort(&mut self) {
        if let Some(rows) = self.whole.get_mut()
            && !rows.is_sorted_by_key(Row::key)
        {
            sort(Arc::make_mut(rows).as_mut_slice());
            self.runs.clear();
        }
    }

    /// The row of an id, where rows stand in the order of their keys.
    pub(super) fn get(&self, id: &Id) -> Option<&T> {
        let parts: Vec<Part<'_, T>> = self.parts().collect();
        let rows = parts.get(parts.partition_point(|part| part.begins_before(id)).checked_sub(1)?)?.rows()?;
        rows.get(rows.binary_search_by(|row| row.key().cmp(&Some(id))).ok()?)
    }

    /// The rows with some of them changed, which stand in the order of their keys: `change` is shown the
    /// row of each id, if there is one, and gives the new one, if there is to be one. None if they are harmed.
    pub(super) fn revised<E>(
        &self,
        ids: impl Iterator<Item = Id>,
        mut change: impl FnMut(&Id, Option<&T>) -> Result<Option<T>, E>,
    ) -> Result<Option<Self>, E> {
        let parts: Vec<Part<'_, T>> = self.parts().collect();
        let mut changed: Vec<Option<Vec<T>>> = vec![None; parts.len()];
        for id in ids {
            let after = parts.partition_point(|part| part.begins_before(&id));
            let index = after.saturating_sub(1);
            let (Some(part), Some(place)) = (parts.get(index), changed.get_mut(index)) else {
                return Ok(None);
            };
            if place.is_none() {
                *place = part.rows().map(<[T]>::to_vec);
            }
            let Some(rows) = place else { return Ok(None) };
            match rows.binary_search_by(|row| row.key().cmp(&Some(&id))) {
                Ok(at) => match change(&id, rows.get(at))? {
                    Some(row) => rows[at] = row,
                    None => drop(rows.remove(at)),
                },
                Err(at) => {
                    if let Some(row) = change(&id, None)? {
                        rows.insert(at, row);
                    }
                }
            }
        }
        Ok(self.with_parts(&parts, changed))
    }

    /// The same rows but for some parts. Whether all of them are in memory stays as it is.
    fn with_parts(&self, parts: &[Part<'_, T>], changed: Vec<Option<Vec<T>>>) -> Option<Self> {
        let mut whole = self.is_loaded().then(|| Vec::with_capacity(self.len()));
        let mut runs = Vec::with_capacity(parts.len());
        for (part, rows) in parts.iter().zip(changed) {
            if let Some(rows) = rows {
                if !rows.is_empty() {
                    runs.push(Run::changed(rows, whole.as_mut()));
                }
                continue;
            }
            if let Some(whole) = &mut whole {
                whole.extend_from_slice(part.rows()?);
            }
            runs.extend(part.run.and_then(|index| self.runs.get(index)).cloned());
        }
        let whole = whole.map_or_else(OnceLock::new, |rows| OnceLock::from(Arc::new(rows)));
        Some(Self { whole, runs })
    }
}

/// Orders rows by their keys, equal ones as they stand. Rows are moved in place: a million of them are
/// large, and half as much again would be taken to merge them.
fn sort<T: Row>(rows: &mut [T]) {
    let rank = |row: &T| row.key().map_or(0, Id::rank);
    let mut order: Vec<(u64, usize)> = rows.iter().map(rank).zip(0..).collect();
    let key = |at: usize| rows.get(at).and_then(Row::key);
    order.sort_unstable_by(|(one, at), (other, place)| {
        one.cmp(other).then_with(|| key(*at).cmp(&key(*place))).then(at.cmp(place))
    });
    // Along each cycle of the permutation, so that every row is moved once.
    for start in 0..order.len() {
        let mut place = start;
        while let Some((_, from)) = order.get_mut(place) {
            let next = std::mem::replace(from, place);
            if next == start || next == place {
                break;
            }
            rows.swap(place, next);
            place = next;
        }
    }
}

impl<T> Part<'_, T> {
    /// Whether a row of this id stands in it or after it.
    fn begins_before(&self, id: &Id) -> bool {
        let first =
            self.run.and_then(|index| self.rows.runs.get(index)).and_then(|run| run.head.first.as_ref());
        first.is_none_or(|first| first <= id)
    }
}

impl<T: Row> PartialEq for Rows<T> {
    fn eq(&self, other: &Self) -> bool {
        if self.digests().is_some_and(|digests| !digests.is_empty() && other.digests() == Some(digests)) {
            return true;
        }
        matches!((self.all(), other.all()), (Some(one), Some(other)) if one == other)
    }
}

impl<T: fmt::Debug> fmt::Debug for Rows<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.whole.get() {
            Some(rows) => rows.fmt(out),
            None => write!(out, "{} rows, packed", self.len()),
        }
    }
}

impl<T: Row> Serialize for Rows<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.all()
            .ok_or_else(|| S::Error::custom("what is kept of the rows is harmed"))?
            .serialize(serializer)
    }
}

impl<'de, T: Row> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests;
