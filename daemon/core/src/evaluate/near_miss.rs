//! Near misses as data: whoever carries out the edits that one names has a tenant in which the control passes.

use super::judge;
use crate::{
    baseline::{
        Baseline, Level, Member,
        check::{Check, Place, PolicyCheck},
    },
    checks::Context,
    snapshot::tenant_file,
};
use serde_json::{Map, Value, json};
use trueconfig_common::verdict::{Edit, NearMiss, Verdict};

const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";

/// All edits that a near miss names.
fn edits(near: &NearMiss) -> Vec<Edit> {
    let near = near.clone();
    let first = Edit { object: near.object, field: near.field, actual: near.actual, wanted: near.wanted };
    std::iter::once(first).chain(near.also).collect()
}

/// Puts a value at a dotted path, making objects on the way.
fn put(object: &mut Value, path: &str, wanted: Value) {
    let mut at = object;
    for part in path.split('.') {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[part];
    }
    *at = wanted;
}

/// The tenant with the edits carried out; none if they name no policy of it.
fn edited(graph: &Map<String, Value>, near: &NearMiss) -> Option<Map<String, Value>> {
    let mut graph = graph.clone();
    for edit in edits(near) {
        let policies = graph.get_mut(POLICIES)?.get_mut("value")?.as_array_mut()?;
        let policy = policies.iter_mut().find(|policy| policy["id"] == json!(edit.object))?;
        put(policy, &edit.field, edit.wanted);
    }
    Some(graph)
}

/// What only the organisation knows stands as null: which strength, which countries.
fn is_complete(near: &NearMiss, check: &PolicyCheck) -> bool {
    let countries = check.requirements.iter().any(|one| one.place == Some(Place::Countries));
    edits(near).iter().filter(|edit| edit.wanted.is_null()).all(|edit| {
        let place = edit.field == "conditions.locations" && countries;
        edit.field != "grantControls" && !place
    })
}

/// Issue 4: "if not, what is the smallest edit".
#[test]
fn carrying_out_a_near_miss_of_a_policy_makes_the_control_pass() {
    let mut wrong = Vec::new();
    let mut tried = 0_usize;
    for member in Baseline::with_cases(Level::MAXIMUM).members {
        let own = Member { parameters: member.control.parameters.clone(), ..member };
        let Check::Policy(check) = &own.control.check else { continue };
        for case in own.control.cases.iter().filter(|case| case.verdict == Verdict::Fail) {
            let verdict = |graph: &Map<String, Value>| {
                let snapshot = tenant_file::from_responses(graph, case.as_of).unwrap();
                judge(&Context::new(&snapshot, &case.config, case.as_of), &own)
            };
            let Some(near) = verdict(&case.graph).near_miss else { continue };
            if !is_complete(&near, check) {
                continue;
            }
            let Some(graph) = edited(&case.graph, &near) else { continue };
            tried += 1;
            let found = verdict(&graph);
            if found.verdict != Verdict::Pass {
                let after = found.near_miss.map(|near| near.sentence).unwrap_or(found.reason);
                let edits = edits(&near);
                wrong.push(format!(
                    "{} \"{}\": {}\n   {edits:?}\n   then: {after}",
                    own.control.id, case.name, near.sentence
                ));
            }
        }
    }
    assert!(tried > 200, "{tried} near misses");
    assert!(wrong.is_empty(), "{} of {tried} are not enough:\n{}", wrong.len(), wrong.join("\n"));
}
