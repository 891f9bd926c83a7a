//! Reads a whole tenant into a snapshot: first all lists side by side, then what hangs on single
//! objects. A family that cannot be read never stops the others; it says so itself.

mod on_demand;
mod progress;
mod query;
mod read;

pub use progress::{Progress, ScanCost};

use super::error::{Fault, GraphError};
use super::port::ReadPort;
use chrono::{DateTime, Utc};
use futures_util::future::{BoxFuture, join_all};
use progress::Counter;
use query::{Source, source};
use read::{Question, Reading, segment};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;
use tokio::time::Instant;
use trueconfig_core::baseline::{Baseline, TenantConfig};
use trueconfig_core::snapshot::{
    Application, ApplicationOwners, AuthenticationMethod, ConditionalAccessPolicy, DirectoryObject, Family,
    FamilyName, FamilyStatus, GroupAssignmentScheduleInstance, GroupMembers, Id,
    RoleManagementPolicyAssignment, Row, Snapshot, User, UserAuthenticationMethods,
};

/// How deep groups inside groups are followed.
const NESTED_GROUPS: usize = 10;
/// Owners that Graph expands at most.
const EXPANDED_OWNERS: usize = 20;

/// A tenant as read, and what that cost.
#[derive(Debug)]
pub struct Collected {
    /// The tenant.
    pub snapshot: Snapshot,
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
        FamilyName::ALL
            .iter()
            .filter(|family| !family.is_on_demand() || self.on_demand.contains(family))
            .count()
    }
}

/// Reads a tenant.
///
/// # Errors
/// If there is no access token; then nothing can be read at all.
pub async fn collect(
    port: &dyn ReadPort,
    wanted: &Wanted<'_>,
    watch: &watch::Sender<Progress>,
    clock: &(dyn Fn() -> DateTime<Utc> + Sync),
) -> Result<Collected, GraphError> {
    let before = port.requests();
    let mut cost = ScanCost::default();
    let begun = Instant::now();
    let granted = port.granted().await?;
    cost.phases.insert("token", begun.elapsed());

    let reading = Reading { port, counter: Counter::new(watch, before), wanted };
    let mut snapshot = Snapshot::unread(clock());
    let begun = Instant::now();
    let owners = reading.lists(&mut snapshot).await;
    cost.phases.insert("lists", begun.elapsed());

    let begun = Instant::now();
    reading.all_details(&mut snapshot, wanted.break_glass, owners).await;
    reading.on_demand_details(&mut snapshot, &granted).await;
    cost.phases.insert("details", begun.elapsed());

    snapshot.taken_at = clock();
    cost.requests = port.requests() - before;
    cost.objects = snapshot.summary().into_iter().map(|(name, _, rows)| (name, rows as u64)).collect();
    Ok(Collected { snapshot, cost })
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
            Box::pin(async { into.applications = self.applications(&owners).await }),
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

    /// A family by its own query, if a control in force needs it.
    fn fill_wanted<'a, T: DeserializeOwned + Row + Send>(
        &'a self,
        family: &'a mut Family<T>,
    ) -> BoxFuture<'a, ()> {
        if self.wanted.on_demand.contains(&T::FAMILY) { self.fill(family) } else { Box::pin(async {}) }
    }

    /// A family by its own query.
    fn fill<'a, T: DeserializeOwned + Row + Send>(&'a self, family: &'a mut Family<T>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            match source(T::FAMILY) {
                Source::List(path) => *family = self.list(path).await,
                Source::Single(path) => *family = self.single(path).await,
                Source::Newest(path) => *family = self.newest(path).await,
                Source::PerObject => {}
            }
        })
    }

    async fn applications(&self, owners: &Mutex<ExpandedOwners>) -> Family<Application> {
        let Source::List(path) = source(Application::FAMILY) else { return Family::default() };
        self.list_as(path, |item: ApplicationItem| {
            let known = item.owners.filter(|owners| owners.len() < EXPANDED_OWNERS);
            let mut owners = owners.lock().unwrap_or_else(PoisonError::into_inner);
            owners.insert(item.application.id.clone(), known);
            item.application
        })
        .await
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
        let (mut known, mut questions) = (Vec::new(), Vec::new());
        for (application, owners) in expanded {
            match owners {
                Some(owners) => known.push(ApplicationOwners { application, owners }),
                None => questions.push(Question {
                    path: format!(
                        "/v1.0/applications/{}/owners?$select=id,displayName",
                        segment(&application)
                    ),
                    about: application,
                }),
            }
        }
        self.counter.page(ApplicationOwners::FAMILY, known.len(), self.port.requests());
        let rows = |application, owners| vec![ApplicationOwners { application, owners }];
        let mut family = self.dependent(&snapshot.applications, questions, rows).await;
        if family.status() == FamilyStatus::Complete {
            family.push_page(known);
        }
        family
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
            let already = family.partial_rows().len();
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
