//! The client assertion: a JWT signed PS256 that names the certificate by its SHA-256.

use super::certificate::Certificate;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ring::rand::SystemRandom;
use ring::signature::RSA_PSS_SHA256;
use serde_json::json;
use uuid::Uuid;

/// Validity of an assertion; Microsoft accepts up to ten minutes.
const LIFE: TimeDelta = TimeDelta::minutes(10);

/// Why no assertion was made.
#[derive(Debug, thiserror::Error)]
pub enum AssertionError {
    /// It ran out while the daemon ran.
    #[error("the certificate expired at {not_after}; renew it, register the new one and restart the daemon")]
    Expired {
        /// Its last moment.
        not_after: DateTime<Utc>,
    },
    /// The signature failed.
    #[error("the assertion cannot be signed with the private key")]
    Signature,
}

/// Makes an assertion with a fresh id, for one token request.
pub(super) fn sign(
    certificate: &Certificate,
    client_id: &str,
    audience: &str,
    now: DateTime<Utc>,
) -> Result<String, AssertionError> {
    if now > certificate.not_after {
        return Err(AssertionError::Expired { not_after: certificate.not_after });
    }
    let header =
        json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(certificate.sha256)});
    let claims = json!({
        "aud": audience,
        "iss": client_id,
        "sub": client_id,
        "jti": Uuid::new_v4().to_string(),
        "nbf": now.timestamp(),
        "iat": now.timestamp(),
        "exp": (now + LIFE).timestamp(),
    });
    let message = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let mut signature = vec![0; certificate.key.public().modulus_len()];
    certificate
        .key
        .sign(&RSA_PSS_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
        .map_err(|_| AssertionError::Signature)?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}
