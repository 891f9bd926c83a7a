//! `$search` of directory objects: `"property:text"` in quotes, joined by `AND` and `OR`. Names and descriptions
//! are searched by the beginnings of their words, other texts by their beginning alone.

use super::GraphError;
use crate::tenant::{Object, text_of};

/// Most clauses of one search.
const MAX_CLAUSES: usize = 32;
/// Properties that are split into words.
const TOKENISED: [&str; 2] = ["displayName", "description"];

/// A search: one of these groups must fit, and each clause of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search(Vec<Vec<Clause>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause {
    property: String,
    /// In lower case.
    text: String,
}

impl Search {
    /// Reads the value of the option; `AND` binds before `OR`, and brackets are not taken.
    pub(crate) fn parse(value: &str) -> Result<Self, GraphError> {
        let mut groups = vec![Vec::new()];
        let mut rest = value.trim();
        for _ in 0..MAX_CLAUSES {
            let (clause, after) = clause(rest)?;
            if let Some(group) = groups.last_mut() {
                group.push(clause);
            }
            rest = after.trim_start();
            if rest.is_empty() {
                return Ok(Self(groups));
            }
            rest = match (rest.strip_prefix("AND "), rest.strip_prefix("OR ")) {
                (Some(after), _) => after,
                (_, Some(after)) => {
                    groups.push(Vec::new());
                    after
                }
                // Clauses side by side must fit all.
                _ => rest,
            }
            .trim_start();
        }
        Err(malformed(value))
    }

    /// Whether an object is found.
    pub(crate) fn matches(&self, row: &Object) -> bool {
        self.0.iter().any(|group| group.iter().all(|clause| clause.matches(row)))
    }
}

/// The first clause of a text, and what follows it.
fn clause(text: &str) -> Result<(Clause, &str), GraphError> {
    let (inner, after) =
        text.strip_prefix('"').and_then(|rest| rest.split_once('"')).ok_or_else(|| malformed(text))?;
    let (property, wanted) = inner.split_once(':').ok_or_else(|| malformed(text))?;
    if property.is_empty() || wanted.trim().is_empty() {
        return Err(malformed(text));
    }
    Ok((Clause { property: property.to_owned(), text: wanted.trim().to_lowercase() }, after))
}

fn malformed(text: &str) -> GraphError {
    GraphError::invalid(format!(
        "Syntax error: the search '{text}' is not of the form \"property:text\" [AND | OR] \"property:text\"."
    ))
}

impl Clause {
    fn matches(&self, row: &Object) -> bool {
        let held = text_of(row, &self.property).to_lowercase();
        if !TOKENISED.contains(&self.property.as_str()) {
            return held.starts_with(&self.text);
        }
        let starts = |word: &str| words(&held).any(|held| held.starts_with(word));
        words(&self.text).all(starts)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::Search;
    use crate::tenant::object;
    use serde_json::json;

    #[test]
    fn words_are_found_by_their_beginnings_and_clauses_are_joined() {
        let row = object(json!({"displayName": "Katya Novak", "mail": "katya.novak@contoso.com"}));
        for (search, found) in [
            (r#""displayName:nov""#, true),
            (r#""displayName:novak kat""#, true),
            (r#""displayName:vak""#, false),
            (r#""mail:katya.n""#, true),
            (r#""mail:novak""#, false),
            (r#""displayName:ingrid" OR "mail:katya""#, true),
            (r#""displayName:katya" AND "mail:ingrid""#, false),
            (r#""displayName:ingrid" AND "mail:katya" OR "displayName:novak""#, true),
        ] {
            assert_eq!(Search::parse(search).expect(search).matches(&row), found, "{search}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "katya", "\"katya\"", "\"displayName:", "\":x\"", "\"a:b\" AND", "(\"a:b\")"] {
            assert_eq!(Search::parse(text).expect_err(text).status, 400, "{text}");
        }
        assert!(Search::parse(&"\"a:b\" ".repeat(40)).is_err());
    }
}
