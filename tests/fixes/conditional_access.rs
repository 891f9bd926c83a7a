//! CA-01, CA-02, ID-02: report-only first, enabled in a second approved step (D18). PA-03: break-glass
//! accounts are kept out of policies that could lock them out.

use crate::story::Story;
use crate::tenant::{self, BREAK_GLASS_1, BREAK_GLASS_2, CA001, CA004, POLICIES, rows, text};
use serde_json::{Value, json};
use trueconfig_common::gate::Gate;
use trueconfig_common::interface::remediations::Rollback;
use trueconfig_common::remediation::{RemediationDetail, RemediationState};
use trueconfig_common::verdict::Verdict;
use trueconfig_tests::support::Stage;

const REPORT_ONLY: &str = "enabledForReportingButNotEnforced";

fn at_once(stage: Stage) -> Stage {
    stage.with_tenant_config(|tenant| {
        tenant.insert("soak_days".to_owned(), 0.into());
    })
}

fn policy(story: &Story, id: &str) -> Value {
    story.daemon.graph(&format!("{POLICIES}/{id}"))
}

/// D18: a matching report-only policy is enabled, and no twin of it is made. R41, R43: its gates fail and
/// must be acknowledged. T5: it starts from a warning.
#[tokio::test]
async fn d18_ca_01_enables_the_report_only_policy_that_is_there() {
    let mut story = Story::begin(Stage::contoso(), "CA-01").await;
    assert_eq!(story.verdict(), Verdict::Warning);
    let count = rows(&story.daemon, POLICIES).len();
    let plan = story.only(RemediationState::PendingApproval).await;
    assert_eq!(plan.to_acknowledge, [Gate::Reversibility, Gate::Dependency]);
    assert_eq!(plan.changes.len(), 1);
    assert_eq!(plan.changes[0].request.path, format!("{POLICIES}/{CA001}"));
    assert_eq!(plan.changes[0].request.body, json!({"state": "enabled"}));
    assert_eq!(plan.parent, None, "the product did not make it");
    let unaware = story.refused(Story::approval(&plan, Vec::new())).await;
    assert!(unaware.contains("reversibility, dependency"), "D4: {unaware}");

    story.fix(&plan).await;
    assert_eq!(policy(&story, CA001)["state"], "enabled");
    assert_eq!(rows(&story.daemon, POLICIES).len(), count);
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Pass);
    story.assert_quiet();
    story.roll_back(&plan).await;
    assert_eq!(policy(&story, CA001)["state"], REPORT_ONLY);
}

/// D18: security defaults are never switched off by the product; step 2 is refused with guidance.
#[tokio::test]
async fn d18_ca_01_is_not_enabled_beside_security_defaults() {
    let mut story = Story::open(Stage::contoso(), "CA-01").await;
    let path = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy";
    let mut defaults = story.daemon.graph(path);
    defaults["isEnabled"] = json!(true);
    story.daemon.twin().overwrite(path, defaults);
    story.switch_on(trueconfig_common::mode::Mode::Manual).await;
    story.scan().await;
    let refusal = story.no_plan().await;
    assert!(refusal.contains("security defaults are on"), "{refusal}");
    assert_eq!(story.account(), []);
    story.assert_restored();
}

/// D18, T7 for CA-01: nothing meets it; made report-only, then enabled as a plan with a parent.
#[tokio::test]
async fn d18_ca_01_is_made_in_two_steps() {
    let stage = Stage::tenant(tenant::contoso_without(&[CA001]));
    let made = two_steps(stage, "CA-01").await;
    assert_eq!(made["conditions"]["users"]["includeUsers"], json!(["All"]));
    assert_eq!(made["grantControls"]["builtInControls"], json!(["mfa"]));
}

/// The same for CA-02: every privileged role.
#[tokio::test]
async fn d18_ca_02_is_made_in_two_steps() {
    let stage = Stage::tenant(tenant::contoso_without(&[CA001]));
    let made = two_steps(stage, "CA-02").await;
    let roles = made["conditions"]["users"]["includeRoles"].as_array().expect("it names roles");
    assert!(roles.contains(&json!("62e90394-69f5-4237-9190-012177145e10")) && roles.len() >= 11, "{roles:?}");
    assert_eq!(made["conditions"]["users"]["includeUsers"], json!([]));
}

/// The same for ID-02: old clients are blocked.
#[tokio::test]
async fn d18_id_02_is_made_in_two_steps() {
    let made = two_steps(Stage::contoso(), "ID-02").await;
    assert_eq!(made["conditions"]["clientAppTypes"], json!(["exchangeActiveSync", "other"]));
    assert_eq!(made["grantControls"]["builtInControls"], json!(["block"]));
}

/// Both steps and both ways back; gives the policy as it stood after the first.
async fn two_steps(stage: Stage, control: &str) -> Value {
    let mut story = Story::begin(at_once(stage), control).await;
    assert_eq!(story.verdict(), Verdict::Fail);
    let first = story.only(RemediationState::PendingApproval).await;
    let made = make_report_only(&mut story, &first).await;

    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Warning, "report-only is never met");
    let second = story.only(RemediationState::PendingApproval).await;
    assert_eq!(second.parent, Some(first.row.id.clone()));
    assert_eq!(second.expected, Verdict::Pass);
    let path = format!("{POLICIES}/{}", text(&made, "id"));
    assert_eq!(second.changes.len(), 1);
    assert_eq!(second.changes[0].request.path, path);
    story.fix(&second).await;
    assert_eq!(story.daemon.graph(&path)["state"], "enabled");
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Pass);
    story.assert_quiet();

    let too_early = Rollback { tenant: String::new(), id: first.row.id.clone(), note: String::new() };
    let refusal = story.refused(too_early).await;
    assert!(refusal.contains("somebody changed"), "the second step stands on the first: {refusal}");
    assert_eq!(story.account(), []);
    story.take_back(&second).await;
    assert_eq!(story.daemon.graph(&path), unmodified(&made, &story.daemon.graph(&path)));
    story.roll_back(&first).await;
    made
}

async fn make_report_only(story: &mut Story, first: &RemediationDetail) -> Value {
    assert_eq!(first.expected, Verdict::Warning, "T7");
    assert_eq!(first.changes.len(), 1);
    assert!(first.to_acknowledge.contains(&Gate::Reversibility), "R41");
    let body = first.changes[0].request.body.clone();
    assert_eq!(body["state"], REPORT_ONLY);
    let excluded = body["conditions"]["users"]["excludeUsers"].as_array().expect("someone is left out");
    assert!(excluded.contains(&json!(BREAK_GLASS_1)) && excluded.contains(&json!(BREAK_GLASS_2)));

    // A scan meanwhile changes nothing: what waits for an approver waits for seven days (R31, D16).
    story.scan().await;
    let still = story.only(RemediationState::PendingApproval).await;
    assert_eq!((&still.row.id, &still.digest), (&first.row.id, &first.digest));

    story.fix(first).await;
    let named = |one: &&Value| one["displayName"] == body["displayName"];
    let policies = rows(&story.daemon, POLICIES);
    let made = policies.iter().find(named).expect("the tenant has the policy").clone();
    assert_eq!(made["state"], REPORT_ONLY);
    let produced = &story.records(&first.row.id, "write_done")[0].body["produced"];
    assert_eq!(*produced, made["id"], "the journal knows its id");
    made
}

/// What was made, with the date of the last change as it is now.
fn unmodified(made: &Value, now: &Value) -> Value {
    let mut made = made.clone();
    made["modifiedDateTime"] = now["modifiedDateTime"].clone();
    made["@odata.context"] = now["@odata.context"].clone();
    made
}

/// D18: the second step opens after the soak, seven days unless the operator says otherwise.
#[tokio::test]
async fn d18_the_second_step_opens_after_the_soak() {
    let mut story = Story::begin(Stage::contoso(), "ID-02").await;
    let first = story.only(RemediationState::PendingApproval).await;
    story.fix(&first).await;
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Warning);
    assert!(story.in_state(RemediationState::PendingApproval).await.is_empty());
    let refusal = story.no_plan().await;
    assert!(refusal.contains("soaks for 7 days"), "{refusal}");
    assert_eq!(story.account(), []);
    story.assert_quiet();
}

/// D18, D26: the answer to the creation is lost; the policy is found by its name, and not made twice.
#[tokio::test]
async fn d18_a_policy_whose_answer_was_lost_is_not_made_twice() {
    let mut story = Story::begin(Stage::contoso(), "ID-02").await;
    let count = rows(&story.daemon, POLICIES).len();
    let plan = story.only(RemediationState::PendingApproval).await;
    let lost = trueconfig_twin::Fault::lost("POST", POLICIES, 1, trueconfig_twin::Effect::DropAfter);
    story.daemon.twin().faults().add(lost);
    story.approve(&plan).await;
    story.until(&plan.row.id, RemediationState::Verified).await;
    let lines = story.account();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].applied_unseen);
    assert_eq!(rows(&story.daemon, POLICIES).len(), count + 1);
    let resolved = story.records(&plan.row.id, "write_resolved");
    assert_eq!(resolved[0].body["applied"], true);
    let id = text(&resolved[0].body, "produced").to_owned();
    let back = Rollback { tenant: String::new(), id: plan.row.id.clone(), note: String::new() };
    story.call(back).await;
    story.until(&plan.row.id, RemediationState::RolledBack).await;
    let sent: Vec<_> = story.account().into_iter().map(|line| (line.method, line.path)).collect();
    assert_eq!(sent, [("DELETE".to_owned(), format!("{POLICIES}/{id}"))]);
    story.assert_restored();
}

/// PA-03: the whole conditions are sent and nothing else of the policy changes. D17: the emergency-access
/// gate is informational here.
#[tokio::test]
async fn d17_pa_03_excludes_the_second_break_glass_account() {
    let mut story = Story::open(Stage::contoso(), "PA-03").await;
    story.switch_on(trueconfig_common::mode::Mode::Manual).await;
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Fail);
    let was = policy(&story, CA004);
    let plan = story.only(RemediationState::PendingApproval).await;
    assert_eq!(plan.to_acknowledge, [Gate::Reversibility], "never tested, and that is no obstacle here");
    assert_eq!(plan.changes.len(), 1);
    assert_eq!(plan.changes[0].request.path, format!("{POLICIES}/{CA004}"));
    let sent = plan.changes[0].request.body["conditions"].as_object().expect("all conditions are sent");
    let had = was["conditions"].as_object().expect("a policy has conditions");
    let missing: Vec<_> = had.keys().filter(|key| !sent.contains_key(*key)).collect();
    assert!(missing.is_empty(), "Graph promises no merging: {missing:?}");

    story.fix(&plan).await;
    let mut wanted = unmodified(&was, &policy(&story, CA004));
    wanted["conditions"]["users"]["excludeUsers"] = json!([BREAK_GLASS_1, BREAK_GLASS_2]);
    assert_eq!(policy(&story, CA004), wanted);
    story.scan().await;
    assert_eq!(story.verdict(), plan.expected);
    assert_eq!(story.verdict(), Verdict::Pass);
    story.assert_quiet();
    story.roll_back(&plan).await;
}

/// The same where Graph replaces nested values instead of merging them: which of the two it does is not
/// settled, and the fix is right under either.
#[tokio::test]
async fn pa_03_is_right_where_conditions_are_replaced() {
    let mut file = tenant::contoso();
    file.twin.switches.conditional_access_merges = false;
    let mut story = Story::begin(Stage::tenant(file), "PA-03").await;
    let was = policy(&story, CA004);
    let plan = story.only(RemediationState::PendingApproval).await;
    story.fix(&plan).await;
    let mut wanted = unmodified(&was, &policy(&story, CA004));
    wanted["conditions"]["users"]["excludeUsers"] = json!([BREAK_GLASS_1, BREAK_GLASS_2]);
    assert_eq!(policy(&story, CA004), wanted);
    story.roll_back(&plan).await;
}
