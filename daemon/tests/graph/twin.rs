//! The Graph client against the twin, over real connections on loopback.

use chrono::Utc;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;
use tokio::sync::watch;
use trueconfig_common::change::{GraphRequest, Method};
use trueconfig_daemon::config::{Config, Ports, write_for_twin};
use trueconfig_daemon::graph::collect::{NoMemory, Progress, Start, Wanted, collect};
use trueconfig_daemon::graph::{Fault as Refusal, ReadFrom, WriteOutcome, each_page};
use trueconfig_twin::{Effect, Fault, Options, TenantFile, Twin, serve};
use uuid::Uuid;

const USERS: &str = "/v1.0/users?$select=id&$top=50";
const INVITES: &str = "/v1.0/policies/authorizationPolicy";

/// A twin, a configuration that points at it, and the ports that come out of that.
struct Bench {
    twin: Twin,
    ports: Ports,
    _folder: TempDir,
}

/// A twin of a file. Judges read afterwards what was said; see `tests/foreign`.
async fn started(file: TenantFile) -> Twin {
    let recording = std::env::var_os("TRUECONFIG_RECORDING").map(std::path::PathBuf::from);
    serve(Options { recording, ..Options::new(file) }).await.expect("a twin")
}

async fn bench() -> Bench {
    let file = TenantFile::contoso().expect("the demo tenant").rebased(Utc::now());
    bench_of(file, |text| text).await
}

async fn bench_of(file: TenantFile, edit: impl FnOnce(String) -> String) -> Bench {
    let twin = started(file).await;
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("twin.toml");
    write_for_twin(&path, &twin).expect("a configuration");
    let text = edit(std::fs::read_to_string(&path).expect("the configuration"));
    let config = Config::parse(&path, &text).expect("a sound configuration");
    let ports = config.tenants[0].connect().expect("ports");
    Bench { twin, ports, _folder: folder }
}

impl Bench {
    fn token_requests(&self) -> usize {
        self.twin.requests().iter().filter(|line| line.path.ends_with("/oauth2/v2.0/token")).count()
    }

    async fn restrict_invitations(&self) -> WriteOutcome {
        let body = json!({"allowInvitesFrom": "adminsAndGuestInviters"});
        let request = GraphRequest { method: Method::Patch, path: INVITES.to_owned(), body };
        self.ports.write.write(&request, Uuid::from_u128(42)).await
    }

    fn invitations(&self) -> Value {
        self.twin.edit("GET", INVITES, None).expect("the policy")["allowInvitesFrom"].clone()
    }

    async fn user_count(&self) -> u64 {
        let read = each_page::<Value>(self.ports.read.as_ref(), USERS, |_| ()).await;
        read.expect("users").items
    }
}

/// A full scan that keeps nothing.
pub const FULL: Start<'static> = Start { basis: None, last: None, memory: &NoMemory };

#[tokio::test]
async fn pages_are_followed_and_many_callers_share_one_token() {
    let bench = bench().await;
    let counts = futures_util::future::join_all((0..20).map(|_| bench.user_count())).await;
    assert!(counts.iter().all(|count| *count == 300), "{counts:?}");
    assert_eq!(bench.token_requests(), 1);
    assert_eq!(bench.ports.read.requests(), 1 + 20 * 6);
}

#[tokio::test]
async fn every_request_carries_the_id_that_the_record_has() {
    let bench = bench().await;
    bench.twin.faults().add(Fault::status("/v1.0/domains", 2, 503));
    let body = bench.ports.read.read(ReadFrom::Path("/v1.0/domains")).await.expect("domains");
    let lines = bench.twin.requests();
    let seen: Vec<_> = lines.iter().filter(|line| line.path == "/v1.0/domains").collect();
    assert_eq!((seen.len(), body.calls.len()), (3, 3), "5xx on a read is tried again");
    for (line, call) in seen.iter().zip(&body.calls) {
        assert_eq!(line.client_request_id, call.client_request_id);
        assert_eq!(Some(line.request_id.as_str()), call.request_id.as_deref());
        assert_eq!(Some(line.status), call.status);
    }
}

#[tokio::test]
async fn a_fraction_in_retry_after_is_waited_for() {
    let bench = bench().await;
    bench.twin.faults().add(Fault::status("/v1.0/domains", 1, 429).retry_after("0.4"));
    let body = bench.ports.read.read(ReadFrom::Path("/v1.0/domains")).await.expect("domains");
    let wait = (body.calls[1].sent_at - body.calls[0].sent_at).num_milliseconds();
    assert!((400..3_000).contains(&wait), "{wait} ms");
}

#[tokio::test]
async fn a_token_that_dies_in_mid_list_is_renewed() {
    let bench = bench().await;
    let mut pages = 0;
    let read = each_page::<Value>(bench.ports.read.as_ref(), USERS, |_| {
        pages += 1;
        if pages == 2 {
            bench.twin.faults().expire_tokens();
        }
    });
    assert_eq!(read.await.expect("users").items, 300);
    assert_eq!(bench.token_requests(), 2);
}

#[tokio::test]
async fn r58_a_missing_consent_names_the_permission_and_changes_nothing() {
    let bench = bench().await;
    let before = bench.invitations();
    bench.twin.faults().revoke_role("Policy.ReadWrite.Authorization");
    let WriteOutcome::Refused { status, permission, .. } = bench.restrict_invitations().await else {
        panic!("not refused")
    };
    assert_eq!((status, permission.as_deref()), (Some(403), Some("Policy.ReadWrite.Authorization")));
    assert_eq!(bench.invitations(), before);
    bench.twin.faults().revoke_role("User.Read.All");
    bench.twin.faults().revoke_role("Directory.Read.All");
    bench.twin.faults().revoke_role("User.ReadWrite.All");
    bench.twin.faults().revoke_role("Directory.ReadWrite.All");
    let error = bench.ports.read.get(USERS).await.expect_err("refused");
    assert_eq!((error.fault, error.permission.as_deref()), (Refusal::Denied, Some("User.Read.All")));
}

#[tokio::test]
async fn a_write_is_done_once_and_carries_the_id_of_its_intent() {
    let bench = bench().await;
    let WriteOutcome::Done { body, calls, .. } = bench.restrict_invitations().await else {
        panic!("not done")
    };
    assert!(body.is_null());
    assert_eq!(calls[0].client_request_id, Uuid::from_u128(42).to_string());
    assert_eq!(bench.invitations(), "adminsAndGuestInviters");
    let writes = bench.twin.requests().into_iter().filter(|line| line.method == "PATCH").count();
    assert_eq!(writes, 1);
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_unknown_and_not_repeated() {
    for (effect, applied) in [(Effect::DropAfter, true), (Effect::DropBefore, false)] {
        let bench = bench().await;
        let before = bench.invitations();
        bench.twin.faults().add(Fault::lost("PATCH", INVITES, 5, effect));
        let outcome = bench.restrict_invitations().await;
        assert!(matches!(outcome, WriteOutcome::Unknown { .. }), "{outcome:?}");
        let writes = bench.twin.requests().into_iter().filter(|line| line.method == "PATCH").count();
        assert_eq!(writes, 1);
        assert_eq!(bench.invitations() != before, applied);
    }
}

#[tokio::test]
async fn the_reader_registration_of_the_demo_cannot_write() {
    let bench = bench().await;
    let granted = bench.ports.read.granted().await.expect("a token");
    assert!(!granted.is_empty() && !granted.iter().any(|role| role.contains("ReadWrite")), "{granted:?}");
}

#[tokio::test]
async fn an_expired_secret_is_told_with_its_code_and_what_to_do() {
    let mut file = TenantFile::contoso().expect("the demo tenant");
    for client in &mut file.twin.clients {
        client.secret_expires = Some("2020-01-01T00:00:00Z".parse().expect("a time"));
    }
    let bench = bench_of(file, |text| text).await;
    let error = bench.ports.read.get(USERS).await.expect_err("no token");
    assert_eq!((error.fault, error.code.as_str()), (Refusal::Token, "AADSTS7000222"));
    assert!(error.to_string().contains("make a new one"), "{error}");
    let outcome = bench.restrict_invitations().await;
    assert!(
        matches!(&outcome, WriteOutcome::Refused { status: Some(401), code, .. } if code == "AADSTS7000222")
    );
}

/// A key and a certificate for it. Everybody knows the key, because ring makes no RSA keys.
fn certificate() -> (&'static str, String) {
    let key = include_str!("../fixtures/client-key.pem");
    let signer = KeyPair::from_pem_and_sign_algo(key, &PKCS_RSA_SHA256).expect("an RSA key");
    (key, CertificateParams::default().self_signed(&signer).expect("a certificate").pem())
}

/// Points a written configuration at TLS, with a certificate for the reader.
fn with_tls(text: &str, https: std::net::SocketAddr, ca: &Path, proof: Option<&Path>) -> String {
    let mut config: toml::Table = text.parse().expect("toml");
    let tenant = config["tenant"][0].as_table_mut().expect("a tenant");
    for key in ["graph_url", "login_url"] {
        tenant.insert(key.to_owned(), format!("https://{https}").into());
    }
    tenant.insert("ca_file".to_owned(), ca.display().to_string().into());
    if let Some(proof) = proof {
        let reader = tenant["reader"].as_table_mut().expect("a reader");
        reader.remove("client_secret_file");
        reader.insert("certificate_file".to_owned(), proof.display().to_string().into());
    }
    config.to_string()
}

#[tokio::test]
async fn a_certificate_over_tls_with_a_private_ca_reads_the_tenant() {
    let folder = TempDir::new().expect("a folder");
    let (key, pem) = certificate();
    let proof = folder.path().join("app.pem");
    std::fs::write(&proof, format!("{key}{pem}")).expect("the pair");
    std::fs::set_permissions(&proof, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("its mode");
    let mut file = TenantFile::contoso().expect("the demo tenant");
    file.twin.clients.iter_mut().for_each(|client| client.certificate_pem = Some(pem.clone()));
    let twin = started(file).await;
    let path = folder.path().join("twin.toml");
    write_for_twin(&path, &twin).expect("a configuration");
    let text = std::fs::read_to_string(&path).expect("the configuration");
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, &twin.ca_pem).expect("the CA");

    let config = Config::parse(&path, &with_tls(&text, twin.https, &ca, Some(&proof))).expect("sound");
    let reader = config.tenants[0].connect().expect("ports").read;
    let read = each_page::<Value>(reader.as_ref(), USERS, |_| ()).await.expect("users");
    assert_eq!(read.items, 300);

    std::fs::write(&ca, &pem).expect("another CA");
    let config = Config::parse(&path, &with_tls(&text, twin.https, &ca, None)).expect("sound");
    let reader = config.tenants[0].connect().expect("ports").read;
    let error = reader.get(USERS).await.expect_err("a stranger's certificate");
    assert_eq!((error.fault, error.code.as_str()), (Refusal::Token, "unreachable"), "{error}");
}

#[tokio::test]
async fn a_secret_is_handed_on_and_stands_nowhere_else() {
    let bench = bench().await;
    let app =
        bench.twin.edit("GET", "/v1.0/applications?$top=1", None).expect("apps")["value"][0]["id"].clone();
    let path = format!("/v1.0/applications/{}/addPassword", app.as_str().expect("an id"));
    let body =
        json!({"passwordCredential": {"displayName": "rotated", "endDateTime": "2027-06-01T00:00:00Z"}});
    let request = GraphRequest { method: Method::Post, path, body };
    let WriteOutcome::Done { body, secret, .. } = bench.ports.write.write(&request, Uuid::new_v4()).await
    else {
        panic!("not done")
    };
    let secret = secret.expect("a new secret");
    assert!(secret.expose_secret().len() > 8 && body["keyId"].is_string());
    assert!(!body.to_string().contains(secret.expose_secret()) && body.get("secretText").is_none());
}

#[tokio::test]
async fn t4_the_demo_tenant_is_read_whole() {
    let bench = bench().await;
    let (watch, seen) = watch::channel(Progress::default());
    let collected = collect(bench.ports.read.as_ref(), &Wanted::default(), FULL, &watch, &Utc::now)
        .await
        .expect("a snapshot");
    assert_eq!(collected.snapshot.unreadable(), []);
    let users = collected.snapshot.users.rows().expect("users").len();
    assert_eq!((users, collected.snapshot.applications.rows().expect("apps").len()), (300, 60));
    let sent = bench.twin.requests().iter().filter(|line| !line.batched).count() as u64;
    assert_eq!(collected.cost.requests, sent);
    assert_eq!(seen.borrow().requests, sent);
    assert!(bench.twin.requests().iter().all(|line| line.method == "GET" || line.method == "POST"));
    assert_eq!(collected.snapshot.application_owners.rows().expect("owners").len(), 60);
}

#[tokio::test]
async fn t4_a_scan_without_a_consent_says_so_and_reads_the_rest() {
    let bench = bench().await;
    bench.twin.faults().revoke_role("AuditLog.Read.All");
    let (watch, _) = watch::channel(Progress::default());
    let collected = collect(bench.ports.read.as_ref(), &Wanted::default(), FULL, &watch, &Utc::now)
        .await
        .expect("a snapshot");
    let told: Vec<_> = collected.snapshot.unreadable().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter().all(|line| line.starts_with("permission") && line.contains("AuditLog.Read.All")),
        "{told:?}"
    );
}
