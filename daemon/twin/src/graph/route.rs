//! From a path to what stands there, and from alternate keys to ids.

use super::GraphError;
use super::path::{Path, Segment};
use crate::resources::{self, CASTS, Place, Shape, aliased, filled, match_template};
use crate::rules::actions::{ACTIONS, Action};
use crate::tenant::{Tenant, text_of};

/// What a path means.
pub(crate) enum Target {
    /// A whole collection, or a singleton.
    Whole(Place),
    /// One row of a collection.
    Item(Place, Segment),
    /// The number of rows.
    Count(Place),
    /// What changed in a collection, `…/delta`.
    Delta(Place),
    /// The references of a collection, `…/$ref`.
    Links(Place),
    /// One reference, `…/{id}/$ref`.
    Link(Place, Segment),
    Action(&'static Action, Vec<Segment>),
    /// A path of the tenant file that the table does not know.
    Held(String),
}

/// Finds what a path means.
pub(crate) fn route(tenant: &Tenant, path: &Path) -> Result<Target, GraphError> {
    let path = aliased(path.clone());
    if let Some(target) = known(&path) {
        return Ok(target);
    }
    let steps: Vec<&str> = path
        .segments
        .iter()
        .map(|segment| match segment {
            Segment::Plain(name) => name.as_str(),
            Segment::Alternate { value, .. } => value.as_str(),
        })
        .collect();
    let held = format!("/{}/{}", path.version, steps.join("/"));
    let stands = tenant.single(&held).is_some() || tenant.rows(&held).is_some();
    if stands || tenant.refusal(&held).is_some() {
        return Ok(Target::Held(held));
    }
    Err(GraphError::no_segment(steps.last().copied().unwrap_or_default()))
}

/// The place of a path, which may end in a type that narrows a collection of directory objects.
fn place_of(path: &Path) -> Option<Place> {
    let exact = resources::place_of(path);
    if exact.is_some() {
        return exact;
    }
    let (Segment::Plain(last), rest) = path.segments.split_last()? else { return None };
    let cast = CASTS.into_iter().find(|(kind, _)| kind == last)?;
    let mixed = resources::place_of(&Path { version: path.version.clone(), segments: rest.to_vec() })?;
    let narrows = mixed.resource.entity == "directoryObject" && mixed.resource.shape != Shape::Many;
    narrows.then_some(Place { cast: Some(cast), ..mixed })
}

fn known(path: &Path) -> Option<Target> {
    if let Some(place) = place_of(path) {
        return Some(Target::Whole(place));
    }
    if path.version == "v1.0" {
        let action =
            ACTIONS.iter().find_map(|action| Some((action, match_template(action.path, &path.segments)?)));
        if let Some((action, keys)) = action {
            return Some(Target::Action(action, keys));
        }
    }
    let (last, rest) = path.segments.split_last()?;
    let parent = Path { version: path.version.clone(), segments: rest.to_vec() };
    if let Segment::Plain(name) = last {
        match name.as_str() {
            "$count" => return place_of(&parent).map(Target::Count),
            "$ref" => return links(&parent),
            "delta" => {
                if let Some(place) = resources::place_of(&parent).filter(|place| place.resource.delta) {
                    return Some(Target::Delta(place));
                }
            }
            _ => {}
        }
    }
    let place = resources::place_of(&parent).filter(|place| place.resource.shape != Shape::Single)?;
    Some(Target::Item(place, last.clone()))
}

fn links(path: &Path) -> Option<Target> {
    if let Some(place) = resources::place_of(path) {
        return (place.resource.shape == Shape::References).then_some(Target::Links(place));
    }
    let (last, rest) = path.segments.split_last()?;
    let parent = Path { version: path.version.clone(), segments: rest.to_vec() };
    let place = resources::place_of(&parent).filter(|place| place.resource.shape == Shape::References)?;
    Some(Target::Link(place, last.clone()))
}

/// Replaces alternate keys of a place by ids and refuses places below objects that do not exist.
pub(crate) fn resolve(tenant: &Tenant, place: &mut Place) -> Result<(), GraphError> {
    let template = place.resource.path;
    let mut resolved: Vec<Segment> = Vec::new();
    let mut walked = String::new();
    for step in template.split('/').skip(1) {
        if step == "{}" {
            let parent = filled("v1.0", &walked, &resolved);
            let segment = place.keys.get(resolved.len()).cloned().unwrap_or(Segment::Plain(String::new()));
            let key = key_of(tenant, &parent, &segment)?;
            resolved.push(Segment::Plain(key));
        }
        walked.push('/');
        walked.push_str(step);
    }
    place.path = filled("v1.0", template, &resolved);
    place.keys = resolved;
    Ok(())
}

/// The key of a row in the spelling of the tenant; 404 if there is no such row in a collection we keep.
pub(crate) fn key_of(tenant: &Tenant, collection: &str, segment: &Segment) -> Result<String, GraphError> {
    let (found, wanted) = match segment {
        Segment::Alternate { property, value } => (tenant.find_by(collection, property, value), value),
        Segment::Plain(key) if collection.ends_with("/users") && key.contains('@') => {
            (tenant.find_by(collection, "userPrincipalName", key), key)
        }
        Segment::Plain(key) => (tenant.find(collection, key), key),
    };
    let property = resources::key_of(collection);
    match found {
        Some(row) => Ok(text_of(&row, property).to_owned()),
        None if resources::shape_of(collection) == Some(Shape::Derived) => {
            Ok(derived_key(tenant, collection, segment))
        }
        None => Err(GraphError::not_found(wanted)),
    }
}

/// Keys of derived rows are checked where the rows are worked out.
fn derived_key(tenant: &Tenant, collection: &str, segment: &Segment) -> String {
    match segment {
        Segment::Plain(key) => key.clone(),
        Segment::Alternate { property, value } => {
            let place =
                crate::graph::path::parse(collection).ok().and_then(|path| resources::place_of(&path));
            let rows = place.map(|place| place.resource.rules.derive(tenant, &place)).unwrap_or_default();
            let row = rows.iter().find(|row| text_of(row, property).eq_ignore_ascii_case(value));
            row.map_or_else(|| value.clone(), |row| text_of(row, "id").to_owned())
        }
    }
}
