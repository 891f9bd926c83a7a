//! Query options of one request, checked against what Graph knows at all.

use super::error::GraphError;
use super::filter::Filter;
use super::path::decode;
use super::search::Search;

/// Most options of one request.
const MAX_OPTIONS: usize = 32;

/// Parsed options.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pub(crate) select: Vec<String>,
    pub(crate) expand: Vec<Expansion>,
    pub(crate) filter: Option<Filter>,
    pub(crate) top: Option<usize>,
    pub(crate) skip: bool,
    pub(crate) search: Option<Search>,
    pub(crate) count: bool,
    /// Property and whether it runs downwards.
    pub(crate) order: Option<(String, bool)>,
    pub(crate) skiptoken: Option<String>,
    pub(crate) deltatoken: Option<String>,
    /// `$id` of a reference to remove.
    pub(crate) id: Option<String>,
    /// Every option as it came, decoded, for the next link.
    pub(crate) raw: Vec<(String, String)>,
}

/// One name of `$expand` with the `$select` in its brackets; other nested options change nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expansion {
    pub(crate) name: String,
    pub(crate) select: Vec<String>,
}

/// Reads a query string.
pub(crate) fn parse(raw: &str) -> Result<Query, GraphError> {
    let mut query = Query::default();
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(&name.replace('+', " "))?;
        let value = decode(&value.replace('+', " "))?;
        if query.raw.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            let message = format!(
                "Query option '{name}' was specified more than once, but it must be specified at most once."
            );
            return Err(GraphError::invalid(message));
        }
        option(&mut query, &name, &value)?;
        query.raw.push((name, value));
        if query.raw.len() > MAX_OPTIONS {
            return Err(GraphError::invalid("Too many query options."));
        }
    }
    Ok(query)
}

fn option(query: &mut Query, name: &str, value: &str) -> Result<(), GraphError> {
    match name.to_ascii_lowercase().as_str() {
        "$select" => query.select = names(value),
        "$expand" => query.expand = expansions(value)?,
        "$filter" => query.filter = Some(Filter::parse(value)?),
        "$top" => query.top = Some(top(value)?),
        "$skip" => query.skip = true,
        "$search" => query.search = Some(Search::parse(value)?),
        "$count" => query.count = value.eq_ignore_ascii_case("true"),
        "$orderby" => query.order = Some(order(value)?),
        "$skiptoken" => query.skiptoken = Some(value.to_owned()),
        "$deltatoken" => query.deltatoken = Some(value.to_owned()),
        "$id" => query.id = Some(value.to_owned()),
        "$format" => {}
        other if other.starts_with('$') => {
            let message = format!("The query parameter '{name}' is not supported.");
            return Err(GraphError::invalid(message));
        }
        _ => {}
    }
    Ok(())
}

fn names(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Names of `$expand`; options in brackets are kept away from the commas.
fn expansions(value: &str) -> Result<Vec<Expansion>, GraphError> {
    let broken = || GraphError::invalid("Parsing OData Select and Expand failed: a bracket is missing.");
    let (mut pieces, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, c) in value.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or_else(broken)?,
            ',' if depth == 0 => {
                pieces.push(&value[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if depth != 0 {
        return Err(broken());
    }
    pieces.push(&value[start..]);
    Ok(pieces.into_iter().map(str::trim).filter(|piece| !piece.is_empty()).map(expansion).collect())
}

fn expansion(piece: &str) -> Expansion {
    let (name, options) = piece.split_once('(').unwrap_or((piece, ""));
    let options = options.trim_end_matches(')').split(';');
    let select =
        options.filter_map(|option| option.trim().strip_prefix("$select=")).flat_map(names).collect();
    Expansion { name: name.trim().to_owned(), select }
}

fn top(value: &str) -> Result<usize, GraphError> {
    value.parse().map_err(|_| {
        GraphError::invalid(format!("Invalid value '{value}' for $top query option found. The $top query option requires a non-negative integer value."))
    })
}

fn order(value: &str) -> Result<(String, bool), GraphError> {
    let mut words = value.split_whitespace();
    let property = words.next().unwrap_or_default().to_owned();
    let downwards = match words.next() {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return Err(GraphError::invalid("Invalid $orderby.")),
    };
    if property.is_empty() || property.contains(',') || words.next().is_some() {
        return Err(GraphError::unsupported_query("Sorting by more than one property is not supported."));
    }
    Ok((property, downwards))
}

#[cfg(test)]
mod tests {
    use super::{Expansion, parse};

    #[test]
    fn encoded_dollars_and_plus_signs_are_read() {
        let query =
            parse("%24select=id,displayName&$top=5&$filter=id+eq+'a%20b'&$expand=policy($expand=rules)")
                .expect("options");
        assert_eq!(query.select, ["id", "displayName"]);
        let policy = Expansion { name: "policy".to_owned(), select: Vec::new() };
        assert_eq!((query.top, query.expand, query.filter.is_some()), (Some(5), vec![policy], true));
        let query = parse("$expand=owners($select=id,displayName)").expect("options");
        assert_eq!((query.expand[0].name.as_str(), query.expand[0].select.len()), ("owners", 2));
    }

    #[test]
    fn wrong_options_are_refused() {
        for raw in [
            "$top=-1",
            "$top=x",
            "$apply=x",
            "$select=id&$SELECT=id",
            "$expand=a(b",
            "$orderby=a,b",
            "$filter=x",
        ] {
            assert_eq!(parse(raw).expect_err(raw).status, 400, "{raw}");
        }
    }
}
