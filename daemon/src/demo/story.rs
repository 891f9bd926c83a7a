//! The story of one fix: from drift to a fix and back, each step seen with other eyes than the
//! daemon's.

use super::stage::{Stage, scan};
use super::witness::Witness;
use crate::output::say;
use miette::miette;
use std::time::Duration;
use trueconfig_common::client::Client;
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::interface::audit::VerifyJournal;
use trueconfig_common::interface::controls::{ControlDetail, GetControl};
use trueconfig_common::interface::remediations::{Approve, GetRemediation, PlanFix, Rollback};
use trueconfig_common::interface::settings::{RecordBreakGlassTest, SetMode, SetRemediation};
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::{RemediationDetail, RemediationState};
use trueconfig_common::verdict::Verdict;

const CONTROL: &str = "PA-01";

/// Longest wait for a fix or a rollback.
const PATIENCE: Duration = Duration::from_secs(60);

/// Tells the story, printing each step once it was seen.
///
/// # Errors
/// With the first step that does not hold.
pub async fn tell(stage: &Stage) -> miette::Result<()> {
    let mut teller = Teller { client: stage.client().await?, witness: Witness::new(stage).await?, steps: 0 };
    teller.drift().await?;
    let plan = teller.plan().await?;
    teller.fix(&plan).await?;
    teller.back(&plan).await
}

struct Teller<'a> {
    client: Client,
    witness: Witness<'a>,
    steps: usize,
}

impl Teller<'_> {
    fn seen(&mut self, what: &str) {
        self.steps += 1;
        say(format_args!("✓ {:>2}. {what}", self.steps));
    }

    fn expect<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: &str,
        found: T,
        wanted: T,
    ) -> miette::Result<()> {
        if found == wanted {
            self.seen(what);
            return Ok(());
        }
        say(format_args!("✗ {:>2}. {what}", self.steps + 1));
        Err(miette!("step {} does not hold: expected {wanted:?}, found {found:?}", self.steps + 1))
    }

    async fn drift(&mut self) -> miette::Result<()> {
        let count = self.witness.global_administrators().await?;
        self.expect("the tenant says: 5 Global Administrators", count, 5)?;
        scan(&mut self.client).await?;
        let control = self.control().await?;
        self.expect("a scan finds PA-01 failing", control.row.verdict, Some(Verdict::Fail))?;
        say(format_args!("       {}", control.row.reason));
        let writes = self.witness.writes();
        self.expect("nothing was written: remediation is off", writes, Vec::new())
    }

    async fn plan(&mut self) -> miette::Result<RemediationDetail> {
        let tenant = String::new;
        let reason = "the story of one fix".to_owned();
        let note = "both accounts signed in from the safe".to_owned();
        self.call(RecordBreakGlassTest { tenant: tenant(), note }).await?;
        self.call(SetRemediation { tenant: tenant(), enabled: true, reason: reason.clone() }).await?;
        let control = Some(ControlId::from(CONTROL));
        self.call(SetMode { tenant: tenant(), control, mode: Some(Mode::Manual), reason }).await?;
        self.seen("a person records a break-glass test and switches PA-01 to manual");
        let plan = self.call(PlanFix { tenant: tenant(), control: ControlId::from(CONTROL) }).await?;
        self.expect("a fix is planned as a diff of 2 changes", plan.changes.len(), 2)?;
        for change in &plan.changes {
            let name = change.targets.first().map_or("", |target| target.name.as_str());
            say(format_args!("       - {}: {name}", change.summary));
            say(format_args!("         {} {}", change.request.method.as_str(), change.request.path));
        }
        self.expect("five gates ran", plan.gates.len(), 5)?;
        for gate in &plan.gates {
            say(format_args!("       {:?} {}: {}", gate.outcome, gate.gate, gate.reasons.join("; ")));
        }
        let writes = self.witness.writes();
        self.expect("still nothing was written", writes, Vec::new())?;
        Ok(plan)
    }

    async fn fix(&mut self, plan: &RemediationDetail) -> miette::Result<()> {
        let id = plan.row.id.clone();
        self.call(Approve {
            tenant: String::new(),
            id: id.clone(),
            digest: plan.digest.clone(),
            note: "agreed with both of them".to_owned(),
            acknowledge: plan.to_acknowledge.clone(),
            window: None,
        })
        .await?;
        self.seen(&format!("a person approves {id}, digest {}, with a note", plan.digest.short()));
        let state = self.settled(&id, RemediationState::Verified).await?;
        self.expect("it is executed and verified", state, RemediationState::Verified)?;
        let writes = self.witness.writes();
        let deletes =
            plan.changes.iter().map(|change| format!("DELETE {} 204", change.request.path)).collect();
        self.expect("Graph saw exactly the planned requests", writes, deletes)?;
        let count = self.witness.global_administrators().await?;
        self.expect("the tenant says: 5 → 3 Global Administrators", count, 3)?;
        let kinds = self.kinds(&id)?;
        let wanted = "remediation_planned approval_requested remediation_approved execution_started \
                      write_intended write_done write_intended write_done execution_finished \
                      verification_started verification_passed";
        self.expect("the journal has intent before and outcome after each write", kinds, wanted.to_owned())?;
        scan(&mut self.client).await?;
        let control = self.control().await?;
        self.expect("the next scan says that PA-01 passes", control.row.verdict, Some(Verdict::Pass))
    }

    async fn back(&mut self, plan: &RemediationDetail) -> miette::Result<()> {
        let id = plan.row.id.clone();
        let note = "one of them is needed this week".to_owned();
        self.call(Rollback { tenant: String::new(), id: id.clone(), note }).await?;
        self.seen(&format!("a person rolls {id} back"));
        let state = self.settled(&id, RemediationState::RolledBack).await?;
        self.expect("it is rolled back", state, RemediationState::RolledBack)?;
        let posts = self.witness.writes().iter().filter(|line| line.starts_with("POST ")).count();
        self.expect("Graph saw two assignments being made again", posts, 2)?;
        let count = self.witness.global_administrators().await?;
        self.expect("the tenant says: 3 → 5 Global Administrators", count, 5)?;
        let control = self.control().await?;
        let held = !control.row.held.is_empty();
        self.expect("PA-01 is held in manual until a person releases it", held, true)?;
        let kinds = self.kinds(&id)?;
        self.expect("the journal has the rollback", kinds.ends_with("write_done rollback_finished"), true)?;
        let report = self.call(VerifyJournal::default()).await?;
        self.expect("the journal's chain is whole", report.damage, String::new())
    }

    async fn control(&mut self) -> miette::Result<ControlDetail> {
        self.call(GetControl { tenant: String::new(), id: ControlId::from(CONTROL), at: None }).await
    }

    fn kinds(&self, id: &RemediationId) -> miette::Result<String> {
        let records = self.witness.journal(id.as_str())?;
        let kinds: Vec<&str> = records.iter().filter_map(|record| record["kind"].as_str()).collect();
        Ok(kinds.join(" "))
    }

    /// Waits until a remediation is in a state, or in one that it does not leave by itself.
    async fn settled(
        &mut self,
        id: &RemediationId,
        wanted: RemediationState,
    ) -> miette::Result<RemediationState> {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let asked = GetRemediation { tenant: String::new(), id: id.clone() };
            let state = self.call(asked).await?.row.state;
            let moving = state.is_running() || state.is_pending();
            if state == wanted || tokio::time::Instant::now() >= until || !(moving || state.may_roll_back()) {
                return Ok(state);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn call<M: trueconfig_common::interface::Method>(&mut self, asked: M) -> miette::Result<M::Reply> {
        self.client.call(asked).await.map_err(|error| miette!("{} was refused: {error}", M::NAME))
    }
}
