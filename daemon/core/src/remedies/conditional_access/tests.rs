//! The two steps of policies that are tried out, and of those that cannot be.

use crate::{
    baseline::{Baseline, Level, TenantConfig},
    change::Change,
    evaluate::evaluate,
    lifecycle::{Judged, Situation},
    remedies::{Draft, NoFix, draft},
    snapshot::tenant_file,
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use trueconfig_common::verdict::Verdict;

fn now() -> DateTime<Utc> {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

/// What would be done for a control in the tenant of its first case, with these policies.
fn drafts(id: &str, policies: Vec<Value>) -> Result<Vec<Draft>, NoFix> {
    let baseline = Baseline::with_cases(Level::MAXIMUM);
    let mut graph = baseline.member(&id.into()).unwrap().control.cases[0].graph.clone();
    graph.insert("/v1.0/identity/conditionalAccess/policies".to_owned(), json!({"value": policies}));
    let off = json!({"isEnabled": false});
    graph.insert("/v1.0/policies/identitySecurityDefaultsEnforcementPolicy".to_owned(), off);
    let snapshot = tenant_file::from_responses(&graph, now()).unwrap();
    let break_glass = ["bg1", "bg2"].map(str::to_owned).to_vec();
    let tenant = TenantConfig { break_glass, ..TenantConfig::default() };
    let evaluation = evaluate(&snapshot, &baseline, &tenant, now());
    let judged = Judged { id: "0123456789".to_owned(), snapshot: snapshot.into(), evaluation };
    let situation = Situation { now: now(), baseline: &baseline, tenant: &tenant, judged: Some(&judged) };
    draft(&id.into(), &[], &BTreeSet::new(), &situation)
}

fn only(drafts: Vec<Draft>) -> Draft {
    let [draft] = <[Draft; 1]>::try_from(drafts).unwrap();
    assert_eq!(draft.changes.len(), 1);
    draft
}

/// A policy as the first step makes it.
fn made(id: &str) -> (Draft, Value) {
    let first = only(drafts(id, Vec::new()).unwrap());
    let Change::CreatePolicy(creation) = &first.changes[0] else { panic!("{:?}", first.changes) };
    let mut policy = creation.content.clone();
    policy["id"] = json!("made");
    policy["createdDateTime"] = json!("2026-11-10T09:00:00Z");
    (first, policy)
}

#[test]
fn a_policy_on_user_actions_is_made_disabled_and_enabled_without_impact_data() {
    for id in ["CA-25", "CA-28"] {
        let (first, policy) = made(id);
        assert_eq!((policy["state"].as_str(), first.expected), (Some("disabled"), Verdict::Fail), "{id}");
        assert!(first.note.contains("no impact data"), "{id}: {}", first.note);
        let second = only(drafts(id, vec![policy]).unwrap());
        assert_eq!(second.continues.as_ref().map(|id| id.as_str()), Some("made"), "{id}");
        assert_eq!(second.changes[0].view().request.body, json!({"state": "enabled"}), "{id}");
        assert_eq!(second.expected, Verdict::Pass, "{id}");
    }
}

#[test]
fn a_disabled_policy_of_somebody_elses_is_not_enabled() {
    let (_, mut policy) = made("CA-28");
    policy["displayName"] = json!("Somebody's");
    let draft = only(drafts("CA-28", vec![policy]).unwrap());
    assert!(matches!(draft.changes[0], Change::CreatePolicy(_)));
}

#[test]
fn enabling_a_device_policy_takes_the_platforms_of_the_trial_in_and_shows_it() {
    let (first, policy) = made("DV-01");
    assert_eq!(first.expected, Verdict::Warning);
    let second = only(drafts("DV-01", vec![policy.clone()]).unwrap());
    let view = second.changes[0].view();
    assert_eq!(view.request.body["state"], "enabled");
    let whole = json!({"includePlatforms": ["all"], "excludePlatforms": []});
    assert_eq!(view.request.body["conditions"]["platforms"], whole);
    assert_eq!(view.request.body["conditions"]["users"], policy["conditions"]["users"]);
    assert_eq!(view.before["conditions"]["platforms"], policy["conditions"]["platforms"]);
    assert_eq!(view.inverse.unwrap().body, view.before);
}

#[test]
fn requirements_of_several_parts_make_a_policy_for_each() {
    let [draft] = <[Draft; 1]>::try_from(drafts("CA-11", Vec::new()).unwrap()).unwrap();
    assert_eq!((draft.changes.len(), draft.expected), (2, Verdict::Warning));
}
