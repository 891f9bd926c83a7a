//! Finding rows by id without a tree: rows sorted by id, found by halving.

use crate::snapshot::Id;

/// Rows sorted by an id.
pub(super) struct Index<'a, T> {
    rows: Vec<(&'a Id, &'a T)>,
}

impl<'a, T> Index<'a, T> {
    /// Sorts rows by id; of rows with the same id the first is found.
    pub(super) fn new(rows: &'a [T], id: impl Fn(&'a T) -> &'a Id) -> Self {
        let mut rows: Vec<(&Id, &T)> = rows.iter().map(|row| (id(row), row)).collect();
        if !rows.is_sorted_by(|left, right| left.0 <= right.0) {
            rows.sort_by(|left, right| left.0.cmp(right.0));
        }
        Self { rows }
    }

    /// The row with an id.
    pub(super) fn get(&self, id: &Id) -> Option<&'a T> {
        let at = self.rows.partition_point(|(row, _)| *row < id);
        self.rows.get(at).filter(|(row, _)| *row == id).map(|(_, row)| *row)
    }
}
