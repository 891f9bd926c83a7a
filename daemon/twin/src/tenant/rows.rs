//! The rows of one collection behind a small trait, so that a generated tenant can stand where the
//! rows of a file stand now.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// One entity as Graph shows it.
pub(crate) type Object = Map<String, Value>;
/// A row as a collection gives it: borrowed if it is held, owned if it is made when asked for.
pub(crate) type Row<'t> = Cow<'t, Object>;

/// Ordered rows with a lookup by key; the order is the order of pages.
pub(crate) trait Rows: Send + Sync {
    /// How many positions there are.
    fn len(&self) -> usize;
    /// How many of the positions hold a row.
    fn count(&self) -> usize {
        self.len()
    }
    /// Whether a row stands at a position.
    fn holds(&self, position: usize) -> bool {
        position < self.len()
    }
    /// The row at a position, if there is one.
    fn at(&self, position: usize) -> Option<Row<'_>>;
    /// Where the row with this key stands; keys compare without case, as Graph's do.
    fn position(&self, key: &str) -> Option<usize>;
    /// Where the first row stands whose property has this text, compared without case.
    fn position_by(&self, property: &str, value: &str) -> Option<usize> {
        let fits = |row: Row<'_>| super::text_of(&row, property).eq_ignore_ascii_case(value);
        (0..self.len()).find(|position| self.at(*position).is_some_and(fits))
    }
    /// Writes the shown properties of a row as JSON without making it an object; false, and nothing
    /// written, if the row is held as one.
    fn write(&self, _position: usize, _columns: &mut Columns<'_>, _out: &mut Vec<u8>) -> bool {
        false
    }
    /// Puts a row: over the one with the same key, else at the end.
    fn put(&mut self, row: Object);
    /// Puts a row before all others.
    fn put_first(&mut self, row: Object);
    /// Takes the row with this key out.
    fn take(&mut self, key: &str) -> Option<Object>;
}

/// Which properties a page shows, asked once per column and not once per row.
pub(crate) struct Columns<'s> {
    shows: &'s dyn Fn(&str) -> bool,
    known: Vec<bool>,
}

impl<'s> Columns<'s> {
    /// Columns of rows that all have the same properties in the same order.
    pub(crate) fn new(shows: &'s dyn Fn(&str) -> bool) -> Self {
        Self { shows, known: Vec::new() }
    }

    /// Whether the column with this number is shown; its name is looked at the first time only.
    pub(crate) fn shows(&mut self, column: usize, name: &str) -> bool {
        if column == self.known.len() {
            self.known.push((self.shows)(name));
        }
        self.known.get(column).copied().unwrap_or(false)
    }
}

/// Rows held in memory.
#[derive(Debug, Default)]
pub(crate) struct HeldRows {
    key: &'static str,
    rows: Vec<Object>,
    positions: BTreeMap<String, usize>,
}

impl HeldRows {
    /// Rows keyed by the given property.
    pub(crate) fn new(key: &'static str, rows: Vec<Object>) -> Self {
        let mut held = Self { key, rows, positions: BTreeMap::new() };
        held.index_from(0);
        held
    }

    /// The property that identifies a row.
    pub(crate) fn key(&self) -> &'static str {
        self.key
    }

    fn key_of(&self, row: &Object) -> String {
        row.get(self.key).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase()
    }

    fn index_from(&mut self, start: usize) {
        for position in start..self.rows.len() {
            let key = self.key_of(&self.rows[position]);
            self.positions.insert(key, position);
        }
    }
}

impl Rows for HeldRows {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn at(&self, position: usize) -> Option<Row<'_>> {
        self.rows.get(position).map(Cow::Borrowed)
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.positions.get(&key.to_ascii_lowercase()).copied()
    }

    fn put(&mut self, row: Object) {
        let key = self.key_of(&row);
        match self.positions.get(&key) {
            Some(&position) => self.rows[position] = row,
            None => {
                self.positions.insert(key, self.rows.len());
                self.rows.push(row);
            }
        }
    }

    fn put_first(&mut self, row: Object) {
        self.rows.insert(0, row);
        self.index_from(0);
    }

    fn take(&mut self, key: &str) -> Option<Object> {
        let position = self.positions.remove(&key.to_ascii_lowercase())?;
        let row = self.rows.remove(position);
        self.index_from(position);
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::{HeldRows, Object, Rows};
    use serde_json::json;

    fn row(id: &str) -> Object {
        json!({"id": id}).as_object().cloned().expect("an object")
    }

    #[test]
    fn taking_a_row_keeps_the_order_and_the_lookup_of_the_others() {
        let mut rows = HeldRows::new("id", vec![row("a"), row("b"), row("c")]);
        assert_eq!(rows.take("A"), Some(row("a")));
        assert_eq!((rows.position("b"), rows.position("c"), rows.position("a")), (Some(0), Some(1), None));
        rows.put_first(row("z"));
        rows.put(row("c"));
        assert_eq!((rows.len(), rows.position("z"), rows.position("c")), (3, Some(0), Some(2)));
    }
}
