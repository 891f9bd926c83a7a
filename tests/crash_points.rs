//! `kill -9` of the daemon at every journal boundary of a remediation, from its planning to the end
//! of its rollback: afterwards it ends in a right state, Graph got each write at most once, and
//! nothing that was acknowledged is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;
use trueconfig_common::client::{Client, ErrorKind};
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::interface::Method;
use trueconfig_common::interface::remediations::{
    Approve, GetRemediation, ListRemediations, PlanFix, Rollback,
};
use trueconfig_common::interface::scan::StartScan;
use trueconfig_common::interface::settings::{RecordBreakGlassTest, SetMode, SetRemediation};
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::{RemediationDetail, RemediationState};
use trueconfig_tests::support::{Daemon, Stage, eventually};

const PATIENCE: Duration = Duration::from_secs(60);

/// A person who goes on with the story wherever it stands, starting the daemon again whenever it died.
struct Person {
    daemon: Daemon,
    client: Client,
    control: ControlId,
    /// Kinds of record that the daemon acknowledged.
    acknowledged: BTreeSet<&'static str>,
    deaths: usize,
}

impl Person {
    async fn begin(control: &str, crash_at: usize) -> Self {
        let stage = Stage::contoso().with_crash_points().with_tenant_config(|tenant| {
            tenant["verification"]["deadline_s"] = 1.into();
            tenant["verification"]["interval_ms"] = 50.into();
            tenant["verification"]["settled_s"] = 1.into();
            let recipients = toml::Table::from_iter([("default".to_owned(), RECIPIENT.into())]);
            tenant.insert("recipients".to_owned(), recipients.into());
        });
        let stage = stage
            .with_environment("TRUECONFIG_CRASH_AT", &crash_at.to_string())
            .with_environment("TRUECONFIG_CRASH_LOG", "boundaries.log");
        let daemon = stage.start().await;
        let client = daemon.client().await;
        let control = ControlId::from(control);
        let mut person = Self { daemon, client, control, acknowledged: BTreeSet::new(), deaths: 0 };
        person.set_up().await;
        person
    }

    /// Everything before the plan.
    async fn set_up(&mut self) {
        let mut scan = self.client.stream(StartScan::default()).await.expect("a scan begins");
        while let Some(progress) = scan.next().await {
            assert_eq!(progress.expect("the scan goes on").error, "");
        }
        let (tenant, reason) = (String::new, "crash test".to_owned());
        let test = RecordBreakGlassTest { tenant: tenant(), note: "tested".into() };
        self.client.call(test).await.expect("a test is recorded");
        let on = SetRemediation { tenant: tenant(), enabled: true, reason: reason.clone() };
        self.client.call(on).await.expect("remediation is on");
        let (control, mode) = (Some(self.control.clone()), Some(Mode::Manual));
        let manual = SetMode { tenant: tenant(), control, mode, reason };
        // The scan that every start brings may end right now, and plan: then the crash falls here.
        while self.call(manual.clone()).await.is_none() {}
    }

    /// Calls once; a daemon that died is started again and the answer is none.
    async fn call<M: Method>(&mut self, asked: M) -> Option<M::Reply> {
        match self.client.call(asked).await {
            Ok(reply) => Some(reply),
            Err(error) => {
                let refused = error.kind() == ErrorKind::Refused;
                assert!(!refused, "{}: {error}\n{}", M::NAME, self.daemon.log());
                self.daemon.wait(PATIENCE).await;
                self.deaths += 1;
                self.daemon.restart().await;
                self.client = self.daemon.client().await;
                None
            }
        }
    }

    /// The newest remediation; asks again where the daemon died meanwhile.
    async fn remediation(&mut self) -> Option<RemediationDetail> {
        loop {
            let Some(listed) = self.call(ListRemediations::default()).await else { continue };
            let id: RemediationId = listed.rows.first()?.id.clone();
            let found = self.call(GetRemediation { tenant: String::new(), id }).await;
            if found.is_some() {
                return found;
            }
        }
    }

    /// Goes on until the remediation was rolled back.
    async fn tell(&mut self) -> RemediationDetail {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            assert!(tokio::time::Instant::now() < until, "the story does not end\n{}", self.daemon.log());
            let Some(detail) = self.remediation().await else {
                self.plan().await;
                continue;
            };
            let (tenant, id) = (String::new(), detail.row.id.clone());
            match detail.row.state {
                RemediationState::PendingApproval => {
                    let (digest, acknowledge) = (detail.digest, detail.to_acknowledge);
                    let approve =
                        Approve { tenant, id, digest, note: "approved".into(), acknowledge, window: None };
                    if self.call(approve).await.is_some() {
                        self.acknowledged.insert("remediation_approved");
                    }
                }
                RemediationState::Verified => {
                    if self.call(Rollback { tenant, id, note: "back".into() }).await.is_some() {
                        self.acknowledged.insert("rollback_started");
                    }
                }
                RemediationState::RolledBack => return detail,
                state => {
                    let moving = state.is_running() || state == RemediationState::Approved;
                    let kinds: Vec<String> = self.daemon.journal().into_iter().map(|one| one.kind).collect();
                    assert!(moving, "it ended as {state}: {kinds:?}\n{}", self.daemon.log());
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    async fn plan(&mut self) {
        let plan = PlanFix { tenant: String::new(), control: self.control.clone() };
        if self.call(plan).await.is_some() {
            self.acknowledged.insert("remediation_planned");
        }
    }

    fn boundaries(&self) -> PathBuf {
        self.daemon.folder().join("boundaries.log")
    }

    /// How often Graph took each write; a repeated one is the same method, path and body.
    fn writes(&self) -> BTreeMap<String, usize> {
        let mut writes = BTreeMap::new();
        for line in self.daemon.writes().iter().filter(|line| line.status != 0) {
            let body = line.body.as_ref().map_or_else(String::new, ToString::to_string);
            *writes.entry(format!("{} {} {body}", line.method, line.path)).or_default() += 1;
        }
        writes
    }

    fn check(&self, boundary: &str) {
        let kinds: Vec<String> = self.daemon.journal().into_iter().map(|record| record.kind).collect();
        for kind in &self.acknowledged {
            assert!(
                kinds.iter().any(|one| one == kind),
                "{boundary}: {kind} was acknowledged and is missing"
            );
        }
        let verify = self.daemon.command(&["verify", "--dir"]).arg(self.daemon.store()).output();
        let verify = verify.expect("verify runs");
        assert!(verify.status.success(), "{boundary}: {}", String::from_utf8_lossy(&verify.stdout));
    }
}

/// A recipient made for this test; nobody has its identity.
const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

/// The boundaries from the plan to the end of the rollback, each with its number in a run without a crash.
async fn boundaries(control: &str) -> Vec<(usize, String)> {
    let mut person = Person::begin(control, 0).await;
    person.tell().await;
    person.check("no crash");
    assert_eq!(person.deaths, 0);
    let log = std::fs::read_to_string(person.boundaries()).expect("the boundaries were logged");
    let lines = log.lines().enumerate().map(|(index, line)| (index + 1, line.to_owned()));
    lines.skip_while(|(_, line)| !line.contains("remediation_planned")).collect()
}

#[tokio::test]
async fn pa_01_survives_a_kill_at_every_boundary() {
    let boundaries = boundaries("PA-01").await;
    assert!(boundaries.len() >= 26, "only {} boundaries: {boundaries:?}", boundaries.len());
    for (number, boundary) in &boundaries {
        let mut person = Person::begin("PA-01", *number).await;
        person.tell().await;
        assert_eq!(person.deaths, 1, "the boundary was not reached: {boundary}");
        person.check(boundary);
        let writes = person.writes();
        assert_eq!(writes.len(), 4, "{boundary}: {writes:#?}");
        assert!(writes.values().all(|times| *times == 1), "{boundary}: {writes:#?}");
        let path = "/v1.0/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq \
                    '62e90394-69f5-4237-9190-012177145e10'";
        let holders = person.daemon.graph(path)["value"].as_array().map(Vec::len);
        assert_eq!(holders, Some(5), "{boundary}");
    }
    println!("{} boundaries of PA-01, each with one kill -9", boundaries.len());
}

/// Where the answer with the secret's value is lost, the key that nobody can use is removed and a new
/// one is added: the only write that Graph may get twice.
#[tokio::test]
async fn app_02_survives_a_kill_at_every_boundary() {
    let boundaries = boundaries("APP-02").await;
    let mut orphans = 0;
    for (number, boundary) in &boundaries {
        let mut person = Person::begin("APP-02", *number).await;
        let before = secrets(&person.daemon);
        person.tell().await;
        assert_eq!(person.deaths, 1, "the boundary was not reached: {boundary}");
        person.check(boundary);
        let count = |action: &str| {
            let of = |line: &&trueconfig_twin::RequestLine| line.path.ends_with(action) && line.status != 0;
            person.daemon.writes().iter().filter(of).count()
        };
        let (added, removed) = (count("/addPassword"), count("/removePassword"));
        assert_eq!(added, removed, "{boundary}: every key that was added is gone after the rollback");
        assert!(added <= 2, "{boundary}: {added} keys were added");
        orphans += added - 1;
        assert_eq!(secrets(&person.daemon), before, "{boundary}");
    }
    assert!(orphans >= 1, "no crash fell between the answer and its record");
    println!("{} boundaries of APP-02, {orphans} orphaned keys removed", boundaries.len());
}

/// Key ids of every application.
fn secrets(daemon: &Daemon) -> BTreeSet<String> {
    let applications = daemon.graph("/v1.0/applications?$select=id,passwordCredentials&$top=999");
    let applications = applications["value"].as_array().cloned().unwrap_or_default();
    let credentials = applications.iter().filter_map(|one| one["passwordCredentials"].as_array()).flatten();
    credentials.filter_map(|one| one["keyId"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_daemon_without_the_feature_ignores_the_variable() {
    let stage = Stage::contoso().with_environment("TRUECONFIG_CRASH_AT", "1");
    let daemon = stage.with_environment("TRUECONFIG_CRASH_LOG", "boundaries.log").start().await;
    let started =
        eventually("the first record", PATIENCE, async || daemon.journal().into_iter().next()).await;
    assert_eq!(started.kind, "daemon_started");
    assert!(!daemon.folder().join("boundaries.log").exists());
}
