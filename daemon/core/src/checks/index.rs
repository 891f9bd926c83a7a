//! Finding rows by id without a tree: rows sorted by a number taken from the id, found by halving.

use crate::snapshot::Id;

/// Rows sorted by the short form of an id.
pub(super) struct Index<'a, T> {
    rows: Vec<(u64, &'a Id, &'a T)>,
}

impl<'a, T> Index<'a, T> {
    /// Sorts rows by id; of rows with the same id the first is found.
    pub(super) fn new(rows: &'a [T], id: impl Fn(&'a T) -> &'a Id) -> Self {
        let mut rows: Vec<(u64, &Id, &T)> = rows.iter().map(|row| (id(row).short(), id(row), row)).collect();
        rows.sort_by_key(|(short, ..)| *short);
        Self { rows }
    }

    /// The row with an id.
    pub(super) fn get(&self, id: &Id) -> Option<&'a T> {
        let short = id.short();
        let from = self.rows.partition_point(|(other, ..)| *other < short);
        let same = self.rows.get(from..)?.iter().take_while(|(other, ..)| *other == short);
        same.into_iter().find(|(_, other, _)| *other == id).map(|(.., row)| *row)
    }
}

/// Rows of two families about the same objects, walked together: Graph lists them in the same
/// order as a rule, so that the next row is most often the right one and no index is needed.
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
        self.index.get_or_insert_with(|| Index::new(rows, id)).get(object)
    }
}
