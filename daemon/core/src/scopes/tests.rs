//! What is needed, missing and in excess.

use super::{Needed, Needs, compared, is_wider};
use crate::baseline::{Baseline, Level, TenantConfig};
use std::collections::{BTreeMap, BTreeSet};
use trueconfig_common::id::ControlId;

fn needed(names: &[&str]) -> Needed {
    names.iter().map(|name| ((*name).to_owned(), BTreeSet::from([ControlId::from("PA-01")]))).collect()
}

fn standings(names: &[&str], granted: &[&str]) -> BTreeMap<String, (String, String)> {
    let granted: BTreeSet<String> = granted.iter().map(|name| (*name).to_owned()).collect();
    let rows = compared(&needed(names), Some(&granted)).into_iter();
    rows.map(|row| (row.permission, (row.standing, row.why))).collect()
}

#[test]
fn each_permission_is_granted_covered_missing_or_in_excess() {
    let found = standings(
        &["User.Read.All", "Policy.Read.All", "Domain.Read.All"],
        &[
            "User.Read.All",
            "Policy.ReadWrite.All",
            "Mail.Read",
            "RoleManagement.ReadWrite.Directory",
            "Sites.Selected",
        ],
    );
    let standing = |name: &str| found[name].0.as_str();
    assert_eq!(standing("User.Read.All"), "granted");
    assert_eq!(standing("Policy.Read.All"), "covered");
    assert_eq!(standing("Domain.Read.All"), "missing");
    assert!(found["Mail.Read"].1.contains("everybody's data"));
    assert!(found["RoleManagement.ReadWrite.Directory"].1.contains("become Global Administrator"));
    assert!(found["Policy.ReadWrite.All"].1.contains("Policy.Read.All would do"));
    assert_eq!(found["Sites.Selected"], ("excess".to_owned(), "nothing here needs it".to_owned()));
}

#[test]
fn without_a_token_nothing_is_known() {
    let rows = compared(&needed(&["User.Read.All"]), None);
    assert_eq!(rows.iter().map(|row| row.standing.as_str()).collect::<Vec<_>>(), ["unknown"]);
}

#[test]
fn writing_covers_reading_and_never_the_other_way() {
    assert!(is_wider("Application.ReadWrite.All", "Application.Read.All"));
    assert!(is_wider("Directory.ReadWrite.All", "User.Read.All"));
    assert!(is_wider("Directory.Read.All", "Group.Read.All"));
    for (wide, narrow) in [
        ("Application.Read.All", "Application.ReadWrite.All"),
        ("User.Read.All", "Directory.Read.All"),
        ("Directory.Read.All", "Policy.Read.All"),
        ("User.Read.All", "User.Read.All"),
    ] {
        assert!(!is_wider(wide, narrow), "{wide} {narrow}");
    }
}

#[test]
fn only_what_is_enabled_and_asked_for_counts() {
    let baseline = Baseline::embedded(Level::try_from(1).unwrap()).unwrap();
    let all = Needs::of(&baseline, &TenantConfig::default(), &[]);
    assert!(all.reader.contains_key("Policy.Read.All") && all.writer.len() > 5);
    assert!(
        !all.reader.keys().any(|name| name.contains("Write")),
        "the reader cannot write: {:?}",
        all.reader
    );
    let one = ControlId::from("PA-01");
    let narrow = Needs::of(&baseline, &TenantConfig::default(), std::slice::from_ref(&one));
    assert!(narrow.writer.contains_key("RoleManagement.ReadWrite.Directory") && narrow.writer.len() < 3);
    let disabled = BTreeMap::from([(one.clone(), "no".to_owned())]);
    let without = Needs::of(&baseline, &TenantConfig { disabled, ..TenantConfig::default() }, &[one]);
    assert_eq!(without, Needs::default());
}
