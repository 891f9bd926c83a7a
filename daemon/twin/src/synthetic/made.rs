//! Rows that are made when they are asked for, with what was written to them laid over.

use std::collections::BTreeMap;

use super::row::{Bytes, Sink, Whole};
use crate::tenant::{Columns, HeldRows, Object, Row, Rows, text_of};

/// Makes the rows of one collection.
pub(super) trait Generator: Send + Sync {
    /// How many.
    fn count(&self) -> usize;
    /// Which row has this key.
    fn position(&self, key: &str) -> Option<usize>;
    /// Properties by which a row is found without looking at all of them.
    fn indexed(&self) -> &'static [&'static str];
    /// Which row has this value of an indexed property.
    fn position_by(&self, property: &str, value: &str) -> Option<usize>;
    /// Writes one row.
    fn make(&self, position: usize, sink: &mut dyn Sink);
}

/// Generated rows first, then those that were added.
pub(super) struct MadeRows<G> {
    generator: G,
    /// Rows that are no longer as they were made; nothing for those that were taken out.
    changed: BTreeMap<usize, Option<Object>>,
    added: HeldRows,
}

impl<G: Generator> MadeRows<G> {
    pub(super) fn new(key: &'static str, generator: G) -> Self {
        Self { generator, changed: BTreeMap::new(), added: HeldRows::new(key, Vec::new()) }
    }

    fn made(&self, position: usize) -> Object {
        let mut row = Whole::default();
        self.generator.make(position, &mut row);
        row.0
    }

    fn as_made(&self, position: usize) -> bool {
        position < self.generator.count() && !self.changed.contains_key(&position)
    }
}

impl<G: Generator> Rows for MadeRows<G> {
    fn len(&self) -> usize {
        self.generator.count() + self.added.len()
    }

    fn count(&self) -> usize {
        self.len() - self.changed.values().filter(|row| row.is_none()).count()
    }

    fn holds(&self, position: usize) -> bool {
        position < self.len() && !matches!(self.changed.get(&position), Some(None))
    }

    fn at(&self, position: usize) -> Option<Row<'_>> {
        if let Some(added) = position.checked_sub(self.generator.count()) {
            return self.added.at(added);
        }
        match self.changed.get(&position) {
            Some(row) => row.as_ref().map(Row::Borrowed),
            None => Some(Row::Owned(self.made(position))),
        }
    }

    fn position(&self, key: &str) -> Option<usize> {
        let made = self.generator.position(key).filter(|position| self.holds(*position));
        made.or_else(|| self.added.position(key).map(|added| self.generator.count() + added))
    }

    fn position_by(&self, property: &str, value: &str) -> Option<usize> {
        let fits = |position: &usize| {
            self.at(*position).is_some_and(|row| text_of(&row, property).eq_ignore_ascii_case(value))
        };
        let count = self.generator.count();
        let changed = self.changed.keys().copied().find(fits);
        let found = changed.or_else(|| (count..self.len()).find(fits));
        found.or_else(|| {
            if self.generator.indexed().contains(&property) {
                return self.generator.position_by(property, value).filter(|found| self.as_made(*found));
            }
            (0..count).find(fits)
        })
    }

    fn write(&self, position: usize, columns: &mut Columns<'_>, out: &mut Vec<u8>) -> bool {
        if !self.as_made(position) {
            return false;
        }
        let mut bytes = Bytes::new(columns, out);
        self.generator.make(position, &mut bytes);
        bytes.end();
        true
    }

    fn put(&mut self, row: Object) {
        match self.generator.position(text_of(&row, self.added.key())) {
            Some(position) => _ = self.changed.insert(position, Some(row)),
            None => self.added.put(row),
        }
    }

    /// Only logs put rows in front, and logs are not generated: the row goes to the end.
    fn put_first(&mut self, row: Object) {
        self.put(row);
    }

    fn take(&mut self, key: &str) -> Option<Object> {
        let Some(position) = self.generator.position(key) else { return self.added.take(key) };
        let row = self.at(position).map(Row::into_owned);
        self.changed.insert(position, None);
        row
    }
}
