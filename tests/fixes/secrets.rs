//! APP-02: a secret that lives too long gets a shorter one beside it, sealed to its recipient (D11).

use crate::story::{Story, files};
use crate::tenant::text;
use crate::wiretap::Wiretap;
use age::x25519::Identity;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::io::Read;
use std::path::Path;
use toml::Table;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::audit::ListAudit;
use trueconfig_common::interface::remediations::Rollback;
use trueconfig_common::interface::settings::ReleaseHold;
use trueconfig_common::remediation::{RemediationDetail, RemediationState};
use trueconfig_common::verdict::Verdict;
use trueconfig_tests::support::{Clock, Stage};
use trueconfig_twin::{Effect, Fault};

/// "Legacy API", whose secret lives for three years.
const LEGACY_API: &str = "d876e889-a053-4362-8403-e429b59876a8";

/// A tenant whose answers are listened to, and one recipient for every application.
async fn overheard(recipient: &Identity) -> (Stage, Wiretap) {
    let tap = Wiretap::listen().await;
    let (heard, recipient) = (tap.clone(), recipient.to_public().to_string());
    let stage = Stage::contoso().with_tenant_config(move |tenant| {
        let url = heard.before(tenant["graph_url"].as_str().expect("a twin has a URL"));
        tenant.insert("graph_url".to_owned(), url.into());
        let recipients = Table::from_iter([("default".to_owned(), recipient.into())]);
        tenant.insert("recipients".to_owned(), recipients.into());
    });
    (stage, tap)
}

/// The plan for one application.
async fn plan_for(story: &mut Story, application: &str) -> RemediationDetail {
    let mut plans = story.in_state(RemediationState::PendingApproval).await;
    assert_eq!(plans.len(), 3, "one plan for each application");
    plans.retain(|plan| plan.changes[0].targets[0].id == application);
    plans.remove(0)
}

fn secrets(story: &Story, application: &str) -> Vec<Value> {
    let path = format!("/v1.0/applications/{application}");
    story.daemon.graph(&path)["passwordCredentials"].as_array().expect("it has secrets").clone()
}

fn unsealed(file: &Path, identity: &Identity) -> String {
    let sealed = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let decryptor = age::Decryptor::new(&sealed[..]).expect("it is sealed with age");
    let identity: &dyn age::Identity = identity;
    let mut plain = decryptor.decrypt(std::iter::once(identity)).expect("the recipient can open it");
    let mut secret = String::new();
    plain.read_to_string(&mut secret).expect("secrets are text");
    secret
}

/// No file of the daemon, no log and no answer has the secret; what stands open is the sealed value only.
async fn assert_nowhere(story: &mut Story, plan: &RemediationDetail, secret: &str) {
    for (file, bytes) in files(story.daemon.folder()) {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "the secret stands in {}", file.display());
    }
    let detail = story.remediation(&plan.row.id).await;
    let audit = story.call(ListAudit::default()).await;
    let shown = serde_json::to_string(&(detail, audit)).expect("answers are JSON");
    assert!(!shown.contains(secret), "clients are told the secret");
}

/// D11, T7: the control still fails afterwards as planned, the old secret stays as it was, and a rollback
/// removes the new one.
#[tokio::test]
async fn d11_app_02_adds_a_secret_that_only_its_recipient_can_read() {
    let identity = Identity::generate();
    let (stage, tap) = overheard(&identity).await;
    let mut story = Story::begin(stage, "APP-02").await;
    assert_eq!(story.verdict(), Verdict::Fail);
    let old = secrets(&story, LEGACY_API);
    let plan = plan_for(&mut story, LEGACY_API).await;
    assert_eq!(plan.expected, Verdict::Fail, "completion is pending");
    let summary = &plan.changes[0].summary;
    assert!(summary.contains(&text(&old[0], "endDateTime")[..10]), "the current end is shown: {summary}");

    story.fix(&plan).await;
    let now = secrets(&story, LEGACY_API);
    assert_eq!(now[..1], old[..], "the old secret stays");
    assert_eq!(now.len(), 2);
    let [secret] = &tap.secrets()[..] else { panic!("one secret was made") };
    let done = &story.records(&plan.row.id, "write_done")[0].body;
    assert_eq!(done["produced"], now[1]["keyId"]);
    assert_eq!(unsealed(Path::new(text(done, "sealed")), &identity), *secret);
    assert_nowhere(&mut story, &plan, secret).await;

    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Fail);
    story.assert_quiet();
    let waiting = story.in_state(RemediationState::PendingApproval).await;
    assert_eq!(waiting.len(), 2, "it is not planned again");
    story.roll_back(&plan).await;
    assert_eq!(secrets(&story, LEGACY_API), old);
    assert_nowhere(&mut story, &plan, secret).await;
}

/// D11: once the rotation cannot be rolled back any more, taking the old secret away is a plan of its own; it cannot
/// be undone, and afterwards the new secret is the only one.
#[tokio::test]
#[ignore = "needs faketime"]
async fn d11_app_02_is_completed_after_the_window() {
    let (stage, _tap) = overheard(&Identity::generate()).await;
    let clock = Clock::right();
    let mut story = Story::begin(clock.on(stage), "APP-02").await;
    let rotation = plan_for(&mut story, LEGACY_API).await;
    story.fix(&rotation).await;
    let [_, new] = &secrets(&story, LEGACY_API)[..] else { panic!("the old secret and the new one") };
    let new = new.clone();

    clock.forward("23h");
    story.scan().await;
    assert_eq!(story.in_state(RemediationState::PendingApproval).await.len(), 2, "not inside the window");
    clock.forward("25h");
    story.scan().await;
    let completion = plan_for(&mut story, LEGACY_API).await;
    assert_eq!(completion.changes[0].inverse, None, "it cannot be undone");
    assert!(completion.timeline.iter().any(|moment| moment.at > Utc::now() + TimeDelta::hours(24)));
    story.fix(&completion).await;
    assert_eq!(secrets(&story, LEGACY_API), [new]);
    let id = completion.row.id.clone();
    let refused = story.refused(Rollback { tenant: String::new(), id, note: "regret".to_owned() }).await;
    assert!(refused.contains("cannot be undone"), "{refused}");
}

/// D11: the answer with the value is lost. What was made in vain is removed, a new one is made, and both are
/// in the journal.
#[tokio::test]
async fn d11_a_secret_whose_answer_was_lost_is_removed_and_made_anew() {
    let identity = Identity::generate();
    let (stage, tap) = overheard(&identity).await;
    let mut story = Story::begin(stage, "APP-02").await;
    let old = secrets(&story, LEGACY_API);
    let plan = plan_for(&mut story, LEGACY_API).await;
    let add = format!("/v1.0/applications/{LEGACY_API}/addPassword");
    let remove = format!("/v1.0/applications/{LEGACY_API}/removePassword");
    story.daemon.twin().faults().add(Fault::lost("POST", &add, 1, Effect::DropAfter));
    story.approve(&plan).await;
    story.until(&plan.row.id, RemediationState::Verified).await;

    let lines = story.account();
    let paths: Vec<&str> = lines.iter().map(|line| line.path.as_str()).collect();
    assert_eq!(paths, [&add, &remove, &add]);
    assert!(lines[0].applied_unseen, "the first one took effect");
    let resolved = &story.records(&plan.row.id, "write_resolved")[0].body;
    assert_eq!((&resolved["applied"], &resolved["orphan"]), (&json!(true), &json!(true)));
    let orphan = lines[1].body.as_ref().expect("it names the key")["keyId"].clone();
    assert_eq!(resolved["produced"], orphan);
    let directions: Vec<_> = story
        .records(&plan.row.id, "write_intended")
        .iter()
        .map(|one| one.body["direction"].clone())
        .collect();
    assert_eq!(directions, ["forward", "undo", "forward"]);

    let now = secrets(&story, LEGACY_API);
    assert_eq!(now.len(), 2, "no orphan is left: {now:#?}");
    assert_ne!(now[1]["keyId"], orphan);
    let done = story.records(&plan.row.id, "write_done");
    let last = &done.last().expect("the second try succeeded").body;
    let heard = tap.secrets();
    assert_eq!(unsealed(Path::new(text(last, "sealed")), &identity), heard[heard.len() - 1]);
    assert_nowhere(&mut story, &plan, &heard[heard.len() - 1]).await;
    let back = trueconfig_common::interface::remediations::Rollback {
        tenant: String::new(),
        id: plan.row.id.clone(),
        note: String::new(),
    };
    story.call(back).await;
    story.until(&plan.row.id, RemediationState::RolledBack).await;
    assert_eq!(secrets(&story, LEGACY_API), old);
    story.assert_restored();
}

/// D11: who gets the value only the organisation knows; without a recipient there is guidance only.
#[tokio::test]
async fn d11_app_02_without_a_recipient_is_guidance_only() {
    let mut story = Story::begin(Stage::contoso(), "APP-02").await;
    let refusal = story.no_plan().await;
    assert!(refusal.contains("[tenant.recipients]"), "{refusal}");
    assert_eq!(story.account(), []);
}

/// Guidance only, too, where the tenant forbids new secrets; a limit on their lifetime is kept. Applications
/// registered before a rule's date are exempt, so one of three has a plan at first.
#[tokio::test]
async fn app_02_respects_the_tenants_own_rules_on_secrets() {
    let (stage, _) = overheard(&Identity::generate()).await;
    let mut story = Story::open(stage, "APP-02").await;
    let registered =
        text(&story.daemon.graph(&format!("/v1.0/applications/{LEGACY_API}")), "createdDateTime").to_owned();
    rule(&story, "passwordLifetime", Some("P90D"), "2019-01-01T00:00:00Z");
    story.test_break_glass().await;
    story.switch_on(trueconfig_common::mode::Mode::Manual).await;
    story.scan().await;
    let plan = plan_for(&mut story, LEGACY_API).await;
    story.fix(&plan).await;
    let made = secrets(&story, LEGACY_API).pop().expect("there is a new one");
    let moment = |name: &str| text(&made, name).parse::<DateTime<Utc>>().expect("a secret has dates");
    let lifetime = moment("endDateTime") - moment("startDateTime");
    assert!(lifetime <= TimeDelta::days(90) && lifetime > TimeDelta::days(89), "{lifetime}");
    story.take_back(&plan).await;
    story.call(release("APP-02")).await;

    rule(&story, "passwordAddition", None, &registered);
    story.scan().await;
    let exempt = story.in_state(RemediationState::PendingApproval).await;
    assert!(
        exempt.iter().any(|plan| plan.changes[0].targets[0].id == LEGACY_API),
        "it is as old as the rule"
    );
    rule(&story, "passwordAddition", None, "2019-01-01T00:00:00Z");
    story.scan().await;
    let refusal = story.no_plan().await;
    assert!(refusal.contains("forbids new secrets"), "{refusal}");
    assert_eq!(story.account(), []);
}

/// A rule of the tenant on secrets, in force for applications registered later than `since`.
fn rule(story: &Story, kind: &str, longest: Option<&str>, since: &str) {
    let path = "/v1.0/policies/defaultAppManagementPolicy";
    let mut policy = story.daemon.graph(path);
    policy["isEnabled"] = json!(true);
    policy["applicationRestrictions"]["passwordCredentials"] = json!([{"restrictionType": kind, "state": "enabled",
        "maxLifetime": longest, "restrictForAppsCreatedAfterDateTime": since}]);
    story.daemon.twin().overwrite(path, policy);
}

fn release(control: &str) -> ReleaseHold {
    let (tenant, reason) = (String::new(), "understood".to_owned());
    ReleaseHold { tenant, control: ControlId::from(control), reason }
}

/// R31, D16: what waits for an approver stays the same plan, however often the tenant is scanned.
#[tokio::test]
async fn r31_app_02_waits_as_it_was_planned() {
    let identity = Identity::generate();
    let (stage, _) = overheard(&identity).await;
    let mut story = Story::begin(stage, "APP-02").await;
    let before = plan_for(&mut story, LEGACY_API).await;
    story.scan().await;
    let after = plan_for(&mut story, LEGACY_API).await;
    assert_eq!((&after.row.id, &after.digest), (&before.row.id, &before.digest));
    assert_eq!(story.account(), []);
}
