//! Incremental scans and scans that are cut short, over HTTP against the twin.

use super::super::super::token::{Credential, Registration};
use super::super::super::{Address, Bounds, Connection, HttpReader, Limits, Origin};
use super::*;
use trueconfig_core::baseline::Level;
use trueconfig_core::evaluate::{Verdicts, evaluate, evaluation, find};
use trueconfig_core::snapshot::{Retention, Snapshot, compare};
use trueconfig_twin::{Fault, Options, TenantFile, Twin, serve};

/// Pages in memory: what a file would keep.
#[derive(Default)]
struct Kept {
    pages: Mutex<BTreeMap<String, (String, Vec<u8>)>>,
}

impl PageMemory for Kept {
    fn recall(&self, from: &str) -> Option<Vec<u8>> {
        self.pages.lock().unwrap().get(from).map(|(_, body)| body.clone())
    }

    fn keep(&self, list: &str, from: &str, body: &[u8]) {
        self.pages.lock().unwrap().insert(from.to_owned(), (list.to_owned(), body.to_vec()));
    }

    fn forget(&self, list: &str) {
        self.pages.lock().unwrap().retain(|_, (own, _)| own != list);
    }

    fn done(&self, _: &str) {}
}

struct Tenant {
    twin: Twin,
    port: HttpReader,
    baseline: Baseline,
    config: TenantConfig,
}

impl Tenant {
    async fn new(options: Options) -> Self {
        Self::with(options, Limits::Unlimited).await
    }

    async fn with(options: Options, limits: Limits) -> Self {
        let twin = serve(options).await.unwrap();
        let client = twin.credentials().iter().find(|one| one.client_secret.is_some()).unwrap();
        let origin = Origin::parse(&format!("http://{}", twin.http)).unwrap();
        let registration = Registration {
            tenant_id: twin.tenant_id(),
            client_id: client.client_id.clone(),
            scope: "https://graph.microsoft.com/.default".to_owned(),
            credential: Credential::Secret(client.client_secret.clone().unwrap()),
        };
        let bounds = match limits {
            Limits::Graph => Bounds::default(),
            Limits::Unlimited => Bounds { tries: 2, page_tries: 2, ..Bounds::loopback() },
        };
        let address = Address { graph: origin.clone(), login: origin, ca_pem: None, limits, bounds };
        let port = Connection::new(address).unwrap().reader(registration).unwrap();
        let config = TenantConfig::default();
        Self { twin, port, baseline: Baseline::embedded(Level::try_from(3).unwrap()).unwrap(), config }
    }

    async fn contoso() -> Self {
        Self::new(Options::new(TenantFile::contoso().unwrap())).await
    }

    async fn scan(&self, basis: Option<Basis>, memory: &dyn PageMemory) -> Collected {
        let (watch, _) = watch::channel(Progress::default());
        let wanted = Wanted::of(&self.baseline, &self.config);
        let last = basis.as_ref().and_then(|basis| basis.marks.began_at);
        collect(&self.port, &wanted, Start { basis, last, memory }, &watch, &Utc::now).await.unwrap()
    }

    async fn full(&self) -> Collected {
        self.scan(None, &NoMemory).await
    }

    fn ids(&self, snapshot: &Snapshot) -> Vec<String> {
        snapshot.users.rows().unwrap().iter().map(|user| user.id.to_string()).collect()
    }

    fn edit(&self, method: &str, path: &str, body: Value) {
        let body = (!body.is_null()).then_some(&body);
        self.twin.edit(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
    }
}

fn basis(collected: Collected) -> Basis {
    Basis { snapshot: collected.snapshot, marks: collected.marks }
}

/// The same but for when and what was taken over. The newest log entries are of any moment.
fn assert_same(mut one: Snapshot, mut other: Snapshot, seed: u64) {
    for snapshot in [&mut one, &mut other] {
        snapshot.taken_at = DateTime::UNIX_EPOCH;
        snapshot.carried.clear();
    }
    let differences = compare(&one, &other);
    assert!(differences.is_empty(), "seed {seed}: {differences:#?}");
    assert!(one == other, "seed {seed}: they mean the same and are not the same");
}

struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}

/// One change that an administrator could make, of any family there is a delta of and of some there is not.
fn change(tenant: &Tenant, random: &mut Random, known: &Snapshot, number: usize) {
    let pick = |rows: usize, random: &mut Random| random.below(rows.max(1));
    let users = tenant.ids(known);
    let user = &users[pick(users.len(), random)];
    let apps = known.applications.rows().unwrap();
    let app = apps[pick(apps.len(), random)].id.to_string();
    let groups = known.groups.rows().unwrap();
    let group = groups[pick(groups.len(), random)].id.to_string();
    let policies = known.conditional_access_policies.rows().unwrap();
    let policy = policies[pick(policies.len(), random)].id.to_string();
    let name = format!("changed {number}");
    // Some are refused, as by Graph: an owner that is one already, a group with a rule.
    let _ = match random.below(9) {
        0 => tenant.twin.edit("PATCH", &format!("/v1.0/users/{user}"), Some(&json!({"displayName": name}))),
        1 => tenant.twin.edit(
            "PATCH",
            &format!("/v1.0/users/{user}"),
            Some(&json!({"accountEnabled": number.is_multiple_of(2)})),
        ),
        2 => tenant.twin.edit("DELETE", &format!("/v1.0/users/{user}"), None),
        3 => tenant.twin.edit(
            "PATCH",
            &format!("/v1.0/applications/{app}"),
            Some(&json!({"displayName": name})),
        ),
        4 => {
            let owner =
                json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{user}")});
            tenant.twin.edit("POST", &format!("/v1.0/applications/{app}/owners/$ref"), Some(&owner))
        }
        5 => tenant.twin.edit("PATCH", &format!("/v1.0/groups/{group}"), Some(&json!({"displayName": name}))),
        6 => {
            let member =
                json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{user}")});
            tenant.twin.edit("POST", &format!("/v1.0/groups/{group}/members/$ref"), Some(&member))
        }
        7 => tenant.twin.edit(
            "PATCH",
            &format!("/v1.0/identity/conditionalAccess/policies/{policy}"),
            Some(&json!({"state": if number.is_multiple_of(2) { "disabled" } else { "enabled" }})),
        ),
        _ => {
            let body = json!({
                "displayName": name, "accountEnabled": true, "mailNickname": format!("new{number}"),
                "userPrincipalName": format!("new{number}@contoso.onmicrosoft.com"),
                "passwordProfile": {"password": "Xw8-!hunter2-Zq", "forceChangePasswordNextSignIn": true},
            });
            tenant.twin.edit("POST", "/v1.0/users", Some(&body))
        }
    };
}

#[tokio::test]
async fn an_incremental_scan_is_the_same_as_a_full_one_after_any_changes() {
    for seed in 1..=4 {
        let tenant = Tenant::contoso().await;
        let mut random = Random(seed);
        let mut from = basis(tenant.full().await);
        for round in 0..3 {
            for number in 0..random.below(12) {
                change(&tenant, &mut random, &from.snapshot, round * 100 + number);
            }
            let incremental = tenant.scan(Some(from), &NoMemory).await;
            let mut full = tenant.full().await;
            // Families taken over were read by the first scan: nothing is said of them.
            full.snapshot.sign_in_activity = incremental.snapshot.sign_in_activity.clone();
            full.snapshot.registration_details = incremental.snapshot.registration_details.clone();
            full.snapshot.directory_audits = incremental.snapshot.directory_audits.clone();
            assert!(incremental.snapshot.carried.contains_key(&FamilyName::SignInActivity));
            assert_same(incremental.snapshot.clone(), full.snapshot, seed);
            assert!(
                incremental.cost.requests * 2 < full.cost.requests,
                "{} of {}",
                incremental.cost.requests,
                full.cost.requests
            );
            from = basis(incremental);
        }
    }
}

/// T5, issue 4: a verdict is taken over only where judging afresh would say the same, whatever changed and
/// however much time went by. The snapshot judged is one out of the store, as after a restart.
#[tokio::test]
async fn verdicts_taken_over_are_those_of_judging_afresh_after_any_changes() {
    for seed in 11..=13 {
        let dir = tempfile::TempDir::new().unwrap();
        let store = crate::store::Store::open(dir.path(), &"contoso".into()).unwrap().store;
        let snapshots = store.snapshots();
        let tenant = Tenant::contoso().await;
        let (baseline, config) = (&tenant.baseline, &tenant.config);
        let mut random = Random(seed);
        let mut collected = tenant.full().await;
        let (mut now, mut verdicts, mut taken_over) = (collected.snapshot.taken_at, Verdicts::default(), 0);
        for round in 0..4 {
            let Collected { mut snapshot, marks, .. } = collected;
            let id = format!("round-{round}");
            snapshots.put(&id, &snapshot, b"", &Retention::default()).unwrap().note(&mut snapshot);
            let stored = snapshots.get(&id).unwrap().unwrap();
            assert_eq!(stored, snapshot, "seed {seed}");
            taken_over += verdicts.hold(&stored, baseline, config);
            let found = find(&stored, baseline, config, now, &verdicts);
            verdicts = Verdicts::of(&found, &stored, baseline, config);
            let afresh = evaluate(&snapshot, baseline, config, now);
            assert_eq!(evaluation(found, &stored, baseline), afresh, "seed {seed}, round {round}");
            now += TimeDelta::days(i64::try_from(random.below(200)).unwrap());
            for number in 0..random.below(6) {
                change(&tenant, &mut random, &snapshot, round * 100 + number);
            }
            collected = tenant.scan(Some(Basis { snapshot: stored, marks }), &NoMemory).await;
        }
        assert!(taken_over > 60, "seed {seed}: {taken_over} verdicts were taken over");
    }
}

#[tokio::test]
async fn a_delta_token_that_ran_out_leads_to_a_full_read_of_its_family() {
    let tenant = Tenant::contoso().await;
    let first = basis(tenant.full().await);
    let user = tenant.ids(&first.snapshot)[7].clone();
    tenant.edit("PATCH", &format!("/v1.0/users/{user}"), json!({"displayName": "Renamed"}));
    tenant.twin.faults().expire_delta_tokens();
    let second = tenant.scan(Some(first), &NoMemory).await;
    assert_eq!(second.snapshot.unreadable(), []);
    let renamed = second.snapshot.users.rows().unwrap().iter().find(|one| one.id.to_string() == user);
    assert_eq!(&*renamed.unwrap().display_name, "Renamed");
    tenant.edit("PATCH", &format!("/v1.0/users/{user}"), json!({"displayName": "Again"}));
    let third = tenant.scan(Some(basis(second)), &NoMemory).await;
    let again = third.snapshot.users.rows().unwrap().iter().find(|one| one.id.to_string() == user);
    assert_eq!(&*again.unwrap().display_name, "Again", "the new token is followed");
}

#[tokio::test]
async fn families_without_delta_are_taken_over_for_a_day_and_say_when_they_were_read() {
    let tenant = Tenant::contoso().await;
    let mut first = basis(tenant.full().await);
    let second = tenant.scan(Some(first.clone()), &NoMemory).await.snapshot;
    let carried: Vec<_> = second.carried.iter().map(|(family, at)| (*family, *at)).collect();
    let read_at = first.snapshot.taken_at;
    assert_eq!(carried, [(FamilyName::SignInActivity, read_at), (FamilyName::RegistrationDetails, read_at)]);
    let config = TenantConfig::default();
    let judged = trueconfig_core::evaluate::evaluate(&second, &tenant.baseline, &config, second.taken_at);
    let stale = judged.judgements.iter().find(|one| one.control.as_str() == "GOV-01").unwrap();
    assert!(stale.actual.contains("sign_in_activity as read"), "{}", stale.actual);
    first.snapshot.taken_at -= MAX_AGE;
    let third = tenant.scan(Some(first), &NoMemory).await.snapshot;
    assert!(third.carried.is_empty(), "{:?}", third.carried);
}

/// Three pages of a list of many are read, then the network is gone; the next scan goes on there.
#[tokio::test]
async fn a_scan_that_was_cut_short_goes_on_from_its_last_page() {
    let tenant = Tenant::new(
        Options::synthetic("users=5000,apps=20,sps=40,policies=5,seed=3".parse().unwrap()).unwrap(),
    )
    .await;
    let memory = Kept::default();
    let users = "/v1.0/users?$select=id,userPrincipalName";
    let pages = |memory: &Kept| {
        memory.pages.lock().unwrap().values().filter(|(list, _)| list.starts_with(users)).count()
    };
    let whole = tenant.scan(None, &memory).await;
    assert_eq!(pages(&memory), 7, "six pages, and where their delta begins");
    // As if the daemon had been killed after the third page.
    let links: Vec<String> = {
        let mut kept = memory.pages.lock().unwrap();
        let links: Vec<String> = kept
            .iter()
            .filter(|(_, (list, _))| list.starts_with(users))
            .map(|(link, _)| link.clone())
            .collect();
        let third = links.iter().filter(|link| link.contains("skiptoken")).nth(2).unwrap().clone();
        kept.remove(&third);
        links
    };
    let before = tenant.twin.requests().len();
    let resumed = tenant.scan(None, &memory).await;
    let asked = tenant.twin.requests().split_off(before);
    let of_users = asked.iter().filter(|line| {
        line.path == "/v1.0/users" && line.query.contains("userPrincipalName")
            || line.query.contains("skiptoken")
    });
    assert_eq!(of_users.count(), 1, "one page of {links:?} was missing");
    assert_same(whole.snapshot, resumed.snapshot, 0);
}

#[tokio::test]
async fn a_page_link_that_ran_out_has_its_list_read_from_the_beginning() {
    let tenant = Tenant::new(
        Options::synthetic("users=3000,apps=20,sps=40,policies=5,seed=3".parse().unwrap()).unwrap(),
    )
    .await;
    let memory = Kept::default();
    let whole = tenant.scan(None, &memory).await;
    tenant.twin.faults().expire_page_tokens();
    // Of each list the first page alone is left, whose link leads nowhere now.
    memory.pages.lock().unwrap().retain(|from, _| !from.contains("skiptoken"));
    let again = tenant.scan(None, &memory).await;
    assert_eq!(again.snapshot.unreadable(), []);
    assert_same(whole.snapshot, again.snapshot, 0);
}

#[tokio::test]
async fn t4_a_list_that_breaks_off_is_partial_and_its_pages_wait_for_the_next_scan() {
    let tenant = Tenant::new(
        Options::synthetic("users=3000,apps=20,sps=40,policies=5,seed=3".parse().unwrap()).unwrap(),
    )
    .await;
    let memory = Kept::default();
    for _ in 0..40 {
        tenant.twin.faults().add(Fault::status("/v1.0/reports/authenticationMethods", 1, 503));
    }
    let first = tenant.scan(None, &memory).await;
    assert_ne!(first.snapshot.registration_details.status(), FamilyStatus::Complete);
    assert!(first.marks.delta.contains_key(&FamilyName::Users));
    tenant.twin.faults().clear();
    let second = tenant.scan(None, &memory).await;
    assert_eq!(second.snapshot.unreadable(), []);
}

/// The next scan must not follow the changes of a list that it never read to its end.
#[tokio::test]
async fn a_family_that_was_not_read_to_its_end_is_read_in_full_by_an_incremental_scan() {
    let tenant = Tenant::contoso().await;
    tenant.twin.faults().add(Fault::status("/v1.0/groups", 20, 503));
    let first = tenant.full().await;
    tenant.twin.faults().clear();
    assert_ne!(first.snapshot.groups.status(), FamilyStatus::Complete);
    let second = tenant.scan(Some(basis(first)), &NoMemory).await;
    assert_same(second.snapshot, tenant.full().await.snapshot, 0);
}

/// Under Graph's limits (issue 4): the wall time against the bound that limits and requests set. Figures of
/// Microsoft's documentation, here again on purpose: units per second and how many may come at once.
#[tokio::test]
#[ignore = "needs a minute and a machine without other load"]
async fn under_graphs_limits_a_scan_takes_hardly_longer_than_the_limits_demand() {
    let mut options =
        Options::synthetic("users=2000,apps=200,sps=250,policies=60,seed=5".parse().unwrap()).unwrap();
    options.faults.limits = trueconfig_twin::Limits::Real;
    let tenant = Tenant::with(options, Limits::Graph).await;
    let begun = std::time::Instant::now();
    let collected = tenant.full().await;
    let wall = begun.elapsed().as_secs_f64();
    assert_eq!(collected.snapshot.unreadable(), []);
    let lines = tenant.twin.requests();
    let count = |part: &dyn Fn(&str) -> bool| {
        lines.iter().filter(|line| part(&format!("{}?{}", line.path, line.query).to_lowercase())).count()
            as f64
    };
    let bound = |requests: f64, at_once: f64, per_second: f64| ((requests - at_once) / per_second).max(0.0);
    let reports = count(&|path| path.contains("/reports/") || path.contains("/auditlogs/"));
    let access = count(&|path| path.contains("/conditionalaccess"));
    let sign_ins = count(&|path| path.contains("signinactivity"));
    let bounds = [bound(reports, 5.0, 0.5), bound(access, 1.0, 1.0), bound(sign_ins, 10.0, 10.0 / 60.0)];
    let bound = bounds.into_iter().fold(0.0, f64::max);
    println!(
        "{} requests ({reports} reports, {access} of Conditional Access): {wall:.1} s, bound {bound:.1} s",
        lines.len()
    );
    assert!(wall <= 1.15 * bound, "{wall:.1} s, bound {bound:.1} s");
}
