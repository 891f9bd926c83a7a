//! What another version would change, and what a tenant holds today.

use super::{Baseline, Control, Level, TenantConfig};
use crate::{
    baseline::{Change, Shipped, pin},
    evaluate::evaluate,
    snapshot::tenant_file,
};
use serde_json::json;
use std::collections::BTreeSet;
use trueconfig_common::verdict::Verdict;

const CONTOSO: &str = include_str!("../../../../twin/tenants/contoso.json");

#[test]
fn a_copy_of_the_shipped_files_is_the_same_baseline() {
    let copy: Shipped = serde_json::from_value(json!(Shipped::embedded())).unwrap();
    assert_eq!(copy.digest(), Shipped::embedded().digest());
    let own = Control::template(&"ORG-01".into());
    let own = [("own.toml", own.as_str())];
    let (copied, shipped) = (
        copy.baseline(Level::ENHANCED, &own).unwrap(),
        Baseline::with_operators(Level::ENHANCED, &own).unwrap(),
    );
    assert_eq!(copied.digest, shipped.digest);
    assert!(copied.changes(&shipped).is_empty());
}

#[test]
fn controls_that_come_go_and_change_are_named_with_the_keys_that_differ() {
    let old = Baseline::embedded(Level::RECOMMENDED).unwrap();
    let mut new = Baseline::embedded(Level::ENHANCED).unwrap();
    new.members.retain(|member| member.control.id.as_str() != "PA-01");
    let member = new.members.iter_mut().find(|member| member.control.id.as_str() == "APP-02").unwrap();
    member.parameters.insert("max_months".to_owned(), json!(6));
    let changes = old.changes(&new);
    assert_eq!(changes[&"PA-01".into()].0, Change::Removed);
    assert_eq!(changes[&"GOV-03".into()].0, Change::Added);
    let keys = BTreeSet::from(["parameters".to_owned()]);
    assert_eq!(changes[&"APP-02".into()], (Change::Changed, keys));
    assert!(!changes.contains_key(&"EXT-01".into()));
}

/// What is pinned passes today, and whoever changes it is told.
#[test]
fn pinned_controls_are_well_formed_pass_now_and_fail_once_moved() {
    let now = "2026-11-24T08:00:00Z".parse().unwrap();
    let tenant = tenant_file::read(CONTOSO, now).unwrap();
    let config = TenantConfig::default();
    let pinned = pin(&tenant, &Baseline::embedded(Level::MAXIMUM).unwrap(), &config, now);
    assert!(pinned.files.len() >= 10, "{} files", pinned.files.len());
    assert!(pinned.left_out.iter().any(|(id, _)| id.as_str() == "PA-01"), "what cannot be pinned is said");
    let files: Vec<(&str, &str)> =
        pinned.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let baseline = Baseline::load(Level::MAXIMUM, &[], &files).unwrap_or_else(|error| panic!("{error}"));
    for judgement in evaluate(&tenant, &baseline, &config, now).judgements {
        assert_eq!(judgement.verdict, Verdict::Pass, "{}: {}", judgement.control, judgement.reason);
    }
    let moved = CONTOSO.replace("\"allowInvitesFrom\":\"everyone\"", "\"allowInvitesFrom\":\"none\"");
    assert_ne!(moved, CONTOSO);
    let moved = evaluate(&tenant_file::read(&moved, now).unwrap(), &baseline, &config, now);
    assert_eq!(moved.judgement(&"ORG-PIN-EXT-01".into()).unwrap().verdict, Verdict::Fail);
}
