//! One fix as a person sees it through, each step seen with other eyes than the daemon's.

use crate::tenant;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use trueconfig_common::change::GraphRequest;
use trueconfig_common::client::Client;
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::interface::controls::GetControl;
use trueconfig_common::interface::remediations::{
    Approve, GetRemediation, ListRemediations, PlanFix, Rollback,
};
use trueconfig_common::interface::scan::StartScan;
use trueconfig_common::interface::settings::{RecordBreakGlassTest, SetMode, SetRemediation};
use trueconfig_common::interface::{ListQuery, Method};
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::{Direction, RemediationDetail, RemediationState};
use trueconfig_common::verdict::Verdict;
use trueconfig_tests::support::{Daemon, Record, Stage, eventually};
use trueconfig_twin::RequestLine;

/// Longest wait for a scan, a fix or a rollback, on two busy cores.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A daemon, its tenant and the one control a test is about.
pub struct Story {
    pub daemon: Daemon,
    client: Option<Client>,
    control: ControlId,
    before: Value,
    accounted: usize,
}

impl Story {
    /// Starts the daemon and waits for the scan that it makes by itself.
    pub async fn open(stage: Stage, control: &str) -> Self {
        let daemon = stage.start().await;
        let client = Some(daemon.client().await);
        let before = tenant::state(daemon.twin());
        let story = Self { daemon, client, control: ControlId::from(control), before, accounted: 0 };
        story.seen("the first scan", |record| record.kind == "scan_finished").await;
        story
    }

    /// As an operator begins: a break-glass test, remediation on, the control in manual, a scan.
    pub async fn begin(stage: Stage, control: &str) -> Self {
        let mut story = Self::open(stage, control).await;
        story.test_break_glass().await;
        story.switch_on(Mode::Manual).await;
        story.scan().await;
        story
    }

    /// The connection, made anew where there is none.
    async fn client(&mut self) -> &mut Client {
        if self.client.is_none() {
            self.client = Some(self.daemon.client().await);
        }
        self.client.as_mut().expect("it was just made")
    }

    /// Hangs up: nobody is connected until the next call.
    pub fn without_client(self) -> Self {
        Self { client: None, ..self }
    }

    /// Records a break-glass test.
    pub async fn test_break_glass(&mut self) {
        let note = "both accounts signed in from the safe".to_owned();
        self.call(RecordBreakGlassTest { tenant: String::new(), note }).await;
    }

    /// Switches remediation on and sets the control's mode. From here on the tenant is remembered.
    pub async fn switch_on(&mut self, mode: Mode) {
        let reason = "a test of this fix".to_owned();
        self.call(SetRemediation { tenant: String::new(), enabled: true, reason }).await;
        self.set_mode(mode).await;
        self.remember();
    }

    /// Sets the control's mode.
    pub async fn set_mode(&mut self, mode: Mode) {
        let (control, reason) = (Some(self.control.clone()), "30 days in manual went well".to_owned());
        self.call(SetMode { tenant: String::new(), control, mode: Some(mode), reason }).await;
    }

    /// What a rollback is to come back to is the tenant as it is now.
    pub fn remember(&mut self) {
        self.before = tenant::state(self.daemon.twin());
    }

    /// Calls, and shows the refusal if there is one.
    pub async fn call<M: Method>(&mut self, asked: M) -> M::Reply {
        let answer = self.client().await.call(asked).await;
        answer.unwrap_or_else(|error| panic!("{} was refused: {error}", M::NAME))
    }

    /// Calls what must be refused, and gives the reason.
    pub async fn refused<M: Method>(&mut self, asked: M) -> String {
        match self.client().await.call(asked).await {
            Err(error) => error.to_string(),
            Ok(_) => panic!("{} was not refused", M::NAME),
        }
    }

    /// Scans and waits for the end.
    pub async fn scan(&mut self) {
        let mut replies =
            self.client().await.stream(StartScan::default()).await.expect("a scan can be asked for");
        let mut error = "the daemon said nothing".to_owned();
        while let Some(progress) = replies.next().await {
            error = progress.expect("a scan says how it goes").error;
        }
        assert_eq!(error, "", "the scan failed");
    }

    /// The control's last verdict, as the journal's files have it.
    pub fn verdict(&self) -> Verdict {
        let records = self.daemon.journal();
        let changed =
            |record: &&Record| record.kind == "verdict_changed" && record.body["control"] == self.name();
        let last = records.iter().rev().find(changed).expect("the control was judged");
        serde_json::from_value(last.body["to"].clone()).expect("a verdict is one of five")
    }

    fn name(&self) -> Value {
        json!(self.control.as_str())
    }

    /// Asks for a plan that cannot be made, and gives the reason.
    pub async fn no_plan(&mut self) -> String {
        self.refused(PlanFix { tenant: String::new(), control: self.control.clone() }).await
    }

    /// All remediations of the control in a state, oldest first.
    pub async fn in_state(&mut self, state: RemediationState) -> Vec<RemediationDetail> {
        let query = ListQuery { filter: format!("control:{}", self.control), ..ListQuery::default() };
        let page = self.call(ListRemediations { tenant: String::new(), query }).await;
        let mut ids: Vec<RemediationId> =
            page.rows.into_iter().filter(|row| row.state == state).map(|row| row.id).collect();
        ids.sort();
        let mut details = Vec::new();
        for id in ids {
            details.push(self.remediation(&id).await);
        }
        details
    }

    /// The one remediation of the control in a state.
    pub async fn only(&mut self, state: RemediationState) -> RemediationDetail {
        let mut found = self.in_state(state).await;
        let ids: Vec<_> = found.iter().map(|one| one.row.id.to_string()).collect();
        assert_eq!(found.len(), 1, "{state} for {}: {ids:?}\n{}", self.control, self.daemon.log());
        found.remove(0)
    }

    pub async fn remediation(&mut self, id: &RemediationId) -> RemediationDetail {
        self.call(GetRemediation { tenant: String::new(), id: id.clone() }).await
    }

    /// Approves, knowing of every gate that fails.
    pub async fn approve(&mut self, plan: &RemediationDetail) {
        let acknowledge = plan.to_acknowledge.clone();
        self.call(Self::approval(plan, acknowledge)).await;
    }

    /// The approval of a plan by its digest.
    pub fn approval(plan: &RemediationDetail, acknowledge: Vec<trueconfig_common::gate::Gate>) -> Approve {
        let (id, digest) = (plan.row.id.clone(), plan.digest.clone());
        Approve { tenant: String::new(), id, digest, note: "agreed".to_owned(), acknowledge, window: None }
    }

    /// Waits until a remediation is in a state; another one that it does not leave by itself ends the test.
    pub async fn until(&mut self, id: &RemediationId, wanted: RemediationState) -> RemediationDetail {
        eventually(&format!("{id} to be {wanted}"), PATIENCE, async || {
            let detail = self.remediation(id).await;
            let state = detail.row.state;
            let moving = state.is_running() || state.is_pending();
            let (timeline, steps) = (&detail.timeline, &detail.steps);
            assert!(moving || state == wanted, "{id} is {state}, not {wanted}: {timeline:#?} {steps:#?}");
            (state == wanted).then_some(detail)
        })
        .await
    }

    /// Waits until the journal's files have such a record.
    pub async fn seen(&self, what: &str, is: impl Fn(&Record) -> bool) -> Record {
        eventually(what, PATIENCE, async || self.daemon.journal().into_iter().find(|record| is(record))).await
    }

    /// Approves a plan and sees it through; the twin got exactly what was planned.
    pub async fn fix(&mut self, plan: &RemediationDetail) -> RemediationDetail {
        assert!(self.unaccounted().is_empty(), "nothing is written before the approval (R25)");
        self.approve(plan).await;
        let done = self.until(&plan.row.id, RemediationState::Verified).await;
        self.assert_written(plan);
        done
    }

    /// Writes that no assertion has looked at yet.
    pub fn unaccounted(&self) -> Vec<RequestLine> {
        self.daemon.writes().split_off(self.accounted)
    }

    /// The twin got exactly the planned requests, and the journal has an intent before and an outcome after
    /// each (R25, R65, R74-R79).
    pub fn assert_written(&mut self, plan: &RemediationDetail) {
        let requests: Vec<GraphRequest> = plan.changes.iter().map(|change| change.request.clone()).collect();
        self.assert_writes(plan, Direction::Forward, &requests);
    }

    /// Rolls back and sees it through: the twin got exactly the inverses, the tenant is as it was, and the
    /// control is held (R63-R68, D9).
    pub async fn roll_back(&mut self, plan: &RemediationDetail) {
        self.take_back(plan).await;
        self.assert_restored();
        self.assert_held().await;
    }

    /// Rolls back; the twin got exactly the inverses of what was done, last first.
    pub async fn take_back(&mut self, plan: &RemediationDetail) {
        let id = plan.row.id.clone();
        let inverses = self.inverses(plan);
        self.call(Rollback { tenant: String::new(), id: id.clone(), note: "needed after all".to_owned() })
            .await;
        self.until(&id, RemediationState::RolledBack).await;
        self.assert_writes(plan, Direction::Undo, &inverses);
    }

    fn inverses(&self, plan: &RemediationDetail) -> Vec<GraphRequest> {
        let done = self.records(&plan.row.id, "write_done");
        let inverse = |record: &Record| {
            let step =
                usize::try_from(record.body["step"].as_u64().expect("steps are numbered")).expect("few");
            let planned = plan.changes[step].inverse.as_ref().expect("every change can be undone");
            let produced = record.body["produced"].as_str().unwrap_or("{produced}");
            let text =
                serde_json::to_string(planned).expect("requests are JSON").replace("{produced}", produced);
            serde_json::from_str(&text).expect("requests are JSON")
        };
        done.iter().rev().map(inverse).collect()
    }

    fn assert_writes(&mut self, plan: &RemediationDetail, direction: Direction, planned: &[GraphRequest]) {
        let lines = self.unaccounted();
        let sent: Vec<_> = lines.iter().map(|line| (&*line.method, &*line.path, line.body.clone())).collect();
        let root = format!("http://{}", self.daemon.twin().http);
        let body = |request: &GraphRequest| match &request.body {
            Value::Null => None,
            body => serde_json::from_str(&body.to_string().replace("{graph}", &root)).ok(),
        };
        let wanted: Vec<_> =
            planned.iter().map(|one| (one.method.as_str(), one.path.as_str(), body(one))).collect();
        assert_eq!(sent, wanted, "the twin got something else than was planned");
        assert!(lines.iter().all(|line| (200..300).contains(&line.status)), "{lines:#?}");
        let direction = json!(direction);
        let ours = |kind: &str| {
            let mut found = self.records(&plan.row.id, kind);
            found.retain(|record| record.body["direction"] == direction);
            found
        };
        let (intents, outcomes) = (ours("write_intended"), ours("write_done"));
        assert_eq!((intents.len(), outcomes.len()), (planned.len(), planned.len()));
        for ((intent, outcome), (line, request)) in
            intents.iter().zip(&outcomes).zip(lines.iter().zip(planned))
        {
            assert!(intent.seq < outcome.seq, "the intent stands before the outcome");
            assert_eq!(intent.body["request"], json!(request));
            assert_eq!(intent.body["client_request_id"], json!(line.client_request_id), "D26");
            assert_eq!(outcome.body["calls"][0]["request_id"], json!(line.request_id), "R79");
            assert!(intent.body.get("before_snapshot").is_some(), "R65, D27");
        }
        self.accounted += lines.len();
    }

    /// Everything that was planned for the control, oldest first.
    pub fn control_planned(&self) -> Vec<RemediationId> {
        let mut records = self.daemon.journal();
        records.retain(|one| one.kind == "remediation_planned" && one.body["plan"]["control"] == self.name());
        records.iter().map(|one| RemediationId::from(tenant::text(&one.body, "id"))).collect()
    }

    /// When the writes of a remediation ended.
    pub fn executed_at(&self, id: &RemediationId) -> DateTime<Utc> {
        let records = self.records(id, "execution_finished");
        records[0].time.parse().expect("a record has a time")
    }

    /// The same daemon, another control.
    pub fn about(self, control: &str) -> Self {
        Self { control: ControlId::from(control), ..self }
    }

    /// The same daemon, stopped and started again.
    pub async fn restarted(mut self) -> Self {
        self.daemon.stop().await;
        self.daemon.restart().await;
        self.client = None;
        self
    }

    /// Looks at writes that are no plan's in order, and gives them.
    pub fn account(&mut self) -> Vec<RequestLine> {
        let lines = self.unaccounted();
        self.accounted += lines.len();
        lines
    }

    /// Records of one kind about one remediation.
    pub fn records(&self, id: &RemediationId, kind: &str) -> Vec<Record> {
        let mut records = self.daemon.journal();
        records.retain(|record| record.kind == kind && record.body["id"] == json!(id.as_str()));
        records
    }

    /// Records of one kind about the control.
    pub fn control_records(&self, kind: &str) -> Vec<Record> {
        let mut records = self.daemon.journal();
        records.retain(|record| record.kind == kind && record.body["control"] == self.name());
        records
    }

    /// The tenant is as it was.
    pub fn assert_restored(&self) {
        tenant::assert_same(&tenant::state(self.daemon.twin()), &self.before);
    }

    /// The control is held in manual, and the journal says so (D9).
    pub async fn assert_held(&mut self) {
        assert!(!self.control_records("hold_placed").is_empty(), "the journal has the hold");
        let asked = GetControl { tenant: String::new(), id: self.control.clone(), at: None };
        let detail = self.call(asked).await;
        assert!(!detail.row.held.is_empty(), "{} is held", self.control);
    }

    /// No alert was raised and nothing was rolled back by itself.
    pub fn assert_quiet(&self) {
        let kinds = ["alerted", "rollback_started", "verification_failed"];
        let loud: Vec<_> =
            self.daemon.journal().into_iter().filter(|one| kinds.contains(&&*one.kind)).collect();
        assert!(loud.is_empty(), "{loud:#?}");
    }
}

/// Every file below a folder, with its bytes.
pub fn files(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the test's folder can be listed") {
        let entry = entry.expect("the test's folder can be listed");
        let kind = entry.file_type().expect("files have a type");
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            // A file may be gone by now: the store renames some.
            found.extend(std::fs::read(entry.path()).ok().map(|bytes| (entry.path(), bytes)));
        }
    }
    found
}
