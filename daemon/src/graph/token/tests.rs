//! Tokens over a scripted transport, and assertions checked with the public key.

use super::super::scripted::{Script, answer, lost, registration, token};
use super::*;
use crate::ambient::Ambient;
use chrono::{Datelike as _, Utc};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, date_time_ymd};
use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::json;
use std::path::Path;

fn source(script: &Arc<Script>) -> Arc<TokenSource> {
    let login = Origin::parse("https://login.microsoftonline.com").unwrap();
    let transport = Arc::clone(script) as Arc<dyn Transport>;
    Arc::new(
        TokenSource::new((transport, &login), registration(), Bounds::default(), Ambient::system()).unwrap(),
    )
}

async fn many(source: &Arc<TokenSource>, callers: usize) -> Vec<Result<Arc<Token>, TokenError>> {
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let source = Arc::clone(source);
            tokio::spawn(async move { source.token().await })
        })
        .collect();
    futures_util::future::join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test(start_paused = true)]
async fn a_hundred_callers_make_one_request() {
    let script = Script::slow(Duration::from_secs(1), [token(3599, &[])]);
    let source = source(&script);
    assert!(many(&source, 100).await.iter().all(Result::is_ok));
    assert_eq!((script.count(), source.requests()), (1, 1));
    let asked = script.asked.lock().unwrap();
    assert_eq!(asked[0].url, "https://login.microsoftonline.com/tenant/oauth2/v2.0/token");
    let form = "client_id=client&grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_secret=hush";
    assert_eq!(asked[0].body, form);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_callers_share_one_refusal_and_the_next_one_asks_again() {
    let expired = || {
        answer(
            401,
            &json!({"error": "invalid_client", "error_description": "AADSTS7000222: The provided client secret keys are expired.\r\nTrace ID: x", "error_codes": [7_000_222]}),
        )
    };
    let script = Script::slow(Duration::from_secs(1), [expired(), expired()]);
    let source = source(&script);
    let results = many(&source, 100).await;
    assert_eq!(script.count(), 1);
    let error = results[99].as_ref().unwrap_err();
    assert_eq!(error.code, "AADSTS7000222");
    assert!(
        error.message.contains("has expired; make a new one") && error.message.contains("client in tenant"),
        "{error}"
    );
    assert!(!error.message.contains("Trace ID"));
    assert_eq!(error.calls.len(), 1);
    assert!(source.token().await.is_err());
    assert_eq!(script.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_five_minutes_before_it_expires() {
    let script = Script::new([token(3599, &[]), token(3599, &[])]);
    let source = source(&script);
    source.token().await.unwrap();
    tokio::time::advance(Duration::from_secs(3599 - 301)).await;
    source.token().await.unwrap();
    assert_eq!(script.count(), 1);
    tokio::time::advance(Duration::from_secs(2)).await;
    source.token().await.unwrap();
    assert_eq!(script.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_old_token_serves_while_the_login_is_down_and_not_beyond_its_life() {
    let script = Script::new([token(3599, &[])].into_iter().chain((0..6).map(|_| lost())));
    let source = source(&script);
    let first = source.token().await.unwrap();
    tokio::time::advance(Duration::from_secs(3400)).await;
    assert!(Arc::ptr_eq(&first, &source.token().await.unwrap()));
    tokio::time::advance(Duration::from_secs(300)).await;
    assert_eq!(source.token().await.unwrap_err().code, "unreachable");
}

#[tokio::test(start_paused = true)]
async fn discarding_an_old_token_leaves_the_new_one() {
    let script = Script::new([token(3599, &[]), token(3599, &[])]);
    let source = source(&script);
    let old = source.token().await.unwrap();
    source.discard(&old).await;
    let new = source.token().await.unwrap();
    source.discard(&old).await;
    assert!(Arc::ptr_eq(&new, &source.token().await.unwrap()));
}

#[tokio::test(start_paused = true)]
async fn every_documented_code_is_named_with_advice_and_nothing_prints_a_secret() {
    for code in [7_000_215, 7_000_222, 700_016, 90_002, 700_027, 700_021, 700_023, 700_024, 70_011, 53_003] {
        let body = json!({"error": "invalid_client", "error_description": format!("AADSTS{code}: told.\r\nTrace ID: t")});
        let script = Script::new([answer(401, &body)]);
        let source = source(&script);
        let error = source.token().await.unwrap_err();
        assert_eq!(error.code, format!("AADSTS{code}"));
        assert!(error.message.contains(advice(code)) && !advice(code).is_empty(), "{error}");
        assert!(!format!("{source:?} {error:?} {:?}", registration()).contains("hush"));
    }
}

/// Keys that everybody knows, because ring makes no RSA keys.
const KEY: &str = include_str!("../../../tests/fixtures/client-key.pem");
const OTHER_KEY: &str = include_str!("../../../tests/fixtures/other-key.pem");

/// A key and a certificate for it that ends at midnight of the day so many days from now.
fn pair(key: &str, days: i64) -> String {
    let signer = KeyPair::from_pem_and_sign_algo(key, &PKCS_RSA_SHA256).unwrap();
    let mut parameters = CertificateParams::default();
    let end = Utc::now() + chrono::TimeDelta::days(days);
    parameters.not_after = date_time_ymd(end.year(), end.month() as u8, end.day() as u8);
    format!("{key}{}", parameters.self_signed(&signer).unwrap().pem())
}

#[test]
fn an_assertion_names_the_certificate_and_verifies_with_its_key() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let pem = pair(KEY, 30);
    let now = Utc::now();
    let certificate = Certificate::from_pem(pem.as_bytes(), Path::new("app.pem"), now).unwrap();
    let jwt = assertion::sign(&certificate, "client", "https://login/token", now).unwrap();
    let [header, claims, signature] = jwt.split('.').collect::<Vec<_>>()[..] else { panic!("{jwt}") };
    let json = |part: &str| {
        serde_json::from_slice::<serde_json::Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    assert_eq!(json(header)["alg"], "PS256");
    assert_eq!(json(header)["x5t#S256"], URL_SAFE_NO_PAD.encode(certificate.sha256));
    let claims_read = json(claims);
    assert_eq!((&claims_read["iss"], &claims_read["aud"]), (&json!("client"), &json!("https://login/token")));
    assert_eq!(claims_read["exp"].as_i64().unwrap() - claims_read["nbf"].as_i64().unwrap(), 600);
    let public = ring::signature::KeyPair::public_key(&certificate.key).as_ref().to_vec();
    UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public)
        .verify(format!("{header}.{claims}").as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
        .unwrap();
    let again = assertion::sign(&certificate, "client", "https://login/token", now).unwrap();
    assert_ne!(json(again.split('.').nth(1).unwrap())["jti"], claims_read["jti"]);
    let late = now + chrono::TimeDelta::days(31);
    assert!(
        assertion::sign(&certificate, "client", "https://login/token", late)
            .unwrap_err()
            .to_string()
            .contains("expired")
    );
}

#[test]
fn a_wrong_certificate_file_is_named_with_what_to_do() {
    let (text, other) = (pair(KEY, 30), pair(OTHER_KEY, 30));
    let now = Utc::now();
    let (key, certificate) = text.split_at(text.find("-----BEGIN CERTIFICATE").unwrap());
    let foreign = other.split_at(other.find("-----BEGIN CERTIFICATE").unwrap()).1;
    let error = |pem: &str, now| {
        Certificate::from_pem(pem.as_bytes(), Path::new("/etc/app.pem"), now).unwrap_err().to_string()
    };
    for (pem, word) in [
        (certificate.to_owned(), "openssl pkcs8 -topk8"),
        (key.to_owned(), "append the public certificate"),
        (format!("{key}{foreign}"), "does not belong"),
        (format!("{key}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "cannot be read"),
        ("not a file for this".to_owned(), "openssl pkcs8"),
    ] {
        let told = error(&pem, now);
        assert!(told.contains("/etc/app.pem") && told.contains(word), "{told}");
    }
    let late = error(&text, now + chrono::TimeDelta::days(40));
    assert!(late.contains("renew it"), "{late}");
}

/// Workload identity: the file is the proof as it is at that moment, because its agent renews it.
#[tokio::test(start_paused = true)]
async fn a_federated_token_is_read_from_its_file_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let script = Script::new([token(3599, &[]), token(3599, &[])]);
    let login = Origin::parse("https://login.microsoftonline.com").unwrap();
    let transport = Arc::clone(&script) as Arc<dyn Transport>;
    let registration =
        Registration { credential: Credential::FederatedToken(file.clone()), ..registration() };
    let source =
        TokenSource::new((transport, &login), registration, Bounds::default(), Ambient::system()).unwrap();
    let missing = source.token().await.unwrap_err();
    assert!(missing.message.contains("cannot read") && missing.message.contains("token"), "{missing}");
    for value in ["first.a.b", "second.c.d"] {
        std::fs::write(&file, format!("{value}\n")).unwrap();
        source.token().await.unwrap();
        let asked = script.asked.lock().unwrap().last().unwrap().body.clone();
        let proof = format!(
            "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={value}"
        );
        assert!(asked.ends_with(&proof) && !asked.contains("client_secret"), "{asked}");
        tokio::time::advance(Duration::from_secs(3599)).await;
    }
}
