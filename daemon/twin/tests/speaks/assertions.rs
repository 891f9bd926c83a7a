//! Client assertions: PS256 as MSAL signs today, RS256 as azure-identity still does, and every refusal.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use rcgen::{Certificate, CertificateParams, KeyPair, PKCS_RSA_SHA256};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use trueconfig_twin::{Federation, TenantFile, Twin};

use crate::support::{Answer, Client, READER, start};

const KEY: &str = include_str!("fixtures/client-key.pem");
/// Audience of proofs of possession.
pub const DIRECTORY: &str = "00000002-0000-0000-c000-000000000000";
const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A certificate for the key.
pub fn certificate() -> Certificate {
    let key = KeyPair::from_pem_and_sign_algo(KEY, &PKCS_RSA_SHA256).expect("an RSA key");
    CertificateParams::default().self_signed(&key).expect("a certificate")
}

/// A twin whose reader has a certificate, and the DER of that certificate.
async fn certified() -> (Twin, Vec<u8>) {
    let certificate = certificate();
    let mut file = TenantFile::contoso().expect("the demo tenant");
    file.twin.clients[READER].certificate_pem = Some(certificate.pem());
    (start(file).await, certificate.der().to_vec())
}

fn claims(twin: &Twin) -> Value {
    let (now, id) = (Utc::now().timestamp(), &twin.credentials()[READER].client_id);
    json!({
        "aud": format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", twin.tenant_id()),
        "iss": id, "sub": id, "jti": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "nbf": now, "iat": now, "exp": now + 600,
    })
}

fn header(algorithm: &str, certificate: &[u8]) -> Value {
    let thumbprint = |algorithm| URL_SAFE_NO_PAD.encode(digest(algorithm, certificate));
    match algorithm {
        "PS256" => json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint(&SHA256)}),
        _ => json!({"alg": algorithm, "typ": "JWT", "x5t": thumbprint(&SHA1_FOR_LEGACY_USE_ONLY)}),
    }
}

/// A JWT signed with the key.
pub fn sign(header: &Value, claims: &Value) -> String {
    let der: String = KEY.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(der).expect("base64");
    let key = RsaKeyPair::from_pkcs8(&der).expect("an RSA key");
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let padding: &dyn ring::signature::RsaEncoding =
        if header["alg"] == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut signature).expect("a signature");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn ask(twin: &Twin, assertion: &str) -> Answer {
    let id = twin.credentials()[READER].client_id.clone();
    let fields =
        [("client_id", id.as_str()), ("client_assertion_type", BEARER), ("client_assertion", assertion)];
    Client::anonymous(twin).token(&twin.tenant_id(), &fields).await
}

#[tokio::test]
async fn both_signatures_are_verified_and_give_a_token() {
    let (twin, certificate) = certified().await;
    for algorithm in ["PS256", "RS256"] {
        let mut header = header(algorithm, &certificate);
        // Padded, as azure-identity for Python has it.
        let name = if algorithm == "PS256" { "x5t#S256" } else { "x5t" };
        header[name] = json!(format!("{}=", header[name].as_str().expect("a thumbprint")));
        let answer = ask(&twin, &sign(&header, &claims(&twin))).await;
        assert_eq!(answer.status, 200, "{algorithm}: {}", answer.body);
        let mut client = Client::anonymous(&twin);
        client.token = answer.body["access_token"].as_str().expect("a token").to_owned();
        assert_eq!(client.get("/v1.0/users?$top=1").await.status, 200);
    }
}

#[tokio::test]
async fn a_signature_by_another_key_or_over_other_claims_is_700027() {
    let (twin, certificate) = certified().await;
    let good = sign(&header("PS256", &certificate), &claims(&twin));
    let mut parts: Vec<String> = good.split('.').map(str::to_owned).collect();
    let mut later = claims(&twin);
    later["exp"] = json!(Utc::now().timestamp() + 900);
    parts[1] = URL_SAFE_NO_PAD.encode(later.to_string());
    let unknown = sign(&header("PS256", b"another certificate"), &claims(&twin));
    let unsigned = sign(&json!({"alg": "none"}), &claims(&twin));
    for assertion in [parts.join("."), unknown, unsigned] {
        let answer = ask(&twin, &assertion).await;
        assert_eq!(
            (answer.status, &answer.body["error_codes"][0]),
            (401, &json!(700_027)),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn wrong_claims_get_their_codes() {
    let (twin, certificate) = certified().await;
    let now = Utc::now().timestamp();
    let cases = [
        ("aud", json!("https://login.microsoftonline.com/elsewhere/oauth2/v2.0/token"), 700_023),
        ("iss", json!("another"), 700_021),
        ("sub", json!("another"), 700_021),
        ("jti", json!(""), 700_021),
        ("exp", json!(now - 3_600), 700_024),
        ("nbf", json!(now + 3_600), 700_024),
    ];
    for (name, value, code) in cases {
        let mut claims = claims(&twin);
        claims[name] = value;
        let answer = ask(&twin, &sign(&header("PS256", &certificate), &claims)).await;
        assert_eq!(
            (answer.status, &answer.body["error_codes"][0]),
            (401, &json!(code)),
            "{name}: {}",
            answer.body
        );
    }
    assert_eq!(ask(&twin, "no.jwt").await.body["error_codes"][0], json!(50_027));
}

/// Issue 3: a workload identity signs in with a token of its own issuer, and with no other.
#[tokio::test]
async fn a_token_of_a_trusted_issuer_is_taken_for_a_workload_identity() {
    let key = KeyPair::from_pem_and_sign_algo(KEY, &PKCS_RSA_SHA256).expect("an RSA key");
    let certificate = CertificateParams::default().self_signed(&key).expect("a certificate");
    let mut file = TenantFile::contoso().expect("the demo tenant");
    file.twin.clients[READER].federated = Some(Federation {
        issuer: "https://issuer.example".to_owned(),
        subject: "daemon".to_owned(),
        certificate_pem: certificate.pem(),
    });
    let twin = start(file).await;
    let now = Utc::now().timestamp();
    let good = json!({
        "iss": "https://issuer.example", "sub": "daemon", "aud": ["api://AzureADTokenExchange"],
        "iat": now, "nbf": now, "exp": now + 600,
    });
    let header = json!({"alg": "RS256", "typ": "JWT"});
    let answer = ask(&twin, &sign(&header, &good)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let wrong =
        [("iss", "https://other.example", 700_211), ("sub", "other", 700_213), ("aud", "other", 700_212)];
    for (name, value, code) in wrong {
        let mut claims = good.clone();
        claims[name] = json!(value);
        let answer = ask(&twin, &sign(&header, &claims)).await;
        assert_eq!((answer.status, &answer.body["error_codes"][0]), (401, &json!(code)), "{name}");
    }
    let mut late = good.clone();
    late["exp"] = json!(now - 600);
    assert_eq!(ask(&twin, &sign(&header, &late)).await.body["error_codes"][0], 700_024);
    let mut forged = sign(&header, &good);
    forged.truncate(forged.len() - 4);
    assert_eq!(ask(&twin, &format!("{forged}AAAA")).await.body["error_codes"][0], 700_027);
}
