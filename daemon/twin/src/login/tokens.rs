//! Access tokens: JWT-shaped, recognised by a keyed hash that only this twin can make.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::tenant::{Tenant, text_of};

/// Longest token in bytes.
const MAX_TOKEN: usize = 64 * 1024;

/// Makes and recognises tokens.
pub(crate) struct Issuer {
    key: hmac::Key,
}

/// How long a token lives and to which generation it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    pub(crate) seconds: u64,
    pub(crate) generation: u64,
}

/// What a valid token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claims {
    pub(crate) app_id: String,
    pub(crate) roles: Vec<String>,
    /// Generation of the twin's tokens it belongs to.
    pub(crate) generation: u64,
    /// End, seconds since 1970.
    pub(crate) expires: i64,
}

impl Issuer {
    /// An issuer with a key of its own.
    pub(crate) fn new() -> Self {
        let seed = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &seed) }
    }

    /// A token for a client.
    pub(crate) fn issue(&self, tenant: &Tenant, app_id: &str, roles: &[String], life: Life) -> String {
        let now = tenant.now().timestamp();
        let principal = tenant.service_principal_of(app_id);
        let oid =
            principal.as_ref().map(|row| text_of(row, "id").to_owned()).unwrap_or_else(|| app_id.to_owned());
        let payload = json!({
            "aud": "https://graph.microsoft.com",
            "iss": format!("https://sts.windows.net/{}/", tenant.id),
            "iat": now,
            "nbf": now,
            "exp": now + i64::try_from(life.seconds).unwrap_or(i64::from(i32::MAX)),
            "gen": life.generation,
            "app_displayname": principal.as_ref().map(|row| text_of(row, "displayName")),
            "appid": app_id,
            "idtyp": "app",
            "oid": oid,
            "roles": roles,
            "sub": oid,
            "tid": tenant.id,
            "uti": Uuid::new_v4().to_string(),
            "ver": "1.0",
        });
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": "twin"});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&payload));
        let tag = hmac::sign(&self.key, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
    }

    /// What a token says, if this twin made it; its age is the caller's business.
    pub(crate) fn read(&self, token: &str) -> Option<Claims> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let (signed, tag) = token.rsplit_once('.')?;
        hmac::verify(&self.key, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(tag).ok()?).ok()?;
        let payload = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
        let payload: Value = serde_json::from_slice(&payload).ok()?;
        let roles = payload.get("roles")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned);
        Some(Claims {
            app_id: payload.get("appid")?.as_str()?.to_owned(),
            roles: roles.collect(),
            generation: payload.get("gen")?.as_u64()?,
            expires: payload.get("exp")?.as_i64()?,
        })
    }
}
