//! Tokens: secrets, refusals, expiry, roles.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use trueconfig_twin::TenantFile;

use crate::support::{Client, READER, contoso, small, start};

/// Form fields of a token request.
type Fields<'f> = &'f [(&'f str, &'f str)];

/// Graph facts 4: the refusals of the token endpoint have Microsoft's shape and codes.
#[tokio::test]
async fn wrong_credentials_get_microsofts_codes() {
    let twin = contoso().await;
    let client = Client::anonymous(&twin);
    let tenant = twin.tenant_id();
    let id = twin.credentials()[READER].client_id.clone();
    let cases: [(&str, Fields<'_>, u16, u64); 6] = [
        (&tenant, &[("client_id", &id), ("client_secret", "wrong")], 401, 7_000_215),
        (
            &tenant,
            &[("client_id", "00000000-0000-0000-0000-00000000dead"), ("client_secret", "x")],
            400,
            700_016,
        ),
        (&tenant, &[("client_id", &id)], 401, 7_000_218),
        (&tenant, &[("client_id", &id), ("client_secret", "x"), ("scope", "User.Read")], 400, 1_002_012),
        (&tenant, &[("client_id", &id), ("client_secret", "x"), ("grant_type", "password")], 400, 70_003),
        ("00000000-0000-0000-0000-00000000dead", &[("client_id", &id), ("client_secret", "x")], 400, 90_002),
    ];
    for (tenant, fields, status, code) in cases {
        let answer = client.token(tenant, fields).await;
        assert_eq!(
            (answer.status, answer.body["error_codes"][0].as_u64()),
            (status, Some(code)),
            "{}",
            answer.body
        );
        let description = answer.body["error_description"].as_str().expect("a description");
        assert!(
            description.starts_with(&format!("AADSTS{code}: ")) && description.contains("\r\nTrace ID: ")
        );
    }
}

/// Issue 2, bad input: an expired secret.
#[tokio::test]
async fn an_expired_secret_is_7000222() {
    let mut file = TenantFile::contoso().expect("the demo tenant");
    file.twin.clients[READER].secret_expires = Some("2020-01-01T00:00:00Z".parse().expect("a time"));
    let secret = file.twin.clients[READER].client_secret.clone().expect("a secret");
    let id = file.twin.clients[READER].client_id.clone();
    let twin = start(file).await;
    let fields = [("client_id", id.as_str()), ("client_secret", secret.expose_secret())];
    let answer = Client::anonymous(&twin).token(&twin.tenant_id(), &fields).await;
    assert_eq!((answer.status, answer.body["error_codes"][0].as_u64()), (401, Some(7_000_222)));
}

#[tokio::test]
async fn requests_without_a_valid_token_are_401_in_graphs_shape() {
    let twin = contoso().await;
    let mut client = Client::anonymous(&twin);
    for token in ["", "x.y.z", "not a token"] {
        client.token = token.to_owned();
        let answer = client.get("/v1.0/users").await;
        assert_eq!((answer.status, answer.code()), (401, "InvalidAuthenticationToken"));
        assert!(answer.body["error"]["innerError"]["request-id"].is_string() && !answer.message().is_empty());
        assert!(answer.headers.contains_key("request-id") && answer.headers.contains_key("www-authenticate"));
    }
}

#[tokio::test]
async fn a_file_without_clients_gets_one_with_every_role() {
    let (twin, client) = small(json!({"/v1.0/users": {"value": []}})).await;
    assert_eq!((twin.credentials().len(), client.get("/v1.0/users").await.status), (1, 200));
    assert!(twin.export().twin.clients.is_empty());
}

/// A token is readable, as Microsoft's are, but one whose roles were changed is not ours.
#[tokio::test]
async fn a_token_with_other_roles_than_granted_is_refused() {
    let twin = contoso().await;
    let mut client = Client::of(&twin, READER).await;
    let parts: Vec<&str> = client.token.split('.').collect();
    let payload = URL_SAFE_NO_PAD.decode(parts[1]).expect("base64");
    let mut claims: Value = serde_json::from_slice(&payload).expect("JSON");
    assert_eq!(claims["appid"], twin.credentials()[READER].client_id.as_str());
    claims["roles"] = json!(["RoleManagement.ReadWrite.Directory"]);
    client.token = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2]);
    assert_eq!(client.get("/v1.0/users").await.status, 401);
}
