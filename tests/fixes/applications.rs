//! APP-01: app registrations without an owner get the configured one.

use crate::story::Story;
use crate::tenant::{self, rows};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use toml::Table;
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::RemediationState;
use trueconfig_common::verdict::Verdict;
use trueconfig_tests::support::{Daemon, Stage};

/// Ingrid Halvorsen, a Global Administrator.
const PRIVILEGED: &str = "40069d16-c057-4b0a-acc2-7990b21ffe13";

/// Oskar Quiroga, a Helpdesk Administrator: not highly privileged.
const UNPRIVILEGED: &str = "cd4ebbc3-e378-4897-9a9e-f5dd62d6c464";

/// Parking Permits, an app registration without owner.
const PARKING: &str = "293e2edb-e10f-442e-96f0-37c64cbeff83";

/// RoleManagement.ReadWrite.Directory, which leads to Global Administrator.
const TIER_ZERO: &str = "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8";

fn with_owner(owner: &'static str) -> Stage {
    Stage::contoso().with_tenant_config(move |tenant| {
        let owner = Table::from_iter([("owner".to_owned(), owner.into())]);
        let parameters = Table::from_iter([("APP-01".to_owned(), owner.into())]);
        tenant.insert("parameters".to_owned(), parameters.into());
    })
}

fn without_owner(daemon: &Daemon) -> BTreeSet<String> {
    let ids = rows(daemon, "/v1.0/applications?$select=id&$top=999");
    let ids = ids.iter().map(|row| tenant::text(row, "id").to_owned());
    ids.filter(|id| owners(daemon, id).is_empty()).collect()
}

fn owners(daemon: &Daemon, application: &str) -> Vec<Value> {
    let owners = rows(daemon, &format!("/v1.0/applications/{application}/owners"));
    owners.into_iter().map(|owner| owner["id"].clone()).collect()
}

#[tokio::test]
async fn app_01_assigns_the_configured_owner() {
    let mut story = Story::begin(with_owner(UNPRIVILEGED), "APP-01").await;
    assert_eq!(story.verdict(), Verdict::Fail);
    let orphans = without_owner(&story.daemon);
    assert_eq!(orphans.len(), 6);
    let plan = story.only(RemediationState::PendingApproval).await;
    let targets: BTreeSet<String> = plan.changes.iter().map(|change| change.targets[0].id.clone()).collect();
    assert_eq!(targets, orphans);
    story.fix(&plan).await;
    assert!(orphans.iter().all(|one| owners(&story.daemon, one) == [json!(UNPRIVILEGED)]));
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Pass);
    story.assert_quiet();
    story.roll_back(&plan).await;
    assert_eq!(without_owner(&story.daemon), orphans);
}

/// An owner can act as the application: one who is not privileged gets none that is.
#[tokio::test]
async fn app_01_gives_no_privileged_application_to_an_unprivileged_owner() {
    let mut story = Story::open(with_owner(UNPRIVILEGED), "APP-01").await;
    ask_for_tier_zero(&story.daemon, PARKING);
    story.test_break_glass().await;
    story.switch_on(Mode::Manual).await;
    story.scan().await;
    let plan = story.only(RemediationState::PendingApproval).await;
    assert_eq!(plan.changes.len(), 5);
    assert_eq!(plan.expected, Verdict::Fail);
    assert!(plan.reason.contains("privileged permissions"), "{}", plan.reason);
    story.fix(&plan).await;
    assert!(owners(&story.daemon, PARKING).is_empty());
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Fail);
    story.assert_quiet();
    let refusal = story.no_plan().await;
    assert!(refusal.contains("owner is not privileged"), "{refusal}");
    assert_eq!(story.account(), []);
    story.roll_back(&plan).await;
}

#[tokio::test]
async fn app_01_gives_a_privileged_application_to_a_privileged_owner() {
    let mut story = Story::open(with_owner(PRIVILEGED), "APP-01").await;
    ask_for_tier_zero(&story.daemon, PARKING);
    story.test_break_glass().await;
    story.switch_on(Mode::Manual).await;
    story.scan().await;
    let plan = story.only(RemediationState::PendingApproval).await;
    story.fix(&plan).await;
    assert_eq!(owners(&story.daemon, PARKING), [json!(PRIVILEGED)]);
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Pass);
    story.roll_back(&plan).await;
}

/// What only the organisation knows has no default.
#[tokio::test]
async fn app_01_without_an_owner_is_guidance_only() {
    let mut story = Story::begin(Stage::contoso(), "APP-01").await;
    let refusal = story.no_plan().await;
    assert!(refusal.contains("no owner is configured"), "{refusal}");
    assert_eq!(story.account(), []);
}

fn ask_for_tier_zero(daemon: &Daemon, application: &str) {
    let graph = "00000003-0000-0000-c000-000000000000";
    let access = json!([{"resourceAppId": graph, "resourceAccess": [{"id": TIER_ZERO, "type": "Role"}]}]);
    let path = format!("/v1.0/applications/{application}");
    tenant::edit(daemon, "PATCH", &path, &json!({"requiredResourceAccess": access}));
}
