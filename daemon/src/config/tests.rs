//! Files that are taken, and files that are refused with file, line and caret.

use super::*;
use crate::graph::Limits;
use crate::graph::token::Credential;
use chrono::Utc;
use secrecy::{ExposeSecret as _, SecretString};
use std::os::unix::fs::PermissionsExt as _;
use trueconfig_common::role::Role;

const MINIMAL: &str = r#"
[[tenant]]
name = "contoso"
tenant_id = "11111111-2222-3333-4444-555555555555"
[tenant.reader]
client_id = "aaaaaaaa-0000-0000-0000-000000000001"
client_secret_file = "reader.secret"
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("/etc/trueconfig/config.toml"), text)
}

fn refusal(text: &str) -> String {
    parse(text).map(|config| format!("accepted: {config:?}")).unwrap_err().to_string()
}

#[test]
fn a_minimal_file_gets_the_documented_defaults() {
    let config = parse(MINIMAL).unwrap();
    assert_eq!(config.socket, Path::new("/run/trueconfig/socket"));
    assert_eq!(config.tenant_dir(&"contoso".into()), Path::new("/var/lib/trueconfig/contoso"));
    assert!(config.roles.is_empty(), "nobody has a role unless it is given (D14)");
    let tenant = &config.tenants[0];
    assert_eq!(tenant.graph.to_string(), "https://graph.microsoft.com");
    assert_eq!(tenant.scope, "https://graph.microsoft.com/.default");
    assert_eq!(tenant.limits, Limits::Graph);
    assert_eq!((tenant.schedule.as_str(), tenant.time_zone.as_str()), ("0 */6 * * *", "UTC"));
    assert_eq!((tenant.settings.soak_days(), u8::from(tenant.level)), (7, 1));
    assert!(tenant.writer.is_none() && tenant.settings.recipients.is_empty());
    let file = SecretSource::SecretFile("/etc/trueconfig/reader.secret".into());
    assert_eq!(tenant.reader.proof, file, "paths are relative to the file");
}

#[test]
fn everything_that_can_be_set_is_taken() {
    let recipient = age::x25519::Identity::generate().to_public().to_string();
    let config = parse(&format!(
        r#"
        socket = "/run/x"
        state_dir = "state"
        [roles]
        viewer = ["@auditors", "@1000", "ann", 1001]
        owner = [0]
        [[tenant]]
        name = "gov"
        tenant_id = "contoso.onmicrosoft.us"
        cloud = "usgov_l5"
        schedule = "30 2 * * *"
        time_zone = "Europe/Berlin"
        soak_days = 0
        level = 3
        break_glass = ["bg1@contoso.us"]
        own_principals = []
        [tenant.reader]
        client_id = "reader"
        certificate_file = "/etc/ssl/reader.pem"
        [tenant.writer]
        client_id = "writer"
        client_secret_credential = "writer-secret"
        [tenant.verification]
        deadline_s = 30
        interval_ms = 100
        settled_s = 60
        [tenant.recipients]
        default = "{recipient}"
        [tenant.parameters.PA-01]
        maximum = 4
        [tenant.disabled]
        EXT-01 = "invitations are handled elsewhere"
        [[tenant.exceptions]]
        control = "APP-02"
        object = "app"
        reason = "legacy"
        owner = "ann"
        expires = 2027-02-22
        "#
    ))
    .unwrap();
    assert_eq!(config.state_dir, Path::new("/etc/trueconfig/state"));
    let viewers: Vec<_> = config.roles[&Role::Viewer].iter().map(ToString::to_string).collect();
    assert_eq!(viewers, ["@auditors", "@1000", "ann", "1001"]);
    assert_eq!(config.roles[&Role::Owner], [Principal::Uid(0)]);
    let tenant = &config.tenants[0];
    assert_eq!(tenant.login.to_string(), "https://login.microsoftonline.us");
    assert_eq!(tenant.scope, "https://dod-graph.microsoft.us/.default");
    assert_eq!(tenant.settings.recipients["default"], recipient);
    assert_eq!(tenant.settings.exceptions.len(), 1);
    assert_eq!(tenant.settings.settled().num_seconds(), 60);
    assert_eq!(tenant.settings.parameters[&"PA-01".into()]["maximum"], 4);
}

#[test]
fn unknown_and_misplaced_keys_are_refused_with_file_line_and_caret() {
    let told = refusal(&MINIMAL.replace("client_secret_file", "client_secretfile"));
    assert!(told.contains("/etc/trueconfig/config.toml:7:1"), "{told}");
    assert!(told.contains("unknown field `client_secretfile`") && told.contains("^^^^^"), "{told}");
    let told = refusal(&format!("break_glass = []\n{MINIMAL}"));
    assert!(told.contains("config.toml:1:1") && told.contains("unknown field `break_glass`"), "{told}");
    let told = refusal(&format!("[roles]\nroot = [0]\n{MINIMAL}"));
    assert!(told.contains("config.toml:2:1") && told.contains("security_admin"), "{told}");
    let told = refusal("[[tenant]\nname = ");
    assert!(told.contains("config.toml:1:"), "{told}");
}

#[test]
fn every_problem_is_told_not_only_the_first() {
    let text = MINIMAL
        .replace("name = \"contoso\"", "name = \"../etc\"\nlevel = 4\nschedule = \"daily\"\nsoak_days = 1000")
        .replace("tenant_id = \"1", "tenant_id = \"/1");
    let ConfigError::Wrong(problems) = parse(&text).unwrap_err() else { panic!("another error") };
    let lines: Vec<_> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [3, 7, 5, 6, 4], "{problems:?}");
}

#[test]
fn wrong_values_are_refused_with_what_to_do() {
    let with = |line: &str| refusal(&MINIMAL.replace("[tenant.reader]", &format!("{line}\n[tenant.reader]")));
    for (line, word) in [
        ("graph_url = \"http://graph.microsoft.com\"", "plain http is accepted only for a loopback IP"),
        ("graph_url = \"https://graph.microsoft.com/v1.0\"", "without path"),
        ("limits = \"unlimited\"", "only a tenant on this machine"),
        ("time_zone = \"Mars/Phobos\"", "Mars/Phobos"),
        ("cloud = \"moon\"", "unknown variant `moon`"),
        ("[tenant.recipients]\ndefault = \"age1nothing\"", "age-keygen"),
        ("[tenant.verification]\ndeadline_s = 0", "deadline_s must be from 1 to 900"),
        ("[tenant.verification]\nsettled_s = 0", "settled_s must be from 1 to 86400"),
    ] {
        let told = with(line);
        assert!(told.contains(word) && told.contains('^'), "{line}: {told}");
    }
    assert!(refusal("").contains("no tenant is configured"));
    assert!(
        refusal(&format!("{MINIMAL}{}", MINIMAL.replace("contoso", "Contoso")))
            .contains("stands above already")
    );
    assert!(refusal(&format!("[roles]\nowner = [\"@\"]\n{MINIMAL}")).contains("neither a user nor a group"));
    let two = MINIMAL.replace("client_secret_file", "certificate_file = \"x\"\nclient_secret_file");
    assert!(refusal(&two).contains("exactly one way"));
    assert!(refusal(&format!("socket = \"/{}\"\n{MINIMAL}", "x".repeat(120))).contains("longer than 107"));
}

/// R81, D25: seven years unless more are wanted, and never fewer.
#[test]
fn r81_d25_the_audit_log_is_kept_for_seven_years_at_least() {
    let with = |line: &str| MINIMAL.replace("[tenant.reader]", &format!("{line}\n[tenant.reader]"));
    assert_eq!(parse(MINIMAL).unwrap().tenants[0].audit_years, 7);
    assert_eq!(parse(&with("audit_years = 10")).unwrap().tenants[0].audit_years, 10);
    let told = refusal(&with("audit_years = 6"));
    assert!(told.contains("audit_years must be from 7 to 100, not 6"), "{told}");
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    let inline = MINIMAL.replace("client_secret_file = \"reader.secret\"", "client_secret = \"hush-hush\"");
    let told = refusal(&inline);
    assert!(told.contains("does not belong into this file") && told.contains("config.toml:7:17"), "{told}");
    assert!(!told.contains("hush-hush"), "{told}");
    let misspelt = refusal(&inline.replace("client_secret", "clientSecret"));
    assert!(misspelt.contains("unknown field") && !misspelt.contains("hush-hush"), "{misspelt}");
}

#[test]
fn a_secret_file_is_for_our_eyes_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    let source =
        CredentialSource { client_id: "client".to_owned(), proof: SecretSource::SecretFile(file.clone()) };
    let told = || source.load(Utc::now()).unwrap_err().to_string();
    assert!(told().contains("cannot read") && told().contains(&*file.to_string_lossy()));
    std::fs::write(&file, "hush\n").unwrap();
    for mode in [0o644, 0o640, 0o602] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        assert!(told().contains(&format!("mode {mode:04o}")) && told().contains("chmod 600"), "{}", told());
    }
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let Credential::Secret(secret) = source.load(Utc::now()).unwrap() else { panic!("no secret") };
    assert_eq!(secret.expose_secret(), "hush");
    std::fs::write(&file, "one\ntwo\n").unwrap();
    assert!(told().contains("single line"));
    std::fs::write(&file, "").unwrap();
    assert!(told().contains("single line"));
}

#[test]
fn a_certificate_that_cannot_be_read_names_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.pem");
    std::fs::write(&file, "-----BEGIN NOTHING-----").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let proof = SecretSource::CertificateFile(file.clone());
    let source = CredentialSource { client_id: "client".to_owned(), proof };
    let told = source.load(Utc::now()).unwrap_err().to_string();
    assert!(told.contains(&*file.to_string_lossy()) && told.contains("openssl pkcs8"), "{told}");
}

#[test]
fn a_file_written_for_a_twin_loads_and_stands_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("twin.toml");
    let twin = TwinAccess {
        name: "twin".to_owned(),
        http: "127.0.0.1:4711".parse().unwrap(),
        tenant_id: "tenant".to_owned(),
        reader: ("reader".to_owned(), SecretString::from("one")),
        writer: Some(("writer".to_owned(), SecretString::from("two"))),
        break_glass: vec!["bg1@contoso.com".to_owned()],
    };
    write_access(&file, &twin).unwrap();
    write_access(&file, &twin).unwrap();
    let config = Config::load(&file).unwrap();
    let tenant = &config.tenants[0];
    assert_eq!(tenant.graph.to_string(), "http://127.0.0.1:4711");
    assert_eq!(tenant.limits, Limits::Unlimited);
    assert_eq!(tenant.settings.break_glass, ["bg1@contoso.com"]);
    assert_eq!(config.roles[&Role::Owner], [Principal::Uid(nix::unistd::geteuid().as_raw())]);
    assert_eq!(config.socket, folder.path().join("twin.socket"));
    assert!(config.state_dir.is_dir());
    assert!(tenant.connect().is_ok());
    let mode = std::fs::metadata(folder.path().join("twin.reader.secret")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!std::fs::read_to_string(&file).unwrap().contains("\"two\""));
}

#[test]
fn settings_come_from_the_only_tenant_or_from_a_file_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let settings = |text: &str| {
        std::fs::write(&file, text).unwrap();
        tenant_settings(&file).map_err(|error| error.to_string())
    };
    assert_eq!(settings("break_glass = [\"a\"]").unwrap().break_glass, ["a"]);
    let with = MINIMAL.replace("[tenant.reader]", "break_glass = [\"b\"]\n[tenant.reader]");
    assert_eq!(settings(&with).unwrap().break_glass, ["b"]);
    assert!(
        settings(&format!("{MINIMAL}{}", MINIMAL.replace("contoso", "other")))
            .unwrap_err()
            .contains("more than one")
    );
    assert!(settings("breakglass = []").unwrap_err().contains("config.toml:1:1"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_change_of_a_good_file_makes_the_reader_panic(at in 0..MINIMAL.len(), with in "\\PC{0,8}") {
        let mut text = MINIMAL.to_owned();
        text.replace_range(at..at + 1, &with);
        let _ = parse(&text).map_err(|error| error.to_string());
    }
}

/// The operator's own controls are read whole, in the order of their names; what cannot be read is said.
#[test]
fn controls_of_the_operator_come_from_their_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let config = Config::parse(&file, &format!("[controls]\nfolder = \"own\"\n{MINIMAL}")).unwrap();
    assert_eq!(config.controls_folder, Some(folder.path().join("own")));
    let missing = config.own_controls().unwrap_err().to_string();
    assert!(missing.contains("cannot read") && missing.contains("own"), "{missing}");
    std::fs::create_dir(folder.path().join("own")).unwrap();
    for (name, text) in [("b.toml", "b"), ("a.toml", "a"), ("README.md", "no control")] {
        std::fs::write(folder.path().join("own").join(name), text).unwrap();
    }
    let own = config.own_controls().unwrap();
    let read: Vec<&str> = own.files().into_iter().map(|(_, text)| text).collect();
    assert_eq!(read, ["a", "b"]);
    assert!(parse(MINIMAL).unwrap().own_controls().unwrap().files().is_empty());
}

const CHANNEL: &str = r#"
[[alerts.channel]]
name = "soc"
type = "webhook"
url_file = "soc.url"
key_credential = "soc-key"
"#;

#[test]
fn channels_of_alerts_are_taken_with_their_rules() {
    let more = "severity = \"high\"\nkinds = { drift = \"low\", executed = \"never\" }\ndigest_minutes = 5\n";
    let mail = "[[alerts.channel]]\nname = \"mail\"\ntype = \"smtp\"\nhost = \"m\"\nfrom = \"a@b.c\"\nto = [\"d@e.f\"]\n";
    let config = parse(&format!("{MINIMAL}{CHANNEL}{more}{mail}")).unwrap();
    let [soc, mail] = config.alerts.channels.as_slice() else { panic!("{:?}", config.alerts) };
    assert_eq!((soc.rules.least.as_str(), soc.rules.kinds["executed"].as_str()), ("high", "never"));
    assert_eq!((soc.digest.num_minutes(), config.alerts.repeat.num_minutes()), (5, 60));
    let AlertWay::Webhook { url, key, .. } = &soc.way else { panic!("{soc:?}") };
    assert_eq!(url, &SecretPlace::File("/etc/trueconfig/soc.url".into()));
    assert_eq!(key, &Some(SecretPlace::Credential("soc-key".to_owned())));
    assert!(matches!(&mail.way, AlertWay::Mail { port: 587, login: None, .. }), "{mail:?}");
}

#[test]
fn a_wrong_channel_is_refused_with_what_to_do() {
    let with = |from: &str, to: &str| refusal(&format!("{MINIMAL}{}", CHANNEL.replace(from, to)));
    for (from, to, word) in [
        ("\"soc\"\n", "\"journald\"\n", "there already"),
        ("\"soc\"\n", "\"a/b\"\n", "becomes a file"),
        ("url_file = \"soc.url\"", "", "whoever knows it can post there"),
        ("key_credential = \"soc-key\"", "", "openssl rand"),
        ("key_credential", "key_file = \"x\"\nkey_credential", "two ways"),
        ("type = \"webhook\"", "type = \"pager\"", "unknown variant `pager`"),
        ("key_credential", "kinds = { thunder = \"low\" }\nkey_credential", "approval_requested"),
        ("key_credential", "tenants = [\"fabrikam\"]\nkey_credential", "there is no tenant"),
        ("key_credential", "digest_minutes = 2000\nkey_credential", "from 0 to 1440"),
    ] {
        let told = with(from, to);
        assert!(told.contains(word) && told.contains('^'), "{to}: {told}");
    }
    let inline = with("url_file = \"soc.url\"", "url = \"https://hooks.example/hush\"");
    assert!(inline.contains("unknown field") && !inline.contains("hush"), "{inline}");
}

/// D25: records are kept for ever. Nothing in the file says otherwise, and what looks like it is refused.
#[test]
fn d25_nothing_in_the_file_shortens_how_long_records_are_kept() {
    for line in [
        "retention_years = 6",
        "retention_days = 30",
        "[tenant.journal]\ndays = 1",
        "[tenant.snapshots]\njournal_days = 1",
    ] {
        let told = refusal(&format!("{MINIMAL}{line}"));
        assert!(told.contains("unknown field"), "{line}: {told}");
    }
}
