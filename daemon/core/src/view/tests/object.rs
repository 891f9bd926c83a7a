//! What drilling down shows of one object.

use crate::fixture::World;
use crate::view::object;
use serde_json::json;
use trueconfig_common::interface::CallError;
use trueconfig_common::interface::objects::ObjectDetail;
use trueconfig_common::verdict::Verdict;

fn shown(world: &World, id: &str) -> ObjectDetail {
    object(&world.state, &world.situation(), id).unwrap()
}

fn relations(detail: &ObjectDetail) -> Vec<String> {
    detail.relations.iter().map(|one| format!("{} {} {}", one.relation, one.kind, one.name)).collect()
}

/// From the finding to the person, to the role, and back to whoever holds it.
#[test]
fn r22_an_object_shows_its_findings_relations_and_remediations() {
    let (world, id) = World::planned();
    let target = world.targets(&id).remove(0);
    let person = shown(&world, &target);
    assert_eq!((person.kind.as_str(), person.name.as_str()), ("user", target.as_str()));
    assert_eq!(person.values["accountEnabled"], json!(true));
    assert!(person.read_at.is_some());
    let finding = person.findings.iter().find(|one| one.control.as_str() == "PA-01").unwrap();
    assert_eq!(finding.verdict, Verdict::Fail);
    assert_eq!(person.remediations.iter().map(|row| &row.id).collect::<Vec<_>>(), [&id]);
    assert!(person.drift.iter().all(|row| row.control.as_str() == "PA-01"));
    assert_eq!(relations(&person), ["holds role role Global Administrator"]);
    let role = shown(&world, &person.relations[0].id);
    assert_eq!(role.relation_total, 5);
    assert!(relations(&role).contains(&format!("held by user {target}")), "{role:?}");
}

#[test]
fn who_is_excluded_from_a_policy_is_told_from_both_sides() {
    let mut world = World::enabled();
    world.directory.policies.push(json!({
        "id": "p-1", "displayName": "MFA for all", "state": "enabled",
        "conditions": {
            "clientAppTypes": ["all"], "applications": {"includeApplications": ["All"]},
            "users": {"includeUsers": ["All"], "excludeUsers": ["ann"]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    }));
    world.scan();
    assert!(relations(&shown(&world, "ann")).contains(&"excluded from policy policy MFA for all".to_owned()));
    let policy = shown(&world, "p-1");
    assert_eq!(relations(&policy)[0], "excludes user ann");
    assert_eq!(policy.values["displayName"], json!("MFA for all"));
}

#[test]
fn an_object_nobody_read_is_not_found() {
    let world = World::enabled();
    let refused = object(&world.state, &world.situation(), "nobody").unwrap_err();
    assert!(matches!(refused, CallError::NotFound { kind, .. } if kind == "object"));
}
