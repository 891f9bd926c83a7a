//! Collecting over a port in memory: what each family says when something cannot be read.

mod over_twin;

use super::super::error::Failure;
use super::super::port::{Body, ReadFrom};
use super::*;
use chrono::Utc;
use serde_json::{Value, json};
use trueconfig_core::snapshot::{FamilyName, UnreadableKind};

/// Answers by path without query; what it lacks is an empty list.
#[derive(Default)]
struct Model {
    answers: BTreeMap<String, Result<Value, (Fault, Option<&'static str>)>>,
    asked: Mutex<Vec<String>>,
}

impl Model {
    fn with(mut self, path: &str, value: Value) -> Self {
        self.answers.insert(path.to_owned(), Ok(value));
        self
    }

    fn failing(mut self, path: &str, fault: Fault, permission: Option<&'static str>) -> Self {
        self.answers.insert(path.to_owned(), Err((fault, permission)));
        self
    }

    fn answer(&self, path: &str) -> Result<Value, GraphError> {
        self.asked.lock().unwrap().push(path.to_owned());
        let bare = path.split('?').next().unwrap();
        let missing = || {
            let single = bare.starts_with("/v1.0/policies/")
                && !bare.ends_with("StrengthPolicies")
                && !bare.ends_with("MethodConfigurations");
            Ok(if single { json!({}) } else { json!({"value": []}) })
        };
        match self.answers.get(bare).cloned().unwrap_or_else(missing) {
            Ok(value) => Ok(value),
            Err((fault, permission)) => Err(Failure {
                fault,
                call: format!("GET {bare}"),
                status: Some(403),
                code: "Code".to_owned(),
                message: "told".to_owned(),
                permission: permission.map(str::to_owned),
                calls: Vec::new(),
            }
            .into()),
        }
    }
}

impl ReadPort for Model {
    fn read<'a>(&'a self, from: ReadFrom<'a>) -> BoxFuture<'a, Result<Body, GraphError>> {
        let (ReadFrom::Path(path) | ReadFrom::Link(path)) = from;
        let answer = self.answer(path);
        Box::pin(async { Ok(Body { bytes: answer?.to_string().into_bytes(), calls: Vec::new() }) })
    }

    fn batch<'a>(&'a self, paths: &'a [String]) -> BoxFuture<'a, Vec<Result<Value, GraphError>>> {
        Box::pin(async move { paths.iter().map(|path| self.answer(path)).collect() })
    }

    fn granted<'a>(&'a self) -> BoxFuture<'a, Result<BTreeSet<String>, GraphError>> {
        Box::pin(async { self.answer("token").map(|_| BTreeSet::new()) })
    }

    fn requests(&self) -> u64 {
        self.asked.lock().unwrap().len() as u64
    }

    fn most_pages(&self) -> u32 {
        100
    }
}

/// A full scan that keeps nothing.
const START: Start<'static> = Start { basis: None, last: None, memory: &NoMemory };

async fn read(model: &Model) -> Collected {
    let (watch, _) = watch::channel(Progress::default());
    let names = ["BG@contoso.com".to_owned()];
    let wanted = Wanted { break_glass: &names, ..Wanted::default() };
    collect(model, &wanted, START, &watch, &Utc::now).await.unwrap()
}

fn id(n: u32) -> String {
    format!("00000000-0000-0000-0000-{n:012}")
}

#[tokio::test]
async fn t4_an_empty_tenant_is_read_completely_and_every_family_ends() {
    let model = Model::default();
    let (watch, seen) = watch::channel(Progress::default());
    let collected = collect(&model, &Wanted::default(), START, &watch, &Utc::now).await.unwrap();
    assert_eq!(collected.snapshot.unreadable(), []);
    let progress = seen.borrow();
    assert_eq!(progress.ended.len(), Wanted::default().families());
    assert_eq!(progress.requests, collected.cost.requests);
    assert_eq!(collected.cost.phases.keys().copied().collect::<Vec<_>>(), ["details", "lists", "token"]);
}

#[tokio::test]
async fn t4_a_missing_consent_is_denied_a_missing_licence_failed_with_its_code() {
    let model = Model::default().failing("/v1.0/domains", Fault::Denied, Some("Domain.Read.All")).failing(
        "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances",
        Fault::Unlicensed,
        None,
    );
    let snapshot = read(&model).await.snapshot;
    let [instances, domains] = &snapshot.unreadable()[..] else { panic!("{:?}", snapshot.unreadable()) };
    assert_eq!(
        (domains.kind, domains.detail.as_str()),
        (UnreadableKind::Permission, "Domain.Read.All has not been granted")
    );
    assert_eq!(instances.kind, UnreadableKind::Unreadable);
    assert!(
        instances.detail.starts_with("licence: ") && instances.detail.contains("Code"),
        "{}",
        instances.detail
    );
}

#[tokio::test]
async fn t4_a_list_that_breaks_off_is_partial_and_what_hangs_on_it_failed() {
    let model = Model::default()
        .with("/v1.0/groups", json!({"value": [{"id": id(1)}], "@odata.nextLink": "/next"}))
        .failing("/next", Fault::Unreachable, None)
        .failing("/v1.0/users", Fault::Denied, Some("User.Read.All"));
    let snapshot = read(&model).await.snapshot;
    assert_eq!(snapshot.groups.status(), FamilyStatus::Partial);
    assert_eq!(snapshot.groups.partial_rows().len(), 1);
    assert_eq!(snapshot.group_members.status(), FamilyStatus::Failed);
    assert_eq!(snapshot.authentication_methods.status(), FamilyStatus::Denied);
}

#[tokio::test]
async fn members_are_read_of_groups_that_hold_roles_or_stand_in_policies_and_of_groups_inside() {
    let group = |n: u32| json!({"id": id(n), "isAssignableToRole": n == 1});
    let member = |kind: &str, n: u32| json!({"@odata.type": format!("#microsoft.graph.{kind}"), "id": id(n)});
    let policy = json!({"id": id(90), "displayName": "x", "state": "enabled", "conditions": {"users": {"excludeGroups": [id(3)]}}});
    let model = Model::default()
        .with("/v1.0/groups", json!({"value": (1..=6).map(group).collect::<Vec<_>>()}))
        .with(
            "/v1.0/roleManagement/directory/roleAssignments",
            json!({"value": [{"id": "a", "principalId": id(2), "roleDefinitionId": id(80), "directoryScopeId": "/"}]}),
        )
        .with("/v1.0/identity/conditionalAccess/policies", json!({"value": [policy]}))
        .with(&format!("/v1.0/groups/{}/members", id(3)), json!({"value": [member("group", 4), member("user", 70)]}))
        .with(&format!("/v1.0/groups/{}/members", id(4)), json!({"value": [member("group", 3)]}))
        .failing(&format!("/v1.0/groups/{}/members", id(2)), Fault::NotFound, None);
    let snapshot = read(&model).await.snapshot;
    let read: BTreeSet<String> =
        snapshot.group_members.rows().unwrap().iter().map(|row| row.group.to_string()).collect();
    assert_eq!(read, BTreeSet::from([id(1), id(3), id(4)]), "5 and 6 matter to nobody, 2 is gone");
}

#[tokio::test]
async fn owners_come_expanded_and_are_asked_for_where_there_may_be_more() {
    let owner = |n: usize| json!({"@odata.type": "#microsoft.graph.user", "id": id(100 + n as u32)});
    let owners = |count: usize| (0..count).map(owner).collect::<Vec<_>>();
    let model = Model::default()
        .with(
            "/v1.0/applications",
            json!({"value": [
                {"id": id(1), "owners": owners(2)}, {"id": id(2), "owners": owners(20)}, {"id": id(3)}, {"id": id(4), "owners": []},
            ]}),
        )
        .with(&format!("/v1.0/applications/{}/owners", id(2)), json!({"value": owners(20), "@odata.nextLink": "/more"}))
        .with("/more", json!({"value": owners(5)}));
    let collected = read(&model).await;
    let rows = collected.snapshot.application_owners.rows().unwrap();
    let mut counts: Vec<_> = rows.iter().map(|row| (row.application.to_string(), row.owners.len())).collect();
    counts.sort();
    assert_eq!(counts, [(id(1), 2), (id(2), 25), (id(3), 0), (id(4), 0)]);
    let asked = model.asked.lock().unwrap();
    assert_eq!(asked.iter().filter(|path| path.contains("/owners")).count(), 2);
    assert_eq!(collected.cost.objects[&FamilyName::ApplicationOwners], 4);
}

#[tokio::test]
async fn methods_are_read_of_break_glass_accounts_only() {
    let user = |n: u32, name: &str| json!({"id": id(n), "userPrincipalName": name});
    let model = Model::default()
        .with("/v1.0/users", json!({"value": [user(1, "bg@contoso.com"), user(2, "ann@contoso.com")]}))
        .with(
            &format!("/v1.0/users/{}/authentication/methods", id(1)),
            json!({"value": [{"@odata.type": "#microsoft.graph.fido2AuthenticationMethod", "id": "k"}]}),
        );
    let snapshot = read(&model).await.snapshot;
    let rows = snapshot.authentication_methods.rows().unwrap();
    assert_eq!((rows.len(), rows[0].user.to_string()), (1, id(1)));
    assert_eq!(rows[0].methods[0].odata_type, "#microsoft.graph.fido2AuthenticationMethod");
}

#[tokio::test]
async fn without_a_token_nothing_is_read() {
    let model = Model::default().failing("token", Fault::Token, None);
    let (watch, _) = watch::channel(Progress::default());
    let error = collect(&model, &Wanted::default(), START, &watch, &Utc::now).await.unwrap_err();
    assert_eq!((error.fault, model.requests()), (Fault::Token, 1));
}

#[test]
fn an_id_from_the_tenant_stays_one_segment() {
    assert_eq!(segment(&Id::from("../groups?x=1")), "..%2Fgroups%3Fx%3D1");
    assert_eq!(segment(&Id::from(id(1).as_str())), id(1));
}
