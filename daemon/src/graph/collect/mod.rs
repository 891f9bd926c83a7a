//! Reads a tenant into a snapshot: first all lists side by side, then what hangs on single objects.
//! A family that cannot be read never stops the others; it says so itself. With a basis, what Graph
//! tells of changes is laid over what the last scan read; the snapshot is the same as of a full scan.

mod basis;
mod delta;
mod memory;
mod on_demand;
mod prefetch;
mod progress;
mod query;
mod read;

pub use basis::{Basis, MAX_AGE, Marks};
pub use memory::{NoMemory, PageMemory};
pub use progress::{Progress, ScanCost};

use super::error::{Fault, GraphError};
use super::port::{ReadPort, each_page};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures_util::future::{BoxFuture, join_all};
use prefetch::Prefetched;
use progress::Counter;
use query::{Source, delta_of, is_small, source};
use read::{Question, Reading, segment};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;
use tokio::time::Instant;
use trueconfig_core::baseline::{Baseline, TenantConfig};
use trueconfig_core::snapshot::{
    Application, ApplicationOwners, AuditEntry, AuthenticationMethod, ConditionalAccessPolicy,
    DirectoryObject, Family, FamilyName, FamilyStatus, GroupAssignmentScheduleInstance, GroupMembers, Id,
    RoleManagementPolicyAssignment, Row, Snapshot, User, UserAuthenticationMethods,
};

/// How long an entry may take to appear in the audit log.
const AUDIT_LAG: TimeDelta = TimeDelta::hours(2);
/// Most entries of the audit log looked through.
const AUDITS_MOST: usize = 20_000;

/// How deep groups inside groups are followed.
const NESTED_GROUPS: usize = 10;
/// Owners that Graph expands at most.
const EXPANDED_OWNERS: usize = 20;

/// A tenant as read, and what that cost.
#[derive(Debug)]
pub struct Collected {
    /// The tenant.
    pub snapshot: Snapshot,
    /// Where the next scan may start from.
    pub marks: Marks,
    /// What the directory's audit log says since the last scan; empty if it cannot be read.
    pub audits: Vec<AuditEntry>,
    /// The cost.
    pub cost: ScanCost,
}

/// What is asked for beside the families that are always read.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    /// Accounts by id or sign-in name whose methods are read too.
    pub break_glass: &'a [String],
    /// Families that controls in force need.
    pub on_demand: BTreeSet<FamilyName>,
}

impl<'a> Wanted<'a> {
    /// What a baseline needs of a tenant. Beta of Graph is read only where the operator opted in
    /// (D28), and how a directory on-premises is synchronised never: Graph refuses applications.
    pub fn of(baseline: &Baseline, config: &'a TenantConfig) -> Self {
        let mut on_demand = baseline.on_demand();
        on_demand.remove(&FamilyName::OnPremisesSynchronization);
        if !config.beta {
            on_demand.remove(&FamilyName::ServicePrincipalSignInActivities);
        }
        Self { break_glass: &config.break_glass, on_demand }
    }

    /// How many families are read.
    pub fn families(&self) -> usize {
        FamilyName::ALL.iter().filter(|family| self.wants(**family)).count()
    }

    fn wants(&self, family: FamilyName) -> bool {
        !family.is_on_demand() || self.on_demand.contains(&family)
    }
}

/// What a scan begins with.
pub struct Start<'a> {
    /// The last scan, if only what changed since is to be read.
    pub basis: Option<Basis>,
    /// When the last scan began: the audit log is read from there on.
    pub last: Option<DateTime<Utc>>,
    /// Keeps pages until the scan has ended.
    pub memory: &'a dyn PageMemory,
}

/// Reads a tenant.
///
/// # Errors
/// If there is no access token; then nothing can be read at all.
pub async fn collect(
    port: &dyn ReadPort,
    wanted: &Wanted<'_>,
    start: Start<'_>,
    watch: &watch::Sender<Progress>,
    clock: &(dyn Fn() -> DateTime<Utc> + Sync),
) -> Result<Collected, GraphError> {
    let before = port.requests();
    let mut cost = ScanCost::default();
    let begun = Instant::now();
    let granted = port.granted().await?;
    cost.phases.insert("token", begun.elapsed());

    let begun = Instant::now();
    let now = clock();
    let carried = start.basis.as_ref().map(|basis| basis.carried(now)).unwrap_or_default();
    let mut deltas = start.basis.as_ref().map(Basis::deltas).unwrap_or_default();
    let audit_log = start.last.map(audits_since);
    let port = Prefetched::ask(port, small_reads(wanted, &deltas, audit_log.as_deref())).await;
    let audits = audits(&port, audit_log.as_deref()).await;
    if audits.is_none() {
        // Without the audit log nothing tells of owners that changed: they come with the applications.
        deltas.remove(&FamilyName::Applications);
    }
    let (mut snapshot, marks) = begin(start.basis, now);
    let reading = Reading {
        port: &port,
        counter: Counter::new(watch, before),
        wanted,
        memory: start.memory,
        carried,
        deltas,
        audits: audits.unwrap_or_default(),
        marks: Mutex::new(marks),
        changed: Mutex::default(),
    };
    reading.begin_deltas(reading.new_deltas()).await;
    let owners = reading.lists(&mut snapshot).await;
    cost.phases.insert("lists", begun.elapsed());

    let begun = Instant::now();
    reading.all_details(&mut snapshot, wanted.break_glass, owners).await;
    reading.on_demand_details(&mut snapshot, &granted).await;
    cost.phases.insert("details", begun.elapsed());

    snapshot.taken_at = clock();
    snapshot.carried = still_carried(&snapshot, reading.carried);
    snapshot.sort();
    cost.requests = port.requests() - before;
    cost.objects = snapshot.summary().into_iter().map(|(name, _, rows)| (name, rows as u64)).collect();
    let marks = reading.marks.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Collected { snapshot, marks, audits: reading.audits, cost })
}

/// What was taken over and is still wanted.
fn still_carried(
    snapshot: &Snapshot,
    mut carried: BTreeMap<FamilyName, DateTime<Utc>>,
) -> BTreeMap<FamilyName, DateTime<Utc>> {
    for (family, status, _) in snapshot.summary() {
        if status != FamilyStatus::Complete {
            carried.remove(&family);
        }
    }
    carried
}

/// The audit log from shortly before a moment on.
fn audits_since(last: DateTime<Utc>) -> String {
    let from = (last - AUDIT_LAG).to_rfc3339_opts(SecondsFormat::Secs, true);
    format!("/v1.0/auditLogs/directoryAudits?$filter=activityDateTime%20ge%20{from}&$top=999")
}

/// Entries of the audit log; none if it cannot be read, or is too long to be looked through.
async fn audits(port: &dyn ReadPort, path: Option<&str>) -> Option<Vec<AuditEntry>> {
    let mut entries = Vec::new();
    let read = each_page::<AuditEntry>(port, path?, |page| {
        if entries.len() <= AUDITS_MOST {
            entries.extend(page);
        }
    });
    match read.await {
        Ok(_) if entries.len() <= AUDITS_MOST => Some(entries),
        Ok(_) => None,
        Err(broken) => {
            tracing::info!(error = %broken.error, "the audit log cannot be read: nobody can be named");
            None
        }
    }
}

/// What there is before anything is read, and the marks of a scan that begins now.
fn begin(basis: Option<Basis>, now: DateTime<Utc>) -> (Snapshot, Marks) {
    match basis {
        Some(Basis { snapshot, marks }) => (snapshot, Marks { began_at: Some(now), ..marks }),
        None => {
            let marks = Marks { full_at: Some(now), began_at: Some(now), ..Marks::default() };
            (Snapshot::unread(now), marks)
        }
    }
}

/// What an incremental scan asks for together: changes, and first pages of short lists.
fn small_reads(
    wanted: &Wanted<'_>,
    deltas: &BTreeMap<FamilyName, String>,
    audit_log: Option<&str>,
) -> Vec<String> {
    if deltas.is_empty() {
        return Vec::new();
    }
    let families = FamilyName::ALL.iter().filter(|family| wanted.wants(**family) && is_small(**family));
    let paths = families.filter_map(|family| match source(*family) {
        Source::List(path) | Source::Single(path) | Source::Newest(path) => Some(path.to_owned()),
        Source::PerObject => None,
    });
    deltas.values().cloned().chain(paths).chain(audit_log.map(str::to_owned)).collect()
}

/// An application with the owners that came with it.
#[derive(Deserialize)]
struct ApplicationItem {
    #[serde(flatten)]
    application: Application,
    owners: Option<Vec<DirectoryObject>>,
}

/// Owners by application; none where they must be asked for.
type ExpandedOwners = BTreeMap<Id, Option<Vec<DirectoryObject>>>;

impl Reading<'_> {
    /// Everything that is a list or a single object, side by side.
    async fn lists(&self, into: &mut Snapshot) -> ExpandedOwners {
        let owners = Mutex::new(ExpandedOwners::new());
        let mut families: Vec<BoxFuture<'_, ()>> = vec![
            self.fill(&mut into.users),
            self.fill(&mut into.sign_in_activity),
            self.fill(&mut into.registration_details),
            self.fill(&mut into.role_definitions),
            self.fill(&mut into.role_assignments),
            self.fill(&mut into.role_assignment_schedule_instances),
            self.fill(&mut into.groups),
            Box::pin(self.applications(&mut into.applications, &owners)),
            self.fill(&mut into.service_principals),
            self.fill(&mut into.conditional_access_policies),
            self.fill(&mut into.named_locations),
            self.fill(&mut into.authentication_strengths),
            self.fill(&mut into.authentication_methods_policy),
            self.fill(&mut into.authentication_method_configurations),
            self.fill(&mut into.authorization_policy),
            self.fill(&mut into.admin_consent_request_policy),
            self.fill(&mut into.security_defaults),
            self.fill(&mut into.default_app_management_policy),
            self.fill(&mut into.subscribed_skus),
            self.fill(&mut into.organization),
            self.fill(&mut into.domains),
        ];
        families.extend([
            self.fill_wanted(&mut into.role_eligibility_schedule_instances),
            self.fill_wanted(&mut into.role_assignment_schedules),
            self.fill_wanted(&mut into.role_management_policy_assignments),
            self.fill_wanted(&mut into.oauth2_permission_grants),
            self.fill_wanted(&mut into.group_settings),
            self.fill_wanted(&mut into.cross_tenant_access_default),
            self.fill_wanted(&mut into.device_registration_policy),
            self.fill_wanted(&mut into.devices),
            self.fill_wanted(&mut into.access_review_definitions),
            self.fill_wanted(&mut into.directory_audits),
            self.fill_wanted(&mut into.sign_ins),
            self.fill_wanted(&mut into.share_point_settings),
            self.fill_wanted(&mut into.activity_based_timeout_policies),
            self.fill_wanted(&mut into.service_principal_sign_in_activities),
        ]);
        join_all(families).await;
        owners.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Delta queries to begin: of families that none is known of.
    fn new_deltas(&self) -> Vec<(FamilyName, String)> {
        let wanted = FamilyName::ALL.iter().copied().filter(|family| self.wanted.wants(*family));
        let unknown = wanted.filter(|family| !self.deltas.contains_key(family));
        unknown.filter_map(|family| Some((family, delta_of(family)?))).collect()
    }

    /// A family by its own query, if a control in force needs it.
    fn fill_wanted<'a, T: Row + Send>(&'a self, family: &'a mut Family<T>) -> BoxFuture<'a, ()> {
        if self.wanted.on_demand.contains(&T::FAMILY) {
            return self.fill(family);
        }
        *family = Family::default();
        Box::pin(async {})
    }

    /// A family by its own query, as far as it is not known from the last scan.
    fn fill<'a, T: Row + Send>(&'a self, family: &'a mut Family<T>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if self.carried.contains_key(&T::FAMILY) {
                return self.counter.ended(T::FAMILY, self.port.requests());
            }
            if self.follow(family).await {
                return;
            }
            self.restart_delta(T::FAMILY).await;
            match source(T::FAMILY) {
                Source::List(path) => *family = self.list(path).await,
                Source::Single(path) => *family = self.single(path).await,
                Source::Newest(path) => *family = self.newest(path).await,
                Source::PerObject => {}
            }
        })
    }

    /// A delta query that cannot be followed begins anew, before its family is read in full.
    async fn restart_delta(&self, family: FamilyName) {
        if let (true, Some(path)) = (self.deltas.contains_key(&family), delta_of(family)) {
            self.begin_deltas(vec![(family, path)]).await;
        }
    }

    async fn applications(&self, into: &mut Family<Application>, owners: &Mutex<ExpandedOwners>) {
        let Source::List(path) = source(Application::FAMILY) else { return };
        if self.follow(into).await {
            return;
        }
        self.restart_delta(Application::FAMILY).await;
        *into = self
            .list_as(path, |item: ApplicationItem| {
                let known = item.owners.filter(|owners| owners.len() < EXPANDED_OWNERS);
                let mut owners = owners.lock().unwrap_or_else(PoisonError::into_inner);
                owners.insert(item.application.id.clone(), known);
                item.application
            })
            .await;
    }

    /// What hangs on single objects of the families already read.
    async fn all_details(&self, into: &mut Snapshot, break_glass: &[String], owners: ExpandedOwners) {
        let (methods, members, instances, owners) = tokio::join!(
            self.methods(into, break_glass),
            self.members(into),
            self.group_instances(into),
            self.owners(into, owners),
        );
        into.authentication_methods = methods;
        into.group_members = members;
        into.group_assignment_schedule_instances = instances;
        into.application_owners = owners;
    }

    async fn methods(
        &self,
        snapshot: &Snapshot,
        break_glass: &[String],
    ) -> Family<UserAuthenticationMethods> {
        let named = |user: &&User| {
            break_glass.iter().any(|name| {
                user.id == Id::from(name.as_str()) || user.user_principal_name.eq_ignore_ascii_case(name)
            })
        };
        let questions = snapshot.users.partial_rows().iter().filter(named).map(|user| Question {
            about: user.id.clone(),
            path: format!("/v1.0/users/{}/authentication/methods", segment(&user.id)),
        });
        let rows =
            |user, methods: Vec<AuthenticationMethod>| vec![UserAuthenticationMethods { user, methods }];
        self.dependent(&snapshot.users, questions.collect(), rows).await
    }

    async fn group_instances(&self, snapshot: &Snapshot) -> Family<GroupAssignmentScheduleInstance> {
        let groups = snapshot.groups.partial_rows().iter();
        let questions =
            groups.filter(|group| group.is_assignable_to_role == Some(true)).map(|group| Question {
                about: (),
                path: format!(
                    "/v1.0/identityGovernance/privilegedAccess/group/assignmentScheduleInstances\
                 ?$filter=groupId%20eq%20'{}'",
                    segment(&group.id)
                ),
            });
        self.dependent(&snapshot.groups, questions.collect(), |(), instances| instances).await
    }

    async fn owners(&self, snapshot: &Snapshot, expanded: ExpandedOwners) -> Family<ApplicationOwners> {
        if self.is_followed(FamilyName::Applications) {
            return self.owners_again(snapshot).await;
        }
        let (mut known, mut questions) = (Vec::new(), Vec::new());
        for (application, owners) in expanded {
            match owners {
                Some(owners) => known.push(ApplicationOwners { application, owners }),
                None => questions.push(owners_of(&application)),
            }
        }
        self.counter.page(ApplicationOwners::FAMILY, known.len(), self.port.requests());
        let mut family = self.asked_owners(snapshot, questions).await;
        if family.status() == FamilyStatus::Complete {
            family.push_page(known);
        }
        family
    }

    async fn asked_owners(
        &self,
        snapshot: &Snapshot,
        questions: Vec<Question<Id>>,
    ) -> Family<ApplicationOwners> {
        let rows = |application, owners| vec![ApplicationOwners { application, owners }];
        self.dependent(&snapshot.applications, questions, rows).await
    }

    /// Owners as the last scan read them, except of applications that are new or that changed: no
    /// delta query tells of owners, so the directory's audit log does.
    async fn owners_again(&self, snapshot: &Snapshot) -> Family<ApplicationOwners> {
        let before = &snapshot.application_owners;
        let Ok(rows) = before.rows() else {
            let all = snapshot.applications.partial_rows().iter().map(|one| owners_of(&one.id));
            return self.asked_owners(snapshot, all.collect()).await;
        };
        let audited: BTreeSet<Id> = self.audits.iter().flat_map(AuditEntry::targets).collect();
        // Who was renamed or deleted stands otherwise, or no longer, among the owners.
        let mut moved = self.changed(FamilyName::Users);
        moved.append(&mut self.changed(FamilyName::ServicePrincipals));
        let is_stale = |row: &&ApplicationOwners| {
            audited.contains(&row.application) || row.owners.iter().any(|owner| moved.contains(&owner.id))
        };
        let mut stale = self.changed(FamilyName::Applications);
        stale.extend(rows.iter().filter(is_stale).map(|row| row.application.clone()));
        self.counter.page(ApplicationOwners::FAMILY, rows.len(), self.port.requests());
        let there = stale.iter().filter(|id| snapshot.applications.get(id).is_some());
        let asked = self.asked_owners(snapshot, there.map(owners_of).collect()).await;
        let Ok(answers) = asked.rows() else { return asked };
        let mut answers: BTreeMap<&Id, &ApplicationOwners> =
            answers.iter().map(|row| (&row.application, row)).collect();
        let fresh = |id: &Id, _: Option<&ApplicationOwners>| Ok::<_, Infallible>(answers.remove(id).cloned());
        match before.revised(stale.iter().cloned(), fresh) {
            Ok(revised) => revised.unwrap_or_else(|| Family::failed("what was kept of it is harmed")),
        }
    }

    /// Details of the objects of another family; unreadable where that is.
    pub(super) async fn dependent<K, I, S, T>(
        &self,
        on: &Family<S>,
        questions: Vec<Question<K>>,
        rows: impl FnMut(K, Vec<I>) -> Vec<T> + Send,
    ) -> Family<T>
    where
        K: Send,
        I: DeserializeOwned + Send,
        S: Row,
        T: Row + Send,
    {
        let mut family = Family::reading();
        let result = match on.dependent() {
            Some(unread) => {
                family = unread;
                Ok(())
            }
            None => self.details(questions, &mut family, rows).await,
        };
        self.end(&mut family, result.err());
        family
    }

    /// Members of the groups that verdicts may rest on, and of the groups inside them.
    async fn members(&self, snapshot: &Snapshot) -> Family<GroupMembers> {
        let mut family = snapshot.groups.dependent().unwrap_or_else(Family::reading);
        let failure = match family.status() {
            FamilyStatus::Partial => {
                self.nested_members(&mut family, groups_that_matter(snapshot)).await.err()
            }
            FamilyStatus::Complete | FamilyStatus::Denied | FamilyStatus::Failed => None,
        };
        self.end(&mut family, failure);
        family
    }

    async fn nested_members(
        &self,
        family: &mut Family<GroupMembers>,
        mut next: BTreeSet<Id>,
    ) -> Result<(), GraphError> {
        let mut seen = BTreeSet::new();
        for _ in 0..NESTED_GROUPS {
            let already = family.count();
            let questions = next.iter().map(|group| Question {
                about: group.clone(),
                path: format!("/v1.0/groups/{}/members?$select=id,displayName&$top=999", segment(group)),
            });
            let rows = |group, members| vec![GroupMembers { group, members }];
            self.details(questions.collect(), family, rows).await?;
            seen.append(&mut next);
            let new = family.partial_rows().iter().skip(already);
            next = new.flat_map(groups_inside).filter(|group| !seen.contains(group)).collect();
            if next.is_empty() {
                return Ok(());
            }
        }
        let message = format!("groups stand inside groups more than {NESTED_GROUPS} deep");
        Err(GraphError::local("GET /v1.0/groups", Fault::TooMuch, "nested_groups", &message, Vec::new()))
    }
}

fn owners_of(application: &Id) -> Question<Id> {
    let path = format!("/v1.0/applications/{}/owners?$select=id,displayName", segment(application));
    Question { about: application.clone(), path }
}

/// Groups that hold a role, may hold one, or are named by a Conditional Access policy.
fn groups_that_matter(snapshot: &Snapshot) -> BTreeSet<Id> {
    let groups = snapshot.groups.partial_rows();
    let known: BTreeSet<&Id> = groups.iter().map(|group| &group.id).collect();
    let assignable =
        groups.iter().filter(|group| group.is_assignable_to_role == Some(true)).map(|group| &group.id);
    let holders = snapshot.role_assignments.partial_rows().iter().map(|assignment| &assignment.principal_id);
    let eligible = snapshot.role_eligibility_schedule_instances.partial_rows();
    let eligible = eligible.iter().map(|instance| &instance.principal_id);
    let approvers = snapshot.role_management_policy_assignments.partial_rows().iter();
    let approvers = approvers.flat_map(RoleManagementPolicyAssignment::approving_groups);
    let named = snapshot.conditional_access_policies.partial_rows().iter().flat_map(groups_of);
    assignable
        .chain(holders)
        .chain(eligible)
        .chain(approvers)
        .chain(named)
        .filter(|id| known.contains(id))
        .cloned()
        .collect()
}

fn groups_of(policy: &ConditionalAccessPolicy) -> impl Iterator<Item = &Id> {
    let users = &policy.conditions.users;
    users.include_groups.iter().chain(&users.exclude_groups)
}

fn groups_inside(row: &GroupMembers) -> impl Iterator<Item = Id> {
    let groups = row.members.iter().filter(|member| member.odata_type == "#microsoft.graph.group");
    groups.map(|member| member.id.clone())
}

#[cfg(test)]
mod tests;
