//! `$batch`: up to twenty requests in one, each with its own status.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::GraphError;

/// Most requests of one batch, Graph's own number.
const MAX_ITEMS: usize = 20;

/// One request of a batch.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) method: String,
    /// Relative, without the version.
    pub(crate) url: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) depends_on: Vec<String>,
}

/// Reads the body of a batch.
pub(crate) fn parse(body: &[u8]) -> Result<Vec<Item>, GraphError> {
    let malformed = |reason: &str| GraphError::invalid(format!("Invalid batch payload format: {reason}."));
    let body: Value = serde_json::from_slice(body).map_err(|_| malformed("not JSON"))?;
    let requests =
        body.get("requests").and_then(Value::as_array).ok_or_else(|| malformed("'requests' is missing"))?;
    if requests.is_empty() {
        return Err(malformed("'requests' is empty"));
    }
    if requests.len() > MAX_ITEMS {
        return Err(malformed("the number of requests exceeds the maximum of 20"));
    }
    let mut items: Vec<Item> = Vec::new();
    for request in requests {
        let item = item(request).ok_or_else(|| malformed("a request lacks id, method or url"))?;
        if items.iter().any(|known| known.id == item.id) {
            return Err(malformed("an id stands twice"));
        }
        if item.depends_on.iter().any(|id| !items.iter().any(|known| known.id == *id)) {
            return Err(malformed("'dependsOn' names no earlier request"));
        }
        items.push(item);
    }
    Ok(items)
}

fn item(request: &Value) -> Option<Item> {
    let text = |name: &str| request.get(name).and_then(Value::as_str).map(str::to_owned);
    let headers = request.get("headers").and_then(Value::as_object);
    let headers = headers
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.to_ascii_lowercase(), value.as_str()?.to_owned())));
    let depends = request.get("dependsOn").and_then(Value::as_array);
    Some(Item {
        id: text("id")?,
        method: text("method")?.to_ascii_uppercase(),
        url: text("url")?,
        headers: headers.collect(),
        body: request.get("body").map(|body| body.to_string().into_bytes()),
        depends_on: depends.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
    })
}

/// One response of a batch.
pub(crate) fn response(
    id: &str,
    status: u16,
    headers: &BTreeMap<String, String>,
    body: Option<&[u8]>,
) -> Value {
    let mut response = json!({"id": id, "status": status, "headers": headers});
    if let Some(body) = body {
        let text = || Value::String(String::from_utf8_lossy(body).into_owned());
        response["body"] = serde_json::from_slice(body).unwrap_or_else(|_| text());
    }
    response
}

/// Whether an earlier request failed that this one depends on.
pub(crate) fn blocked(item: &Item, done: &BTreeMap<String, u16>) -> bool {
    item.depends_on.iter().any(|id| done.get(id).is_none_or(|status| *status >= 400))
}

/// What such a request gets.
pub(crate) fn failed_dependency() -> GraphError {
    GraphError::new(424, "FailedDependency", "A request this one depends on has failed.")
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::json;

    #[test]
    fn a_batch_has_one_to_twenty_requests_with_distinct_ids() {
        let one = |id: usize| json!({"id": id.to_string(), "method": "GET", "url": "/users"});
        let batch = |count: usize| json!({"requests": (0..count).map(one).collect::<Vec<_>>()}).to_string();
        assert_eq!(parse(batch(20).as_bytes()).expect("a batch").len(), 20);
        assert!(parse(batch(21).as_bytes()).is_err());
        assert!(parse(batch(0).as_bytes()).is_err());
        assert!(parse(b"[]").is_err());
        assert!(parse(json!({"requests": [one(1), one(1)]}).to_string().as_bytes()).is_err());
        assert!(parse(json!({"requests": [{"id": "1", "url": "/x"}]}).to_string().as_bytes()).is_err());
    }
}
