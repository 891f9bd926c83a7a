//! What the twin serves: one table entry per path template. The engine reads the entry; only what is
//! special about a resource stands in its [`Rules`].

use crate::graph::path::{Path, Segment, parse};
use crate::rules::Rules;
use crate::tenant::{Object, text_of};

pub(crate) mod consent;
pub(crate) mod fields;
mod table;

pub(crate) use consent::Consent;
pub(crate) use fields::Field;

/// Collections whose rows are kept elsewhere: by principal.
const SPREAD: &str = "appRoleAssignedTo";

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Entities with keys.
    Many,
    /// One object.
    Single,
    /// References to directory objects, changed through `$ref`.
    References,
    /// Worked out from other collections.
    Derived,
}

/// What may be done beside reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Patch,
    Put,
    Delete,
}

/// Licence without which the service refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Premium {
    None,
    /// Reports: 403 without P1.
    Report,
    /// Privileged Identity Management and access reviews: 400 without P2.
    Pim,
    /// Identity Protection: 403 without P2.
    Risk,
    /// Conditional Access: readable by everybody, written with P1 only.
    Policies,
}

/// One entry of the table.
pub(crate) struct Resource {
    /// Path below the version, `{}` for a key.
    pub(crate) path: &'static str,
    pub(crate) shape: Shape,
    /// OData type without its namespace.
    pub(crate) entity: &'static str,
    /// Property that identifies a row.
    pub(crate) key: &'static str,
    pub(crate) read: Consent,
    pub(crate) write: Consent,
    pub(crate) verbs: &'static [Verb],
    /// What a body may carry.
    pub(crate) fields: &'static [Field],
    /// Properties shown when nothing is selected; empty means all.
    pub(crate) shown: &'static [&'static str],
    /// Properties shown only when selected.
    pub(crate) on_demand: &'static [&'static str],
    /// Sub-collections that always stand inside the object.
    pub(crate) inline: &'static [&'static str],
    pub(crate) premium: Premium,
    /// Whether the rules of directory objects about advanced queries apply.
    pub(crate) directory: bool,
    /// Properties one of which `$filter` must name; empty if none must.
    pub(crate) filter_on: &'static [&'static str],
    /// Category and type in directory audits.
    pub(crate) audit: (&'static str, &'static str),
    /// Collection that takes deleted rows, if deletion is soft.
    pub(crate) bin: Option<&'static str>,
    /// Whether `/delta` follows its changes.
    pub(crate) delta: bool,
    pub(crate) rules: &'static dyn Rules,
}

/// A place in the tenant: an entry of the table and the keys on the way to it.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) resource: &'static Resource,
    /// Keys in the order of the `{}` of the template.
    pub(crate) keys: Vec<Segment>,
    /// Path under which the tenant keeps it; exact once the keys are resolved.
    pub(crate) path: String,
    /// The only type of directory object that is asked for, `…/members/microsoft.graph.user`.
    pub(crate) cast: Option<Cast>,
}

/// A type of directory object, and the collection that its objects stand in.
pub(crate) type Cast = (&'static str, &'static str);

/// What a collection of directory objects can be narrowed to.
pub(crate) const CASTS: [Cast; 7] = [
    ("user", "users"),
    ("group", "groups"),
    ("servicePrincipal", "servicePrincipals"),
    ("application", "applications"),
    ("device", "devices"),
    ("directoryRole", "directoryRoles"),
    ("administrativeUnit", "administrativeUnits"),
];

impl Place {
    /// A key on the way, once resolved.
    pub(crate) fn key(&self, position: usize) -> &str {
        match self.keys.get(position) {
            Some(Segment::Plain(key)) => key,
            Some(Segment::Alternate { value, .. }) => value,
            None => "",
        }
    }
}

/// Finds the entry of exactly this path.
pub(crate) fn place_of(path: &Path) -> Option<Place> {
    let path_of = |resource: &'static Resource| {
        let keys = match_template(resource.path, &path.segments)?;
        Some(Place { resource, path: filled(&path.version, resource.path, &keys), keys, cast: None })
    };
    if path.version != "v1.0" {
        return None;
    }
    table::all().find_map(path_of)
}

/// Compares a template with the steps of a path; gives the keys.
pub(crate) fn match_template(template: &str, segments: &[Segment]) -> Option<Vec<Segment>> {
    let mut steps = template.split('/').skip(1);
    let mut keys = Vec::new();
    for segment in segments {
        match (steps.next()?, segment) {
            ("{}", key) => keys.push(key.clone()),
            (literal, Segment::Plain(name)) if literal.eq_ignore_ascii_case(name) => {}
            _ => return None,
        }
    }
    steps.next().is_none().then_some(keys)
}

/// The template with its keys filled in.
pub(crate) fn filled(version: &str, template: &str, keys: &[Segment]) -> String {
    let mut keys = keys.iter();
    let mut path = format!("/{version}");
    for step in template.split('/').skip(1) {
        path.push('/');
        match (step, keys.clone().next()) {
            ("{}", Some(Segment::Plain(key))) => path.push_str(key),
            ("{}", Some(Segment::Alternate { property, value })) => {
                path.push_str(&format!("({property}='{value}')"));
            }
            (literal, _) => path.push_str(literal),
        }
        if step == "{}" {
            keys.next();
        }
    }
    path
}

/// The path of a tenant file in the one form used inside.
pub(crate) fn canonical(raw: &str) -> String {
    let Ok(path) = parse(raw) else { return raw.to_owned() };
    if let Some(place) = place_of(&aliased(path.clone())) {
        return place.path;
    }
    let name = |segment: &Segment| match segment {
        Segment::Plain(name) => name.clone(),
        Segment::Alternate { property, value } => format!("({property}='{value}')"),
    };
    let steps: Vec<String> = path.segments.iter().map(name).collect();
    format!("/{}/{}", path.version, steps.join("/"))
}

/// Replaces Graph's second names of a resource by the first.
pub(crate) fn aliased(mut path: Path) -> Path {
    const ALIASES: [(&[&str], &[&str]); 3] = [
        (&["policies", "conditionalAccessPolicies"], &["identity", "conditionalAccess", "policies"]),
        (
            &["identity", "conditionalAccess", "authenticationStrength", "policies"],
            &["policies", "authenticationStrengthPolicies"],
        ),
        (&["authenticationMethodsPolicy"], &["policies", "authenticationMethodsPolicy"]),
    ];
    let is = |segment: &Segment, name: &str| matches!(segment, Segment::Plain(text) if text.eq_ignore_ascii_case(name));
    for (from, to) in ALIASES {
        let starts = path.segments.len() >= from.len()
            && path.segments.iter().zip(from).all(|(segment, name)| is(segment, name));
        if starts {
            let names = to.iter().map(|name| Segment::Plain((*name).to_owned()));
            path.segments.splice(..from.len(), names);
            break;
        }
    }
    path
}

/// The entry of a path inside the tenant, if the table has one.
fn resource_of(path: &str) -> Option<&'static Resource> {
    place_of(&aliased(parse(path).ok()?)).map(|place| place.resource)
}

/// What the table says stands at a path.
pub(crate) fn shape_of(path: &str) -> Option<Shape> {
    resource_of(path).map(|resource| resource.shape)
}

/// The property that identifies the rows of a path.
pub(crate) fn key_of(path: &str) -> &'static str {
    resource_of(path).map_or("id", |resource| resource.key)
}

/// Whether the rows of a path can only be read, so that nobody need name one.
pub(crate) fn is_read_only(path: &str) -> bool {
    resource_of(path).is_some_and(|resource| resource.shape == Shape::Many && resource.verbs.is_empty())
}

/// Whether deleted rows of a path go to a bin.
pub(crate) fn is_restorable(path: &str) -> bool {
    resource_of(path).is_some_and(|resource| resource.bin.is_some())
}

/// Whether delta queries follow the changes of a path.
pub(crate) fn has_delta(path: &str) -> bool {
    resource_of(path).is_some_and(|resource| resource.delta)
}

/// Names of the sub-collections that always stand inside the objects of a path.
pub(crate) fn inline_of(path: &str) -> &'static [&'static str] {
    resource_of(path).map_or(&[], |resource| resource.inline)
}

/// Whether rows under this path are kept by principal elsewhere.
pub(crate) fn is_spread(path: &str) -> bool {
    path.ends_with(SPREAD)
}

/// Where the grant of an application role is kept.
pub(crate) fn home_of(path: &str, row: &Object) -> String {
    let collection = match text_of(row, "principalType") {
        "User" => "users",
        "Group" => "groups",
        "ServicePrincipal" => "servicePrincipals",
        _ => return path.to_owned(),
    };
    format!("/v1.0/{collection}/{}/appRoleAssignments", text_of(row, "principalId"))
}

/// Names of the sub-collections of the rows of a path.
pub(crate) fn children_of(path: &str) -> Vec<&'static str> {
    let Some(parent) = resource_of(path) else { return Vec::new() };
    let child = |resource: &'static Resource| {
        let name = resource.path.strip_prefix(parent.path)?.strip_prefix("/{}/")?;
        (!name.contains('/')).then_some(name)
    };
    table::all().filter_map(child).collect()
}

/// The entry of a sub-collection.
pub(crate) fn child_of(parent: &Resource, name: &str) -> Option<&'static Resource> {
    let wanted = format!("{}/{{}}/{name}", parent.path);
    table::all().find(|resource| resource.path.eq_ignore_ascii_case(&wanted))
}

/// Every permission the table or an action asks for.
pub(crate) fn every_role() -> Vec<String> {
    let of = |consent: Consent| consent.iter().flat_map(|set| set.iter()).map(|role| (*role).to_owned());
    let mut roles: std::collections::BTreeSet<String> =
        table::all().flat_map(|resource| of(resource.read).chain(of(resource.write))).collect();
    roles.extend(crate::rules::actions::ACTIONS.iter().flat_map(|action| of(action.consent)));
    roles.into_iter().collect()
}

#[cfg(test)]
mod tests;
