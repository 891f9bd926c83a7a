//! Filtering, sorting and paging of lists: one grammar for screens and command line.
//!
//! A filter is words that must all match: `text` anywhere in the row, `key:value` in one column,
//! `!` before either for the opposite. Case does not matter. A quoted word may contain blanks.

use std::cmp::Ordering;
use trueconfig_common::interface::{CallError, ListQuery, PAGE_LIMIT, Page};

/// Longest filter, in characters.
const FILTER_LIMIT: usize = 500;

/// A row that can be filtered and sorted.
pub trait Columns {
    /// The columns a filter or sort may name.
    const KEYS: &'static [&'static str];
    /// The text of a column.
    fn column(&self, key: &str) -> String;
    /// All text in which a bare word is looked for.
    fn text(&self) -> String;
}

/// A filter, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    inverse: bool,
    key: Option<String>,
    value: String,
}

impl Filter {
    /// Takes a filter apart.
    ///
    /// # Errors
    /// [`CallError::Invalid`] if it names a column that is not there, or is too long.
    pub fn parse<T: Columns>(text: &str) -> Result<Self, CallError> {
        if text.chars().count() > FILTER_LIMIT {
            let message = format!("the filter is longer than {FILTER_LIMIT} characters");
            return Err(CallError::Invalid { message });
        }
        let terms = words(text).into_iter().map(|word| term::<T>(&word)).collect::<Result<_, _>>()?;
        Ok(Self { terms })
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The value of the first term `key:value`, if there is one: an index may start from it.
    pub fn value(&self, key: &str) -> Option<&str> {
        let named = |term: &&Term| !term.inverse && term.key.as_deref() == Some(key);
        self.terms.iter().find(named).map(|term| term.value.as_str())
    }

    /// Whether a row matches.
    pub fn matches<T: Columns>(&self, row: &T) -> bool {
        self.terms.iter().all(|term| {
            let text = term.key.as_ref().map_or_else(|| row.text(), |key| row.column(key));
            text.to_lowercase().contains(&term.value) != term.inverse
        })
    }
}

fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            blank if blank.is_whitespace() && !quoted => words.push(String::new()),
            other => words.last_mut().into_iter().for_each(|word| word.push(other)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn term<T: Columns>(word: &str) -> Result<Term, CallError> {
    let (inverse, word) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
    let (key, value) = match word.split_once(':') {
        Some((key, value)) if key.chars().all(char::is_alphanumeric) => (Some(key.to_lowercase()), value),
        _ => (None, word),
    };
    match key {
        Some(key) if !T::KEYS.contains(&key.as_str()) => {
            let known = T::KEYS.join(", ");
            let message = format!("there is no column {key:?} to filter by; there are {known}");
            Err(CallError::Invalid { message })
        }
        key => Ok(Term { inverse, key, value: value.to_lowercase() }),
    }
}

/// Filters, sorts and cuts rows that are all at hand. The cursor is the number of rows before.
///
/// # Errors
/// [`CallError::Invalid`] if filter, sort or cursor make no sense.
pub fn page<T: Columns>(rows: Vec<T>, query: &ListQuery) -> Result<Page<T>, CallError> {
    let filter = Filter::parse::<T>(&query.filter)?;
    let mut rows: Vec<T> = rows.into_iter().filter(|row| filter.matches(row)).collect();
    sort(&mut rows, &query.sort)?;
    let total = rows.len();
    let from = match &query.cursor {
        None => 0,
        Some(cursor) => cursor.parse::<usize>().map_err(|_| bad_cursor(cursor))?,
    };
    let limit = usize::from(limit(query));
    let rows: Vec<T> = rows.into_iter().skip(from).take(limit).collect();
    let end = from.saturating_add(rows.len());
    Ok(Page { rows, total: Some(total), next: (end < total).then(|| end.to_string()) })
}

/// Rows wanted: at most [`PAGE_LIMIT`].
pub fn limit(query: &ListQuery) -> u16 {
    match query.limit {
        0 => PAGE_LIMIT,
        some => some.min(PAGE_LIMIT),
    }
}

/// A cursor that this list did not give.
pub fn bad_cursor(cursor: &str) -> CallError {
    CallError::Invalid { message: format!("the cursor {cursor:?} is not one this list gave: start again") }
}

fn sort<T: Columns>(rows: &mut [T], by: &str) -> Result<(), CallError> {
    if by.is_empty() {
        return Ok(());
    }
    let (descending, key) = by.strip_prefix('-').map_or((false, by), |rest| (true, rest));
    if !T::KEYS.contains(&key) {
        let message = format!("there is no column {key:?} to sort by; there are {}", T::KEYS.join(", "));
        return Err(CallError::Invalid { message });
    }
    rows.sort_by(|left, right| {
        let order: Ordering = left.column(key).cmp(&right.column(key));
        if descending { order.reverse() } else { order }
    });
    Ok(())
}
