//! The token endpoint: client credentials by secret or by signed assertion, and Microsoft's refusals.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::graph::Answer;
use crate::section::ClientRegistration;
use crate::tenant::{Tenant, text_of};

mod assertion;
mod federation;
pub(crate) mod tokens;

pub(crate) use assertion::proves;

/// `client_assertion_type` of a signed JWT.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Scopes that mean Microsoft Graph.
const GRAPH: &str = "https://graph.microsoft.com";

/// A refusal of the token endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoginError {
    status: u16,
    error: &'static str,
    code: u32,
    message: String,
}

impl LoginError {
    fn new(status: u16, error: &'static str, code: u32, message: impl Into<String>) -> Self {
        Self { status, error, code, message: message.into() }
    }

    fn client(code: u32, message: impl Into<String>) -> Self {
        Self::new(401, "invalid_client", code, message)
    }

    fn answer(&self, now: DateTime<Utc>, correlation: &str) -> Answer {
        let (trace, code) = (Uuid::new_v4(), self.code);
        let time = now.format("%Y-%m-%d %H:%M:%SZ").to_string();
        let description = format!(
            "AADSTS{code}: {}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {time}",
            self.message
        );
        let body = json!({
            "error": self.error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": time,
            "trace_id": trace.to_string(),
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        });
        Answer::json(self.status, &body)
    }
}

/// One request for a token.
pub(crate) struct TokenCall<'c> {
    /// Tenant id or domain of the path.
    pub(crate) tenant: &'c str,
    pub(crate) body: &'c [u8],
    pub(crate) client_request_id: &'c str,
    /// Scheme and host as the client addressed us.
    pub(crate) base: &'c str,
    pub(crate) life: tokens::Life,
    /// Roles that were withdrawn.
    pub(crate) revoked: &'c [String],
}

/// Answers a request for a token.
pub(crate) fn token(tenant: &Tenant, issuer: &tokens::Issuer, call: &TokenCall<'_>) -> Answer {
    let correlation = if call.client_request_id.is_empty() {
        Uuid::new_v4().to_string()
    } else {
        call.client_request_id.to_owned()
    };
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(call.body).into_owned().collect();
    match issue(tenant, issuer, call, &form) {
        Ok(body) => Answer::json(200, &body),
        Err(error) => error.answer(tenant.now(), &correlation),
    }
}

fn issue(
    tenant: &Tenant,
    issuer: &tokens::Issuer,
    call: &TokenCall<'_>,
    form: &BTreeMap<String, String>,
) -> Result<Value, LoginError> {
    if !is_tenant(tenant, call.tenant) {
        let message = format!(
            "Tenant '{}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
            call.tenant
        );
        return Err(LoginError::new(400, "invalid_request", 90002, message));
    }
    let field = |name: &'static str| form.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let needed = |name: &'static str| {
        let message = format!("The request body must contain the following parameter: '{name}'.");
        field(name).ok_or_else(|| LoginError::new(400, "invalid_request", 900_144, message))
    };
    if needed("grant_type")? != "client_credentials" {
        let message = "The app requested an unsupported grant type.";
        return Err(LoginError::new(400, "unsupported_grant_type", 70003, message));
    }
    check_scope(needed("scope")?)?;
    let client = client(tenant, needed("client_id")?)?;
    match (field("client_secret"), field("client_assertion")) {
        (Some(secret), None) => check_secret(tenant, client, secret)?,
        (None, Some(jwt)) if field("client_assertion_type") == Some(JWT_BEARER) => {
            assertion::check(tenant, client, jwt, call.base)?;
        }
        _ => {
            let message = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
            return Err(LoginError::client(7_000_218, message));
        }
    }
    let roles: Vec<String> =
        client.roles.iter().filter(|role| !call.revoked.contains(role)).cloned().collect();
    let access = issuer.issue(tenant, &client.client_id, &roles, call.life);
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": call.life.seconds,
        "ext_expires_in": call.life.seconds,
        "access_token": access,
    }))
}

/// The tenant may be named by its id or by one of its domains.
pub(crate) fn is_tenant(tenant: &Tenant, name: &str) -> bool {
    tenant.id.eq_ignore_ascii_case(name)
        || tenant.find("/v1.0/domains", name).is_some()
        || tenant.each("/v1.0/organization").any(|organization| {
            let domains = organization.get("verifiedDomains").and_then(Value::as_array);
            domains
                .into_iter()
                .flatten()
                .any(|domain| domain.get("name").and_then(Value::as_str) == Some(name))
        })
}

fn check_scope(scope: &str) -> Result<(), LoginError> {
    if !scope.ends_with("/.default") {
        let message = format!(
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
        );
        return Err(LoginError::new(400, "invalid_scope", 1_002_012, message));
    }
    let resource = scope.trim_end_matches("/.default").trim_end_matches('/');
    if resource == GRAPH || resource == "00000003-0000-0000-c000-000000000000" || is_loopback(resource) {
        return Ok(());
    }
    let message = format!(
        "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope '{scope}' does not exist."
    );
    Err(LoginError::new(400, "invalid_scope", 70011, message))
}

/// A client configured for the twin derives its scope from the twin's own address.
fn is_loopback(resource: &str) -> bool {
    let host = url::Url::parse(resource).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.is_some_and(|host| host == "localhost" || host == "127.0.0.1" || host == "[::1]")
}

fn client<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t ClientRegistration, LoginError> {
    let found = tenant.twin.clients.iter().find(|client| client.client_id.eq_ignore_ascii_case(id));
    found.ok_or_else(|| {
        let name = tenant.each("/v1.0/organization").next().map(|row| text_of(&row, "displayName").to_owned());
        let name = name.unwrap_or_else(|| tenant.id.clone());
        let message = format!("Application with identifier '{id}' was not found in the directory '{name}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.");
        LoginError::new(400, "unauthorized_client", 700_016, message)
    })
}

fn check_secret(tenant: &Tenant, client: &ClientRegistration, secret: &str) -> Result<(), LoginError> {
    let wrong = || {
        let id = &client.client_id;
        LoginError::client(
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{id}'."
            ),
        )
    };
    let known = client.client_secret.as_ref().ok_or_else(wrong)?;
    if known.expose_secret() != secret {
        return Err(wrong());
    }
    if client.secret_expires.is_some_and(|expires| expires <= tenant.now()) {
        let message = format!(
            "The provided client secret keys for app '{}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
            client.client_id
        );
        return Err(LoginError::client(7_000_222, message));
    }
    Ok(())
}

/// The metadata document that clients read before they ask for a token.
pub(crate) fn metadata(tenant: &Tenant, base: &str) -> Answer {
    let root = format!("{base}/{}", tenant.id);
    Answer::json(
        200,
        &json!({
            "issuer": format!("{root}/v2.0"),
            "authorization_endpoint": format!("{root}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{root}/oauth2/v2.0/token"),
            "jwks_uri": format!("{root}/discovery/v2.0/keys"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
            "msgraph_host": base.trim_start_matches("https://").trim_start_matches("http://"),
        }),
    )
}

/// The answer of instance discovery: this host is an authority of its own.
pub(crate) fn instances(base: &str, tenant_id: &str) -> Answer {
    let host = base.trim_start_matches("https://").trim_start_matches("http://");
    Answer::json(
        200,
        &json!({
            "tenant_discovery_endpoint": format!("{base}/{tenant_id}/v2.0/.well-known/openid-configuration"),
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }),
    )
}
