//! One object with all that is known about it: what was read, how it stands to others, which
//! findings name it, what was done to it. Nothing is judged here, so partial reading will do.

use super::{drift_row, row};
use crate::lifecycle::Situation;
use crate::snapshot::{
    Application, ConditionalAccessPolicy, Group, Id, NamedLocation, RoleDefinition, ServicePrincipal,
    Snapshot, User, Users,
};
use crate::state::State;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use trueconfig_common::interface::CallError;
use trueconfig_common::interface::objects::{ObjectDetail, ObjectFinding, RELATION_LIMIT, Relation};
use trueconfig_common::verdict::Evidence;

/// Remediations and drifts shown.
const SHOWN: usize = 20;

/// A row of the snapshot that stands for an object of its own.
trait Object {
    fn id(&self) -> &Id;
    fn kind(&self) -> &'static str;
    fn name(&self) -> &str;
    fn values(&self) -> Value;
}

macro_rules! objects {
    ($($row:ty: $kind:literal,)*) => {
        $(impl Object for $row {
            fn id(&self) -> &Id {
                &self.id
            }

            fn kind(&self) -> &'static str {
                $kind
            }

            fn name(&self) -> &str {
                &self.display_name
            }

            fn values(&self) -> Value {
                serde_json::to_value(self).unwrap_or(Value::Null)
            }
        })*
    };
}

objects! {
    User: "user",
    Application: "application",
    ServicePrincipal: "service_principal",
    Group: "group",
    ConditionalAccessPolicy: "policy",
    RoleDefinition: "role",
    NamedLocation: "location",
}

/// Everything about one object.
///
/// # Errors
/// [`CallError::NotFound`] if neither the last scan nor any evidence knows it.
pub fn object(state: &State, situation: &Situation<'_>, id: &str) -> Result<ObjectDetail, CallError> {
    let snapshot = situation.judged.map(|judged| &judged.snapshot);
    let wanted = Id::new(id);
    let read = snapshot.and_then(|snapshot| all(snapshot).find(|object| *object.id() == wanted));
    let (findings, evidence) = findings(situation, id);
    let (kind, name, values) = match (read, evidence) {
        (Some(read), _) => (read.kind().to_owned(), read.name().to_owned(), read.values()),
        (None, Some(seen)) => (seen.kind.clone(), seen.name.clone(), seen.values.clone()),
        (None, None) => {
            let help = "it is in no finding and was not read by the last scan".to_owned();
            return Err(CallError::NotFound { kind: "object".to_owned(), id: id.to_owned(), help });
        }
    };
    let mut relations = snapshot.map(|snapshot| relations(snapshot, &wanted)).unwrap_or_default();
    let relation_total = relations.len();
    relations.truncate(RELATION_LIMIT);
    let touching = state.remediations.values().rev().filter(|one| {
        one.plan.changes.iter().flat_map(|change| &change.view.targets).any(|target| target.id == id)
    });
    let drift = state.history.drift.iter().rev();
    let drift = drift.filter(|one| findings.iter().any(|finding| finding.control == one.control));
    Ok(ObjectDetail {
        id: id.to_owned(),
        kind,
        name,
        read_at: snapshot.filter(|_| read.is_some()).map(|snapshot| snapshot.taken_at),
        values,
        relations,
        relation_total,
        remediations: touching.take(SHOWN).map(|one| row(one, situation)).collect(),
        drift: drift.take(SHOWN).map(|one| drift_row(one, situation)).collect(),
        findings,
    })
}

/// Controls whose evidence names the object, and one such piece of evidence.
fn findings<'a>(situation: &Situation<'a>, id: &str) -> (Vec<ObjectFinding>, Option<&'a Evidence>) {
    let mut findings = Vec::new();
    let mut seen = None;
    let judgements = situation.judged.iter().flat_map(|judged| &judged.evaluation.judgements);
    for judgement in judgements {
        let Some(evidence) = judgement.evidence.iter().find(|evidence| evidence.id == id) else { continue };
        seen = seen.or(Some(evidence));
        findings.push(ObjectFinding {
            control: judgement.control.clone(),
            title: situation.control(&judgement.control).map_or_else(String::new, |one| one.title.clone()),
            verdict: judgement.verdict,
            detail: evidence.detail.clone(),
        });
    }
    (findings, seen)
}

/// Every object that has an id of its own.
fn all(snapshot: &Snapshot) -> impl Iterator<Item = &dyn Object> {
    fn erased<T: Object>(rows: &[T]) -> impl Iterator<Item = &dyn Object> {
        rows.iter().map(|row| row as &dyn Object)
    }
    erased(snapshot.conditional_access_policies.partial_rows())
        .chain(erased(snapshot.role_definitions.partial_rows()))
        .chain(erased(snapshot.named_locations.partial_rows()))
        .chain(erased(snapshot.groups.partial_rows()))
        .chain(erased(snapshot.applications.partial_rows()))
        .chain(erased(snapshot.service_principals.partial_rows()))
        .chain(erased(snapshot.users.partial_rows()))
}

/// How an object stands to others, both ways, the narrowing ones first.
fn relations(snapshot: &Snapshot, id: &Id) -> Vec<Relation> {
    let groups: BTreeSet<&Id> = groups_of(snapshot, id).collect();
    let mut found: Vec<(&str, &Id)> = Vec::new();
    for policy in snapshot.conditional_access_policies.partial_rows() {
        let users = &policy.conditions.users;
        found.extend(uses(users, &BTreeSet::from([id]), false).map(|how| (how, &policy.id)));
        found.extend(uses(users, &groups, true).map(|how| (how, &policy.id)));
        if policy.id == *id {
            found.extend(named_by(users));
        }
    }
    found.extend(groups.iter().map(|group| ("member of group", *group)));
    for assignment in snapshot.role_assignments.partial_rows() {
        if assignment.principal_id == *id {
            found.push(("holds role", &assignment.role_definition_id));
        } else if assignment.role_definition_id == *id {
            found.push(("held by", &assignment.principal_id));
        }
    }
    for owned in snapshot.application_owners.partial_rows() {
        if owned.owners.iter().any(|owner| owner.id == *id) {
            found.push(("owns application", &owned.application));
        } else if owned.application == *id {
            found.extend(owned.owners.iter().map(|owner| ("owned by", &owner.id)));
        }
    }
    for group in snapshot.group_members.partial_rows().iter().filter(|group| group.group == *id) {
        found.extend(group.members.iter().map(|member| ("has member", &member.id)));
    }
    named(snapshot, found)
}

fn groups_of<'a>(snapshot: &'a Snapshot, id: &Id) -> impl Iterator<Item = &'a Id> {
    let groups = snapshot.group_members.partial_rows().iter();
    groups.filter(|group| group.members.iter().any(|member| member.id == *id)).map(|group| &group.group)
}

/// How a policy names one of these, by itself or as a group of which the object is a member.
fn uses(users: &Users, ids: &BTreeSet<&Id>, through_group: bool) -> impl Iterator<Item = &'static str> {
    let lists: [(&[Id], &'static str, &'static str); 6] = [
        (&users.exclude_users, "excluded from policy", ""),
        (&users.exclude_groups, "excluded from policy", "excluded through a group from policy"),
        (&users.exclude_roles, "excluded from policy", ""),
        (&users.include_users, "included by policy", ""),
        (&users.include_groups, "included by policy", "included through a group by policy"),
        (&users.include_roles, "included by policy", ""),
    ];
    let matching = lists.map(|(list, direct, through)| {
        let how = if through_group { through } else { direct };
        (!how.is_empty() && list.iter().any(|id| ids.contains(id))).then_some(how)
    });
    matching.into_iter().flatten()
}

/// Whom a policy names.
fn named_by(users: &Users) -> impl Iterator<Item = (&'static str, &Id)> {
    let lists: [(&[Id], &'static str); 6] = [
        (&users.exclude_users, "excludes"),
        (&users.exclude_groups, "excludes"),
        (&users.exclude_roles, "excludes"),
        (&users.include_users, "includes"),
        (&users.include_groups, "includes"),
        (&users.include_roles, "includes"),
    ];
    lists.into_iter().flat_map(|(list, how)| list.iter().map(move |id| (how, id)))
}

/// The same with kinds and names, each once, in the order they came.
fn named(snapshot: &Snapshot, found: Vec<(&str, &Id)>) -> Vec<Relation> {
    let wanted: BTreeSet<&Id> = found.iter().map(|(_, id)| *id).collect();
    let known = all(snapshot).filter(|object| wanted.contains(object.id()));
    let mut known: BTreeMap<&Id, (&str, &str)> =
        known.map(|object| (object.id(), (object.kind(), object.name()))).collect();
    // Policies name roles by template; built-in roles have the template's id, custom ones another.
    for role in snapshot.role_definitions.partial_rows() {
        if let Some(template) = &role.template_id {
            known.entry(template).or_insert(("role", &role.display_name));
        }
    }
    let mut seen = BTreeSet::new();
    let found = found.into_iter().filter(|one| seen.insert(*one));
    found
        .map(|(relation, id)| {
            let (kind, name) = known.get(id).copied().unwrap_or(("unknown", ""));
            Relation {
                relation: relation.to_owned(),
                kind: kind.to_owned(),
                id: id.to_string(),
                name: name.to_owned(),
            }
        })
        .collect()
}
