//! Bodies and signatures as the receivers' own documents have them.

use super::message::{AlertBody, Message};
use super::{Mail, MailSettings, MailTls, Webhook, WebhookKind, WebhookSettings, format};
use chrono::DateTime;
use secrecy::SecretString;
use trueconfig_common::control::Severity;

fn message(count: usize) -> Message {
    let time = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    let alert = |number: usize| AlertBody {
        id: format!("contoso-{number}"),
        time,
        kind: "drift".to_owned(),
        severity: Severity::High,
        control: Some("PA-01".to_owned()),
        remediation: None,
        sentence: "<https://evil.example|click> [here](https://evil.example) *now*".to_owned(),
        repeats: 2,
    };
    Message {
        delivery: "contoso-1-9".to_owned(),
        tenant: "contoso".to_owned(),
        repeated: false,
        test: false,
        alerts: (1..=count).map(alert).collect(),
    }
}

/// A name that looks like a link stays text: only fields that render no markup hold it.
#[test]
fn names_are_no_markup_for_slack_and_teams() {
    let slack = format::slack(&message(50));
    let blocks = slack["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50 && blocks.iter().all(|block| block["text"]["type"] == "plain_text"));
    assert!(!slack["text"].as_str().unwrap().contains('<'));
    let teams = format::teams(&message(2));
    assert_eq!((&teams["type"], &teams["attachments"][0]["contentUrl"]), (&"message".into(), &().into()));
    let card = &teams["attachments"][0]["content"];
    let body = card["body"].as_array().unwrap();
    assert_eq!((&card["type"], body.len()), (&"AdaptiveCard".into(), 5));
    let runs = body.iter().flat_map(|block| block["inlines"].as_array().unwrap());
    assert!(runs.clone().all(|run| run["type"] == "TextRun"));
    assert!(body.iter().all(|block| block["type"] == "RichTextBlock"));
}

#[test]
fn a_title_names_the_worst_and_says_what_may_be_a_double() {
    let mut two = message(2);
    two.repeated = true;
    assert_eq!(format::title(&two), "TrueConfig contoso: 2 alerts, the worst high (may have come before)");
    assert_eq!(format::title(&message(1)), "TrueConfig contoso: high drift PA-01");
    assert!(format::plain(&two).contains("(and 2 times since it was last told)"));
}

fn webhook(url: &str, key: Option<&str>) -> Result<Webhook, super::ChannelError> {
    let (url, key) = (SecretString::from(url), key.map(SecretString::from));
    Webhook::new(&WebhookSettings { kind: WebhookKind::Generic, url, key, ca_pem: None })
}

#[test]
fn addresses_and_keys_are_checked_and_not_repeated() {
    let error = |url: &str, key| webhook(url, key).map(|_| ()).unwrap_err().to_string();
    for url in ["http://hooks.example/T0/hush", "ftp://hooks.example/hush", "hush"] {
        let told = error(url, None);
        assert!(!told.contains("hush"), "{told}");
    }
    assert!(error("https://hooks.example/", Some("short")).contains("openssl rand"));
    assert!(error("https://hooks.example/", Some("whsec_***")).contains("base64"));
    assert!(webhook("http://127.0.0.1:9/x", Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).is_ok());
}

/// The example of the scheme's own specification.
#[test]
fn a_signature_is_that_of_the_scheme() {
    let key = super::webhook::signing_key(&SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    let signed = super::webhook::signature(
        &key.unwrap(),
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        br#"{"test": 2432232314}"#,
    );
    assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn a_mail_address_is_checked() {
    let settings = MailSettings {
        host: "mail.example".to_owned(),
        port: 587,
        tls: MailTls::Starttls,
        login: None,
        from: "nobody".to_owned(),
        to: vec!["a@b.example".to_owned()],
        ca_pem: None,
    };
    let told = Mail::new(&settings).map(|_| ()).unwrap_err().to_string();
    assert!(told.contains("\"nobody\" is no mail address"), "{told}");
}
