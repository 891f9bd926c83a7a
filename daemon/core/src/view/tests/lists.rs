//! The grammar of filters, sorting, and paging.

use crate::view::query::{Columns, Filter, page};
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
use trueconfig_common::interface::{CallError, ListQuery, PAGE_LIMIT};

#[derive(Clone, Debug, PartialEq)]
struct Row {
    name: String,
    size: u32,
}

impl Columns for Row {
    const KEYS: &'static [&'static str] = &["name", "size"];

    fn column(&self, key: &str) -> String {
        match key {
            "name" => self.name.clone(),
            _ => format!("{:03}", self.size),
        }
    }

    fn text(&self) -> String {
        format!("{} of size {}", self.name, self.size)
    }
}

fn rows() -> Vec<Row> {
    let row = |(size, name): (usize, &&str)| Row { name: (*name).to_owned(), size: size as u32 };
    ["Legacy API", "Mail", "legacy mail", "Überwachung", "a:b"].iter().enumerate().map(row).collect()
}

fn found(filter: &str) -> Vec<String> {
    let query = ListQuery { filter: filter.to_owned(), ..ListQuery::default() };
    page(rows(), &query).unwrap().rows.into_iter().map(|row| row.name).collect()
}

fn invalid(query: ListQuery) -> String {
    match page(rows(), &query) {
        Err(CallError::Invalid { message }) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn words_must_all_match_anywhere_and_case_does_not_matter() {
    assert_eq!(found("").len(), 5);
    assert_eq!(found("  "), found(""));
    assert_eq!(found("LEGACY"), ["Legacy API", "legacy mail"]);
    assert_eq!(found("legacy mail"), ["legacy mail"]);
    assert_eq!(found("size 3"), ["Überwachung"]);
    assert_eq!(found("über"), ["Überwachung"]);
}

#[test]
fn a_key_looks_in_one_column_and_an_exclamation_mark_turns_it_round() {
    assert_eq!(found("name:mail"), ["Mail", "legacy mail"]);
    assert_eq!(found("NAME:mail !legacy"), ["Mail"]);
    assert_eq!(found("!name:a"), Vec::<String>::new());
    assert_eq!(found("!name:l !size:003"), ["a:b"]);
    assert_eq!(found("size:00"), found(""));
}

#[test]
fn a_quoted_word_may_contain_blanks() {
    assert_eq!(found("\"legacy api\""), ["Legacy API"]);
    assert_eq!(found("name:\"y m\""), ["legacy mail"]);
    assert_eq!(found("!\"legacy mail\" legacy"), ["Legacy API"]);
    assert_eq!(found("\"unclosed"), Vec::<String>::new());
}

#[test]
fn what_makes_no_sense_is_refused_with_what_there_is() {
    let filter = |text: &str| ListQuery { filter: text.to_owned(), ..ListQuery::default() };
    assert!(invalid(filter("colour:red")).contains("name, size"));
    assert!(invalid(filter(&"x".repeat(501))).contains("500"));
    let sort = ListQuery { sort: "-colour".to_owned(), ..ListQuery::default() };
    assert!(invalid(sort).contains("name, size"));
    let cursor = ListQuery { cursor: Some("-1".to_owned()), ..ListQuery::default() };
    assert!(invalid(cursor).contains("start again"));
}

#[test]
fn an_index_may_start_from_a_value() {
    let filter = Filter::parse::<Row>("!name:x name:mail size:1").unwrap();
    assert_eq!((filter.value("name"), filter.value("size")), (Some("mail"), Some("1")));
    assert_eq!(Filter::parse::<Row>("!name:x").unwrap().value("name"), None);
    assert!(Filter::parse::<Row>(" ").unwrap().is_empty());
}

#[test]
fn rows_are_sorted_by_a_column_both_ways() {
    let sorted = |by: &str| {
        let query = ListQuery { sort: by.to_owned(), ..ListQuery::default() };
        page(rows(), &query).unwrap().rows.into_iter().map(|row| row.size).collect::<Vec<_>>()
    };
    assert_eq!(sorted("size"), [0, 1, 2, 3, 4]);
    assert_eq!(sorted("-size"), [4, 3, 2, 1, 0]);
    assert_eq!(sorted("name"), [0, 1, 4, 2, 3]);
}

/// All pages of a list, one after the other.
fn pages(rows: &[Row], filter: &str, limit: u16) -> Vec<Row> {
    let mut all = Vec::new();
    let mut cursor = None;
    for _ in 0..=rows.len() {
        let query = ListQuery { filter: filter.to_owned(), limit, cursor, ..ListQuery::default() };
        let one = page(rows.to_vec(), &query).unwrap();
        assert!(one.rows.len() <= usize::from(PAGE_LIMIT));
        all.extend(one.rows);
        match one.next {
            None => return all,
            next => cursor = next,
        }
    }
    panic!("paging does not end");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages_are_complete_and_without_duplicates(count in 0..1_200_u32, limit in any::<u16>(), digit in 0..10_u32) {
        let limit = if limit % 3 == 0 { limit } else { limit % 40 };
        let rows: Vec<Row> = (0..count).map(|size| Row { name: format!("row {size}"), size }).collect();
        let limit = if limit == 0 { 0 } else { limit.max(count as u16 / 50) };
        let wanted = digit.to_string();
        let expected: Vec<Row> = rows.iter().filter(|row| row.text().contains(&wanted)).cloned().collect();
        prop_assert_eq!(pages(&rows, &wanted, limit), expected);
        prop_assert_eq!(pages(&rows, "", limit), rows);
    }

    #[test]
    fn no_filter_panics(text in ".{0,40}") {
        let _ = Filter::parse::<Row>(&text).map(|filter| rows().iter().filter(|row| filter.matches(*row)).count());
    }
}
