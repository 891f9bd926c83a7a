//! Policies as fixes would create them, held against the requirements they are for.

use super::*;
use crate::{
    baseline::{Baseline, Level, Member, Parameters, TenantConfig, check::Check},
    snapshot::{Snapshot, tenant_file},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

fn member(id: &str) -> Member {
    Baseline::with_cases(Level::MAXIMUM).member(&id.into()).unwrap().clone()
}

fn requirement(member: &Member) -> &Requirement {
    let Check::Policy(check) = &member.control.check else {
        panic!("{} is about policies", member.control.id)
    };
    &check.requirements[0]
}

fn now() -> DateTime<Utc> {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

fn config() -> TenantConfig {
    let accounts = ["bg1", "bg2"].map(str::to_owned).to_vec();
    TenantConfig { break_glass: accounts, own_principals: vec!["ours".to_owned()], ..TenantConfig::default() }
}

/// The tenant of a control's first case with these policies.
fn tenant(member: &Member, policies: Vec<Value>) -> Snapshot {
    let mut graph = member.control.cases[0].graph.clone();
    graph.insert("/v1.0/identity/conditionalAccess/policies".to_owned(), json!({"value": policies}));
    let services =
        json!({"value": [{"id": "ours", "appId": "ours-app"}, {"id": "worker", "appId": "worker-app"}]});
    graph.insert("/v1.0/servicePrincipals".to_owned(), services);
    tenant_file::from_responses(&graph, now()).unwrap()
}

fn body(member: &Member, parameters: &Parameters) -> Option<Value> {
    let (snapshot, config) = (tenant(member, Vec::new()), config());
    let context = Context::new(&snapshot, &config, now());
    policy_body(&context, requirement(member), parameters, "Made").unwrap()
}

fn outcome(member: &Member, policy: Value) -> Outcome {
    let (snapshot, config) = (tenant(member, vec![policy]), config());
    let context = Context::new(&snapshot, &config, now());
    assess(&context, requirement(member), &Exceptions::default()).unwrap().outcome
}

#[test]
fn d18_no_generated_policy_has_effect_and_each_leaves_break_glass_accounts_out() {
    let all = Baseline::with_cases(Level::MAXIMUM);
    let mut made = 0;
    for member in all.members.iter().filter(|one| matches!(one.control.check, Check::Policy(_))) {
        let Some(body) = body(member, &member.parameters) else { continue };
        let id = &member.control.id;
        let by_action = body.pointer("/conditions/applications/includeUserActions").is_some();
        let state = if by_action { "disabled" } else { "enabledForReportingButNotEnforced" };
        assert_eq!(body["state"], state, "{id}");
        assert_eq!(body.pointer("/conditions/users/excludeUsers"), Some(&json!(["bg1", "bg2"])), "{id}");
        made += 1;
    }
    assert!(made > 20, "{made} policies were made");
}

#[test]
fn a_device_policy_on_trial_leaves_out_where_it_is_felt_and_covers_it_once_enabled() {
    for id in ["DV-01", "CA-24"] {
        let member = member(id);
        let mut policy = body(&member, &member.parameters).unwrap();
        policy["id"] = json!("made");
        let platforms = json!({"includePlatforms": ["all"], "excludePlatforms": ["android", "iOS", "macOS"]});
        assert_eq!(policy["conditions"]["platforms"], platforms, "{id}");
        assert_eq!(outcome(&member, policy.clone()), Outcome::ReportOnly(vec![Id::new("made")]), "{id}");
        let read: ConditionalAccessPolicy = serde_json::from_value(policy.clone()).unwrap();
        let conditions = conditions_once_enabled(&read, requirement(&member)).unwrap();
        policy["state"] = json!("enabled");
        assert_eq!(outcome(&member, policy.clone()), Outcome::NotMet, "{id}: enabled as it was on trial");
        policy["conditions"] = conditions;
        assert_eq!(outcome(&member, policy), Outcome::Met, "{id}");
    }
}

#[test]
fn what_only_the_organisation_knows_has_no_default() {
    for id in ["CA-08", "CA-12"] {
        let member = member(id);
        assert_eq!(body(&member, &member.parameters), None, "{id}");
    }
    let countries = member("CA-08");
    let named = Parameters::from([("named_location".to_owned(), json!("risky"))]);
    let made = body(&countries, &named).unwrap();
    assert_eq!(made["conditions"]["locations"], json!({"includeLocations": ["risky"]}));
}

#[test]
fn our_own_principal_is_left_out_of_every_generated_policy() {
    let workloads = member("CA-12");
    let named = Parameters::from([("service_principals".to_owned(), json!(["worker", "ours"]))]);
    let made = body(&workloads, &named).unwrap();
    let services = json!({"includeServicePrincipals": ["worker"], "excludeServicePrincipals": ["ours"]});
    assert_eq!(made["conditions"]["clientApplications"], services);
    let only_ours = Parameters::from([("service_principals".to_owned(), json!(["ours"]))]);
    assert_eq!(body(&workloads, &only_ours), None);
}
