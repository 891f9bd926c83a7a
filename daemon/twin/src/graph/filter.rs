//! `$filter`: the part of OData's grammar that Graph's directory resources understand, parsed once per
//! request and judged per row.

use chrono::DateTime;
use serde_json::Value;
use std::cmp::Ordering;

use super::error::GraphError;
use super::filter_tokens::{Token, tokens};
use crate::tenant::Object;

/// Deepest nesting of an expression.
const MAX_DEPTH: usize = 16;
/// Most values behind one `in`, Graph's own number.
const MAX_IN: usize = 15;

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Compare(Vec<String>, Operator, Value),
    In(Vec<String>, Vec<Value>),
    Text(TextTest, Vec<String>, String),
    /// The row's own type, without the hash before it.
    IsOf(String),
    Any(Vec<String>, Option<Box<Filter>>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

/// A test on text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextTest {
    Starts,
    Ends,
    Contains,
}

impl Filter {
    /// Parses the text of `$filter`.
    pub(crate) fn parse(text: &str) -> Result<Self, GraphError> {
        let mut parser = Parser { tokens: tokens(text)?, at: 0, variables: Vec::new() };
        let filter = parser.either(0)?;
        if parser.at < parser.tokens.len() {
            return Err(invalid("unexpected text after the expression"));
        }
        Ok(filter)
    }

    /// Whether a row satisfies the expression.
    pub(crate) fn matches(&self, row: &Object) -> bool {
        self.holds(Root::Row(row))
    }

    fn holds(&self, row: Root<'_>) -> bool {
        match self {
            Self::And(left, right) => left.holds(row) && right.holds(row),
            Self::Or(left, right) => left.holds(row) || right.holds(row),
            Self::Not(inner) => !inner.holds(row),
            Self::Compare(path, operator, literal) => compare(reach(row, path), *operator, literal),
            Self::In(path, literals) => {
                let value = reach(row, path);
                literals.iter().any(|literal| compare(value, Operator::Eq, literal))
            }
            Self::Text(test, path, text) => text_test(reach(row, path), *test, text),
            Self::IsOf(name) => {
                let own = ["@odata.type".to_owned()];
                reach(row, &own).as_str().is_some_and(|own| own.trim_start_matches('#') == name)
            }
            Self::Any(path, None) => reach(row, path).as_array().is_some_and(|items| !items.is_empty()),
            Self::Any(path, Some(inner)) => reach(row, path)
                .as_array()
                .is_some_and(|items| items.iter().any(|item| inner.holds(Root::Element(item)))),
        }
    }

    /// Whether the directory answers this only with `ConsistencyLevel: eventual` and `$count=true`.
    pub(crate) fn is_advanced(&self) -> bool {
        match self {
            Self::And(left, right) | Self::Or(left, right) => left.is_advanced() || right.is_advanced(),
            Self::Not(_) | Self::Compare(_, Operator::Ne, _) | Self::Text(TextTest::Ends, _, _) => true,
            // Whether a list is empty is answered as it is; see the documentation of groups without licences.
            Self::Any(_, inner) => inner.as_ref().is_some_and(|inner| inner.is_advanced()),
            _ => false,
        }
    }

    /// The top-level properties named anywhere in the expression.
    pub(crate) fn properties(&self) -> Vec<&str> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                let mut names = left.properties();
                names.extend(right.properties());
                names
            }
            Self::Not(inner) => inner.properties(),
            Self::IsOf(_) => Vec::new(),
            Self::Compare(path, _, _) | Self::In(path, _) | Self::Text(_, path, _) | Self::Any(path, _) => {
                path.first().map(String::as_str).into_iter().collect()
            }
        }
    }
}

fn invalid(reason: &str) -> GraphError {
    GraphError::new(400, "BadRequest", format!("Invalid filter clause: {reason}."))
}

/// What an expression is judged on: a row, or one element inside a lambda.
#[derive(Clone, Copy)]
enum Root<'v> {
    Row(&'v Object),
    Element(&'v Value),
}

fn reach<'v>(root: Root<'v>, path: &[String]) -> &'v Value {
    let (start, rest) = match (root, path.split_first()) {
        (Root::Row(row), Some((first, rest))) => (row.get(first).unwrap_or(&Value::Null), rest),
        (Root::Row(_), None) => (&Value::Null, path),
        (Root::Element(element), _) => (element, path),
    };
    rest.iter().fold(start, |value, step| value.get(step).unwrap_or(&Value::Null))
}

fn compare(value: &Value, operator: Operator, literal: &Value) -> bool {
    let ordering = match (value, literal) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => left.as_f64().partial_cmp(&right.as_f64()),
        (Value::String(left), Value::String(right)) => Some(compare_text(left, right)),
        _ => None,
    };
    match operator {
        Operator::Eq => ordering == Some(Ordering::Equal),
        Operator::Ne => ordering != Some(Ordering::Equal),
        Operator::Gt => ordering == Some(Ordering::Greater),
        Operator::Ge => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        Operator::Lt => ordering == Some(Ordering::Less),
        Operator::Le => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
    }
}

fn compare_text(left: &str, right: &str) -> Ordering {
    let times = (DateTime::parse_from_rfc3339(left), DateTime::parse_from_rfc3339(right));
    if let (Ok(left), Ok(right)) = times {
        return left.cmp(&right);
    }
    left.to_lowercase().cmp(&right.to_lowercase())
}

fn text_test(value: &Value, test: TextTest, text: &str) -> bool {
    let Some(value) = value.as_str() else { return false };
    let (value, text) = (value.to_lowercase(), text.to_lowercase());
    match test {
        TextTest::Starts => value.starts_with(&text),
        TextTest::Ends => value.ends_with(&text),
        TextTest::Contains => value.contains(&text),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    variables: Vec<String>,
}

impl Parser {
    fn either(&mut self, depth: usize) -> Result<Filter, GraphError> {
        if depth > MAX_DEPTH {
            return Err(invalid("nested too deeply"));
        }
        let mut left = self.both(depth)?;
        while self.take_word("or") {
            left = Filter::Or(Box::new(left), Box::new(self.both(depth)?));
        }
        Ok(left)
    }

    fn both(&mut self, depth: usize) -> Result<Filter, GraphError> {
        let mut left = self.one(depth)?;
        while self.take_word("and") {
            left = Filter::And(Box::new(left), Box::new(self.one(depth)?));
        }
        Ok(left)
    }

    fn one(&mut self, depth: usize) -> Result<Filter, GraphError> {
        if self.take_word("not") {
            if depth >= MAX_DEPTH {
                return Err(invalid("nested too deeply"));
            }
            return Ok(Filter::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.take(&Token::Open) {
            let inner = self.either(depth + 1)?;
            self.expect(&Token::Close)?;
            return Ok(inner);
        }
        let word = self.word()?;
        if self.take(&Token::Open) {
            return self.call(&word, depth);
        }
        self.comparison(&word)
    }

    fn call(&mut self, word: &str, depth: usize) -> Result<Filter, GraphError> {
        if let Some(collection) = word.strip_suffix("/any") {
            return self.any(collection, depth);
        }
        if word.eq_ignore_ascii_case("isof") {
            return self.is_of();
        }
        let test = match word.to_ascii_lowercase().as_str() {
            "startswith" => TextTest::Starts,
            "endswith" => TextTest::Ends,
            "contains" => TextTest::Contains,
            _ => return Err(invalid(&format!("unknown function '{word}'"))),
        };
        let path = self.word()?;
        let path = self.path(&path);
        self.expect(&Token::Comma)?;
        let Some(Token::Text(text)) = self.next() else { return Err(invalid("a string is expected")) };
        self.expect(&Token::Close)?;
        Ok(Filter::Text(test, path, text))
    }

    fn is_of(&mut self) -> Result<Filter, GraphError> {
        let Some(Token::Text(name)) = self.next() else { return Err(invalid("a type is expected")) };
        self.expect(&Token::Close)?;
        Ok(Filter::IsOf(name))
    }

    fn any(&mut self, collection: &str, depth: usize) -> Result<Filter, GraphError> {
        let path = self.path(collection);
        if self.take(&Token::Close) {
            return Ok(Filter::Any(path, None));
        }
        let variable = self.word()?;
        let Some(variable) = variable.strip_suffix(':') else { return Err(invalid("a ':' is expected")) };
        self.variables.push(variable.to_owned());
        let inner = self.either(depth + 1)?;
        self.variables.pop();
        self.expect(&Token::Close)?;
        Ok(Filter::Any(path, Some(Box::new(inner))))
    }

    fn comparison(&mut self, word: &str) -> Result<Filter, GraphError> {
        let path = self.path(word);
        let operator = match self.word()?.as_str() {
            "eq" => Operator::Eq,
            "ne" => Operator::Ne,
            "gt" => Operator::Gt,
            "ge" => Operator::Ge,
            "lt" => Operator::Lt,
            "le" => Operator::Le,
            "in" => return self.list(path),
            other => return Err(invalid(&format!("unknown operator '{other}'"))),
        };
        Ok(Filter::Compare(path, operator, self.literal()?))
    }

    fn list(&mut self, path: Vec<String>) -> Result<Filter, GraphError> {
        self.expect(&Token::Open)?;
        let mut literals = vec![self.literal()?];
        while self.take(&Token::Comma) {
            literals.push(self.literal()?);
        }
        self.expect(&Token::Close)?;
        if literals.len() > MAX_IN {
            let count = literals.len();
            return Err(GraphError::unsupported_query(format!(
                "Too many child clauses specified in search filter expression containing 'OR' operators: {count}. Max allowed: {MAX_IN}."
            )));
        }
        Ok(Filter::In(path, literals))
    }

    fn literal(&mut self) -> Result<Value, GraphError> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Value::String(text)),
            Some(Token::Word(word)) => Ok(match word.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                _ => word.parse::<i64>().map_or(Value::String(word), Value::from),
            }),
            _ => Err(invalid("a value is expected")),
        }
    }

    /// Steps of a property path; the innermost lambda variable stands for the row itself.
    fn path(&self, word: &str) -> Vec<String> {
        let mut steps: Vec<String> = word.split('/').map(str::to_owned).collect();
        if self.variables.last().is_some_and(|variable| steps.first() == Some(variable)) {
            steps.remove(0);
        }
        steps
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn word(&mut self) -> Result<String, GraphError> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            _ => Err(invalid("a property or an operator is expected")),
        }
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.take(&Token::Word(word.to_owned()))
    }

    fn expect(&mut self, token: &Token) -> Result<(), GraphError> {
        if self.take(token) { Ok(()) } else { Err(invalid("a bracket or a comma is missing")) }
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;
    use serde_json::json;

    fn holds(text: &str) -> bool {
        let row = json!({
            "@odata.type": "#microsoft.graph.user", "id": "A-1", "accountEnabled": true, "displayName": "Ana O'Neil", "createdDateTime": "2026-01-02T00:00:00Z",
            "groupTypes": ["Unified"], "skus": [{"skuId": "x"}], "nothing": null, "status": {"code": 50}
        });
        Filter::parse(text)
            .unwrap_or_else(|error| panic!("{text}: {error:?}"))
            .matches(row.as_object().expect("an object"))
    }

    #[test]
    fn what_we_use_is_understood() {
        for text in [
            "id eq 'a-1'",
            "id in ('b','A-1') and accountEnabled eq true",
            "startswith(displayName,'ana o''')",
            "createdDateTime ge 2026-01-01T12:00:00Z and createdDateTime le 2026-01-02T00:00:00.000Z",
            "groupTypes/any(c:c eq 'Unified')",
            "skus/any(s:s/skuId eq 'x')",
            "not (status/code lt 50) or id eq 'zz'",
            "nothing eq null and missing eq null",
            "isof('microsoft.graph.user') and groupTypes/any()",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in [
            "nothing eq false",
            "id eq 'b'",
            "status/code gt 50",
            "endsWith(displayName,'x')",
            "isof('microsoft.graph.group')",
        ] {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused_and_never_panics() {
        let deep = format!("{}id eq 'a'{}", "(".repeat(60), ")".repeat(60));
        let nots = format!("{}id eq 'a'", "not ".repeat(60));
        let many = format!("id in ({})", vec!["'a'"; 16].join(","));
        for text in [
            "",
            "id",
            "id eq",
            "id eq 'a",
            "id is 'a'",
            "f(id,'a')",
            "id eq 'a' id",
            "(id eq 'a'",
            "a/any(b)",
            "isof(id)",
            &deep,
            &nots,
            &many,
        ] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }
}
