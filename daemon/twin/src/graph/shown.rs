//! Writing rows as JSON without copying them: selection, properties on demand, additions.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::resources::Resource;
use crate::tenant::Object;

/// Which properties of a resource are shown.
pub(super) struct Selection<'s> {
    resource: &'s Resource,
    select: Vec<&'s str>,
}

impl<'s> Selection<'s> {
    /// A selection out of `$select`; a nested name selects the whole property.
    pub(super) fn new(resource: &'s Resource, select: &'s [String]) -> Self {
        let select =
            select.iter().filter_map(|name| name.split('/').next()).filter(|name| *name != "*").collect();
        Self { resource, select }
    }

    /// Whether a property is shown.
    pub(super) fn shows(&self, name: &str) -> bool {
        if name.starts_with('@') || name.starts_with('#') {
            return true;
        }
        let name = name.split('@').next().unwrap_or(name);
        if !self.select.is_empty() {
            return self.select.iter().any(|wanted| wanted.eq_ignore_ascii_case(name));
        }
        let shown = self.resource.shown;
        !self.resource.on_demand.contains(&name) && (shown.is_empty() || shown.contains(&name))
    }
}

/// One row as it is written.
pub(super) struct Shown<'s> {
    pub(super) row: &'s Object,
    pub(super) selection: &'s Selection<'s>,
    /// Written first: the context of a single object.
    pub(super) context: Option<String>,
    /// Written last: types and expansions.
    pub(super) extra: Vec<(&'s str, Value)>,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(context) = &self.context {
            map.serialize_entry("@odata.context", context)?;
        }
        for (name, value) in self.row {
            let replaced = self.extra.iter().any(|(extra, _)| extra == name);
            if !replaced && name != "@odata.context" && self.selection.shows(name) {
                map.serialize_entry(name, value)?;
            }
        }
        for (name, value) in &self.extra {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
