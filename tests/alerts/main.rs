//! Alerts of a real daemon at real receivers on loopback. What should have come is read from the journal's files.

mod faults;

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use toml::Table;
use trueconfig_common::client::Client;
use trueconfig_common::interface::alerts::{ChannelRow, ListChannels, TestChannel};
use trueconfig_common::interface::settings::{Kill, Resume, SetAutoRollback};
use trueconfig_common::interface::status::GetStatus;
use trueconfig_tests::support::{
    Begins, Daemon, HOOK_KEY, HookSink, MAIL_PASSWORD, MAIL_USER, MailSink, Stage, eventually, ids,
};

const PATIENCE: Duration = Duration::from_secs(60);

/// Secrets of channels, in files as the daemon wants them.
struct Secrets(TempDir);

impl Secrets {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    }

    fn webhook(&self, sink: &HookSink) -> Table {
        let url = self.file("url", &format!("http://{}/alerts?code=hush", sink.address));
        let (url, key) = (toml_text(&url), toml_text(&self.file("key", HOOK_KEY)));
        format!("name = \"soc\"\ntype = \"webhook\"\nseverity = \"low\"\nurl_file = {url}\nkey_file = {key}")
            .parse()
            .unwrap()
    }

    fn mail(&self, sink: &MailSink, begins: Begins) -> Table {
        let password = toml_text(&self.file("password", MAIL_PASSWORD));
        let ca = toml_text(&self.file("ca.pem", &sink.ca_pem));
        let (port, tls) =
            (sink.address.port(), if begins == Begins::Asked { "starttls" } else { "implicit" });
        format!(
            "name = \"mail\"\ntype = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"{tls}\"\n\
             user = \"{MAIL_USER}\"\npassword_file = {password}\nca_file = {ca}\n\
             from = \"TrueConfig <trueconfig@contoso.com>\"\nto = [\"soc@contoso.com\"]"
        )
        .parse()
        .unwrap()
    }
}

fn toml_text(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn stage(channel: Table) -> Stage {
    Stage::contoso().with_config(|config| {
        let alerts = Table::from_iter([("channel".to_owned(), vec![toml::Value::from(channel)].into())]);
        config.insert("alerts".to_owned(), alerts.into());
    })
}

async fn change_settings(client: &mut Client, times: usize) {
    for time in 0..times {
        let reason = format!("change {time}");
        let set = SetAutoRollback { tenant: String::new(), enabled: time % 2 == 0, reason };
        client.call(set).await.unwrap();
    }
}

/// Ids of the alerts that settings made, as the journal has them.
fn expected(daemon: &Daemon) -> BTreeSet<String> {
    let told = ["auto_rollback_set", "kill_switch_pulled", "kill_switch_released", "alerted"];
    let records = daemon.journal().into_iter().filter(|record| told.contains(&record.kind.as_str()));
    records.map(|record| format!("{}-{}", daemon.tenant(), record.seq)).collect()
}

async fn channel(client: &mut Client, name: &str) -> ChannelRow {
    let listed = client.call(ListChannels::default()).await.unwrap();
    listed.channels.into_iter().find(|row| row.name == name).unwrap()
}

/// R14, R70: what the journal alerts of comes, signed, each with an id of its own, and is in the log as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_gets_every_alert_signed_and_the_log_too() {
    let (sink, secrets) = (HookSink::start().await, Secrets::new());
    let daemon = stage(secrets.webhook(&sink)).start().await;
    let mut client = daemon.client().await;
    let reason = "ann\u{202e}\n<script> client_secret=hush".to_owned();
    client.call(Kill { tenant: String::new(), reason: reason.clone() }).await.unwrap();
    client.call(Resume { tenant: String::new(), reason }).await.unwrap();
    change_settings(&mut client, 3).await;
    let expected = expected(&daemon);
    assert!(expected.len() >= 5);
    eventually("every alert", PATIENCE, async || sink.taken().is_superset(&expected).then_some(())).await;
    let hooks = sink.hooks();
    assert!(hooks.iter().all(|hook| hook.signed && hook.id == hook.body["delivery"]));
    let text = serde_json::to_string(&hooks.iter().map(|hook| &hook.body).collect::<Vec<_>>()).unwrap();
    assert!(!text.contains("hush") && !text.contains('\u{202e}') && text.contains("[hidden]"), "{text}");
    let log = daemon.log();
    assert!(log.contains("alert: kill switch pulled"), "{log}");
    let row = channel(&mut client, "soc").await;
    assert_eq!((row.kind.as_str(), row.failing, row.error.as_str()), ("webhook", false, ""));
    eventually("the count", PATIENCE, async || {
        let row = channel(&mut client, "soc").await;
        (row.delivered >= 5 && row.delivered_at.is_some()).then_some(())
    })
    .await;
}

/// The daemon dies after the receiver has a message and before it says so: the same comes again, marked.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_mid_delivery_loses_nothing_and_marks_the_double() {
    let (sink, secrets) = (HookSink::start().await, Secrets::new());
    let mut daemon = stage(secrets.webhook(&sink)).start().await;
    let mut client = daemon.client().await;
    change_settings(&mut client, 1).await;
    let first = expected(&daemon);
    eventually("the first", PATIENCE, async || sink.taken().is_superset(&first).then_some(())).await;
    sink.fall_silent();
    change_settings(&mut client, 4).await;
    let silent =
        eventually("a message", PATIENCE, async || sink.hooks().into_iter().find(|hook| !hook.taken)).await;
    daemon.kill9();
    sink.answer(200);
    daemon.restart().await;
    let expected = expected(&daemon);
    eventually("every alert", PATIENCE, async || sink.taken().is_superset(&expected).then_some(())).await;
    let again = sink.hooks().into_iter().find(|hook| hook.taken && hook.id == silent.id).unwrap();
    assert_eq!((&silent.body["repeated"], &again.body["repeated"]), (&json!(false), &json!(true)));
    assert_eq!(ids(&silent.body), ids(&again.body));
    // Nothing comes twice unmarked.
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for hook in sink.hooks().iter().filter(|hook| hook.body["repeated"] == json!(false)) {
        ids(&hook.body).into_iter().for_each(|id| *times.entry(id).or_default() += 1);
    }
    assert!(times.values().all(|count| *count == 1), "{times:?}");
}

/// A channel that keeps failing is a warning, blocks nobody, and gets all of it once it works again.
#[tokio::test(flavor = "multi_thread")]
async fn a_failing_channel_is_a_warning_and_catches_up() {
    let (sink, secrets) = (HookSink::start().await, Secrets::new());
    sink.answer(500);
    let daemon = stage(secrets.webhook(&sink)).start().await;
    let mut client = daemon.client().await;
    change_settings(&mut client, 12).await;
    let sentence = eventually("the warning", PATIENCE, async || {
        let status = client.call(GetStatus::default()).await.unwrap();
        status.warnings.into_iter().find(|one| one.code == "alert_channel_failing")
    });
    let sentence = sentence.await.sentence;
    assert!(sentence.contains("500") && sentence.contains("alerts test soc"), "{sentence}");
    assert!(!sentence.contains("hush"), "an address may be a secret: {sentence}");
    let listed = daemon.client_command(&["alerts", "list", "--json"]).output().unwrap();
    assert_eq!(listed.status.code(), Some(1));
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed["channels"][1]["failing"], json!(true), "{listed}");
    let tested = client.call(TestChannel { tenant: String::new(), channel: "soc".into() }).await.unwrap();
    assert!(!tested.delivered && tested.error.contains("500"), "{tested:?}");
    sink.answer(200);
    let expected = expected(&daemon);
    eventually("every alert", PATIENCE, async || sink.taken().is_superset(&expected).then_some(())).await;
    eventually("the end of the warning", PATIENCE, async || {
        let status = client.call(GetStatus::default()).await.unwrap();
        status.warnings.iter().all(|one| one.code != "alert_channel_failing").then_some(())
    })
    .await;
    let together = sink.hooks().iter().filter(|hook| hook.taken).map(|hook| ids(&hook.body).len()).max();
    assert!(together >= Some(2), "what waited comes together: {together:?}");
}

async fn mail_comes(begins: Begins) {
    let (sink, secrets) = (MailSink::start(begins).await, Secrets::new());
    let daemon = stage(secrets.mail(&sink, begins)).start().await;
    let mut client = daemon.client().await;
    client.call(Kill { tenant: String::new(), reason: "drill".into() }).await.unwrap();
    let about_it = |mail: &String| mail.contains("kill switch pulled: drill");
    let mail = eventually("the mail", PATIENCE, async || sink.mails().into_iter().find(about_it)).await;
    for wanted in ["To: soc@contoso.com", "Subject: TrueConfig contoso: ", "Message-ID: <contoso-"] {
        assert!(mail.contains(wanted), "{wanted}: {mail}");
    }
    let tested = daemon.client_command(&["alerts", "test", "mail"]).output().unwrap();
    assert_eq!(tested.status.code(), Some(0), "{}", String::from_utf8_lossy(&tested.stdout));
    assert!(sink.mails().iter().any(|mail| mail.contains("Subject: TrueConfig contoso: a test")));
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_comes_by_starttls() {
    mail_comes(Begins::Asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_comes_by_tls_from_the_start() {
    mail_comes(Begins::AtOnce).await;
}

/// Without TLS there is no mail, and a certificate that nobody vouches for is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_cannot_prove_itself_gets_nothing() {
    let (sink, other, secrets) =
        (MailSink::start(Begins::Asked).await, MailSink::start(Begins::Asked).await, Secrets::new());
    let mut channel = secrets.mail(&sink, Begins::Asked);
    let ca = secrets.file("other.pem", &other.ca_pem);
    channel.insert("ca_file".to_owned(), ca.into());
    let daemon = stage(channel).start().await;
    let mut client = daemon.client().await;
    let tested = client.call(TestChannel { tenant: String::new(), channel: "mail".into() }).await.unwrap();
    assert!(!tested.delivered && tested.error.contains("certificate"), "{tested:?}");
    assert!(sink.mails().is_empty());
}
