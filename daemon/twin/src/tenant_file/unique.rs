//! A map whose keys may stand once only: JSON itself would keep the last one without a word.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

/// Reads the paths of a tenant file.
pub(super) fn paths<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Value>, D::Error> {
    deserializer.deserialize_map(Paths)
}

struct Paths;

impl<'de> Visitor<'de> for Paths {
    type Value = BTreeMap<String, Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of Graph paths and response bodies")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut paths = BTreeMap::new();
        while let Some((path, body)) = access.next_entry::<String, Value>()? {
            if paths.contains_key(&path) {
                return Err(A::Error::custom(format!("the path {path:?} stands twice")));
            }
            paths.insert(path, body);
        }
        Ok(paths)
    }
}
