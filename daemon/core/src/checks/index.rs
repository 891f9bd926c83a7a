//! Finding rows by id without a tree: rows sorted by a number taken from the id, found by halving.

use crate::snapshot::Id;

/// Rows that can be found by their id.
pub(super) enum Index<'a, T> {
    /// They stand in the order of their ids, as those of a snapshot do.
    Ordered(&'a [T], fn(&T) -> &Id),
    /// By the short form of the id.
    Short(Vec<(u64, &'a Id, &'a T)>),
}

impl<'a, T> Index<'a, T> {
    /// Makes rows findable; of rows with the same id the first is found.
    pub(super) fn new(rows: &'a [T], id: fn(&T) -> &Id) -> Self {
        if rows.is_sorted_by_key(id) {
            return Self::Ordered(rows, id);
        }
        let mut rows: Vec<(u64, &Id, &T)> = rows.iter().map(|row| (id(row).short(), id(row), row)).collect();
        rows.sort_by_key(|(short, ..)| *short);
        Self::Short(rows)
    }

    /// The row with an id.
    pub(super) fn get(&self, wanted: &Id) -> Option<&'a T> {
        match self {
            Self::Ordered(rows, id) => {
                let at = rows.partition_point(|row| id(row) < wanted);
                rows.get(at).filter(|row| id(row) == wanted)
            }
            Self::Short(rows) => {
                let short = wanted.short();
                let from = rows.partition_point(|(other, ..)| *other < short);
                let same = rows.get(from..)?.iter().take_while(|(other, ..)| *other == short);
                same.into_iter().find(|(_, other, _)| *other == wanted).map(|(.., row)| *row)
            }
        }
    }
}

/// Rows of two families about the same objects, walked together: both stand in the same order as a rule, so
/// that the row wanted is most often the next, or is seen to be missing there.
pub(super) struct Alongside<'a, T> {
    rows: &'a [T],
    id: fn(&T) -> &Id,
    at: usize,
    index: Option<Index<'a, T>>,
}

impl<'a, T> Alongside<'a, T> {
    /// Begins at the first row.
    pub(super) fn new(rows: &'a [T], id: fn(&T) -> &Id) -> Self {
        Self { rows, id, at: 0, index: None }
    }

    /// The row about an object.
    pub(super) fn next(&mut self, object: &Id) -> Option<&'a T> {
        if let Some(row) = self.rows.get(self.at).filter(|row| (self.id)(row) == object) {
            self.at += 1;
            return Some(row);
        }
        let (rows, id) = (self.rows, self.id);
        let index = self.index.get_or_insert_with(|| Index::new(rows, id));
        if matches!(index, Index::Ordered(..)) {
            let before = self.at.checked_sub(1).and_then(|at| rows.get(at));
            let is_missing = before.is_none_or(|row| id(row) < object)
                && rows.get(self.at).is_none_or(|row| object < id(row));
            if is_missing {
                return None;
            }
        }
        index.get(object)
    }
}
