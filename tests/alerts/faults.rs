//! `kill -9` again and again while one remediation follows another: none is lost or doubled, and no alert is lost.
//!
//! `TRUECONFIG_FAULT_ROUNDS` says how many are made and rolled back.

use super::{PATIENCE, Secrets, stage};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::{Instant, timeout};
use trueconfig_common::client::Client;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::remediations::{
    Approve, GetRemediation, ListRemediations, PlanFix, Rollback,
};
use trueconfig_common::interface::scan::StartScan;
use trueconfig_common::interface::settings::{RecordBreakGlassTest, ReleaseHold, SetMode, SetRemediation};
use trueconfig_common::interface::{ListQuery, Method};
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::{RemediationRow, RemediationState};
use trueconfig_tests::support::{Daemon, HookSink, eventually, ids};

/// Its fix is one write, and so is its inverse.
const CONTROL: &str = "EXT-01";
/// What that writes.
const PATH: &str = "/v1.0/policies/authorizationPolicy";
/// Between a start and the next kill, in milliseconds: a whole round takes some 300 where nothing dies.
const KILL_AFTER: std::ops::Range<u64> = 5..400;
/// One round, kills and restarts included.
const ROUND: Duration = Duration::from_secs(120);

/// Somebody who goes on whatever dies.
struct Person {
    daemon: Daemon,
    client: Client,
    kill_at: Instant,
    chance: u64,
    kills: usize,
}

impl Person {
    async fn begin(daemon: Daemon) -> Self {
        let client = daemon.client().await;
        let kill_at = Instant::now() + PATIENCE;
        let mut person = Self { daemon, client, kill_at, chance: 7, kills: 0 };
        person.scan().await;
        let (tenant, reason) = (String::new, "fault run".to_owned());
        let test = RecordBreakGlassTest { tenant: tenant(), note: "tested".into() };
        person.client.call(test).await.unwrap();
        let on = SetRemediation { tenant: tenant(), enabled: true, reason: reason.clone() };
        person.client.call(on).await.unwrap();
        let (control, mode) = (Some(ControlId::from(CONTROL)), Some(Mode::Manual));
        person.client.call(SetMode { tenant: tenant(), control, mode, reason }).await.unwrap();
        person.rest();
        person
    }

    /// Draws the time of the next kill.
    fn rest(&mut self) {
        self.chance =
            self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let wait = KILL_AFTER.start + (self.chance >> 33) % (KILL_AFTER.end - KILL_AFTER.start);
        self.kill_at = Instant::now() + Duration::from_millis(wait);
    }

    /// Calls once. None: refused, or the daemon was killed meanwhile.
    async fn call<M: Method>(&mut self, asked: M) -> Option<M::Reply> {
        let left = self.kill_at.saturating_duration_since(Instant::now());
        if let Ok(answer) = timeout(left, self.client.call(asked)).await {
            return answer.ok();
        }
        self.kill().await;
        None
    }

    async fn kill(&mut self) {
        self.daemon.kill9();
        self.kills += 1;
        self.daemon.restart().await;
        self.client = self.daemon.client().await;
        self.rest();
    }

    async fn scan(&mut self) {
        let left = self.kill_at.saturating_duration_since(Instant::now());
        let followed = async {
            let mut scan = self.client.stream(StartScan::default()).await.ok()?;
            while let Some(progress) = scan.next().await {
                progress.ok()?;
            }
            Some(())
        };
        if timeout(left, followed).await.is_err() {
            self.kill().await;
        }
    }

    async fn rows(&mut self) -> Option<Vec<RemediationRow>> {
        let query = ListQuery { filter: format!("control:{CONTROL}"), ..ListQuery::default() };
        Some(self.call(ListRemediations { tenant: String::new(), query }).await?.rows)
    }

    /// Goes on by one step.
    async fn step(&mut self) {
        let Some(rows) = self.rows().await else { return };
        let Some(newest) = rows.into_iter().next().filter(|row| row.state != RemediationState::RolledBack)
        else {
            return self.plan().await;
        };
        let (tenant, id) = (String::new(), newest.id);
        match newest.state {
            RemediationState::PendingApproval => {
                let asked = GetRemediation { tenant: tenant.clone(), id: id.clone() };
                let Some(detail) = self.call(asked).await else { return };
                let (digest, acknowledge) = (detail.digest, detail.to_acknowledge);
                self.call(Approve { tenant, id, digest, note: "approved".into(), acknowledge, window: None })
                    .await;
            }
            RemediationState::Verified => {
                self.call(Rollback { tenant, id, note: "back".into() }).await;
            }
            // Overtaken by a scan that a start brings: the next plan takes its place.
            RemediationState::Superseded | RemediationState::Cancelled => self.plan().await,
            state => {
                let moving = state.is_running() || state == RemediationState::Approved;
                assert!(moving, "it ended as {state}\n{}", self.daemon.log());
                tokio::task::yield_now().await;
            }
        }
    }

    async fn plan(&mut self) {
        let (tenant, control) = (String::new(), ControlId::from(CONTROL));
        let release =
            ReleaseHold { tenant: tenant.clone(), control: control.clone(), reason: "go on".into() };
        self.call(release).await;
        if self.call(PlanFix { tenant, control }).await.is_none() {
            // The scan of a start may have seen the fix: then only another one sees that it is gone.
            self.scan().await;
        }
    }

    /// How many were rolled back, as the journal's files say.
    fn rounds(&self) -> usize {
        let done = |record: &trueconfig_tests::support::Record| {
            record.kind == "rollback_finished" && record.body["outcome"] == "rolled_back"
        };
        self.daemon.journal().iter().filter(|record| done(record)).count()
    }
}

/// Each write of each remediation took effect exactly once, by the journal and by the tenant.
fn assert_once(daemon: &Daemon, rounds: usize) {
    let mut applied: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for record in daemon.journal() {
        let took =
            record.kind == "write_done" || record.kind == "write_resolved" && record.body["applied"] == true;
        if took {
            let field = |name: &str| record.body[name].to_string();
            *applied.entry((field("id"), field("step"), field("direction"))).or_default() += 1;
        }
    }
    assert_eq!(applied.len(), 2 * rounds, "{applied:?}");
    assert!(applied.values().all(|times| *times == 1), "{applied:?}");
    let took = |line: &&trueconfig_twin::RequestLine| {
        line.path == PATH && (line.status / 100 == 2 || line.applied_unseen)
    };
    assert_eq!(daemon.writes().iter().filter(took).count(), 2 * rounds, "the tenant got each write once");
}

/// Ids of alerts that must have come, and that never repeat each other.
fn expected(daemon: &Daemon) -> BTreeSet<String> {
    let told = |kind: &str, body: &Value| match kind {
        "approval_requested" | "verification_passed" => true,
        "rollback_finished" => body["outcome"] == "rolled_back",
        _ => false,
    };
    let records = daemon.journal().into_iter().filter(|record| told(&record.kind, &record.body));
    records.map(|record| format!("{}-{}", daemon.tenant(), record.seq)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn remediations_and_alerts_survive_kills_at_any_moment() {
    let set = std::env::var("TRUECONFIG_FAULT_ROUNDS").ok();
    let rounds: usize = set.map_or(12, |text| text.parse().expect("a number"));
    let (sink, secrets) = (HookSink::start().await, Secrets::new());
    let stage = stage(secrets.webhook(&sink)).with_tenant_config(|tenant| {
        tenant["verification"]["interval_ms"] = 50.into();
    });
    let mut person = Person::begin(stage.start().await).await;
    let until = Instant::now() + ROUND * u32::try_from(rounds).expect("not so many");
    while person.rounds() < rounds {
        assert!(Instant::now() < until, "{} of {rounds} rounds\n{}", person.rounds(), person.daemon.log());
        person.step().await;
    }
    let daemon = &person.daemon;
    assert!(person.kills >= rounds / 4, "only {} kills in {rounds} rounds", person.kills);
    assert_once(daemon, rounds);
    let expected = expected(daemon);
    assert!(expected.len() >= 3 * rounds);
    eventually("every alert", PATIENCE, async || sink.taken().is_superset(&expected).then_some(())).await;
    let mut unmarked: BTreeMap<String, usize> = BTreeMap::new();
    for hook in sink.hooks().iter().filter(|hook| hook.body["repeated"] == json!(false)) {
        ids(&hook.body).into_iter().for_each(|id| *unmarked.entry(id).or_default() += 1);
    }
    assert!(unmarked.values().all(|times| *times == 1), "a double is marked: {unmarked:?}");
    let verify = daemon.command(&["verify", "--dir"]).arg(daemon.store()).output().unwrap();
    assert!(verify.status.success(), "{}", String::from_utf8_lossy(&verify.stdout));
    let (kills, alerts) = (person.kills, expected.len());
    println!("{rounds} remediations made and rolled back, {kills} kills, {alerts} alerts, none lost");
}
