//! Client assertions: a JWT signed with the key of a registered certificate (PS256, or RS256 as older
//! clients do), checked claim by claim.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use serde_json::Value;
use x509_parser::certificate::X509Certificate;
use x509_parser::parse_x509_certificate;
use x509_parser::pem::parse_x509_pem;

use super::{LoginError, federation};
use crate::section::ClientRegistration;
use crate::tenant::Tenant;

/// The service takes padding as well as none, and `azure-identity` for Python pads.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// Longest assertion in bytes.
const MAX_ASSERTION: usize = 16 * 1024;
/// Audience of proofs of possession: the directory itself.
const DIRECTORY: &str = "00000002-0000-0000-c000-000000000000";
/// Clock difference that is forgiven, in seconds.
const SKEW: f64 = 300.0;

/// A JWT taken apart.
pub(super) struct Assertion<'j> {
    pub(super) header: Value,
    pub(super) claims: Value,
    /// What the signature is about.
    pub(super) signed: &'j str,
    pub(super) signature: Vec<u8>,
}

/// Refuses an assertion that neither this client nor an issuer it trusts signed for us, now.
pub(super) fn check(
    tenant: &Tenant,
    client: &ClientRegistration,
    jwt: &str,
    base: &str,
) -> Result<(), LoginError> {
    let assertion = taken_apart(jwt)?;
    if client.federated.is_some() && !text(&assertion.claims, "iss").eq_ignore_ascii_case(&client.client_id) {
        federation::check(client, &assertion)?;
    } else {
        check_names(client, &assertion.claims)?;
        check_signature(tenant, client, &assertion)?;
        check_audience(tenant, &assertion.claims, base)?;
    }
    check_times(tenant, &assertion.claims)
}

fn taken_apart(jwt: &str) -> Result<Assertion<'_>, LoginError> {
    let parts: Vec<&str> = jwt.split('.').collect();
    let ([head, payload, signature], true) = (parts.as_slice(), jwt.len() <= MAX_ASSERTION) else {
        return Err(malformed());
    };
    Ok(Assertion {
        header: json_part(head)?,
        claims: json_part(payload)?,
        signed: &jwt[..head.len() + 1 + payload.len()],
        signature: LENIENT.decode(signature).map_err(|_| malformed())?,
    })
}

fn malformed() -> LoginError {
    LoginError::client(50_027, "JWT token is invalid or malformed.")
}

fn json_part(part: &str) -> Result<Value, LoginError> {
    let bytes = LENIENT.decode(part).map_err(|_| malformed())?;
    serde_json::from_slice(&bytes).map_err(|_| malformed())
}

pub(super) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn check_names(client: &ClientRegistration, claims: &Value) -> Result<(), LoginError> {
    let id = &client.client_id;
    let own = |name: &str| text(claims, name).eq_ignore_ascii_case(id);
    if own("iss") && own("sub") && !text(claims, "jti").is_empty() {
        return Ok(());
    }
    let message = format!(
        "Client assertion application identifier doesn't match 'client_id' parameter '{id}', or its 'jti' is missing."
    );
    Err(LoginError::client(700_021, message))
}

fn check_signature(
    tenant: &Tenant,
    client: &ClientRegistration,
    assertion: &Assertion<'_>,
) -> Result<(), LoginError> {
    let header = &assertion.header;
    let invalid = |reason: &str| {
        LoginError::client(
            700_027,
            format!("Client assertion failed signature validation. [Reason - {reason}]"),
        )
    };
    let pem = client.certificate_pem.as_deref().ok_or_else(|| invalid("The key was not found."))?;
    let (_, block) =
        parse_x509_pem(pem.as_bytes()).map_err(|_| invalid("The registered certificate is unreadable."))?;
    let certificate = block.parse_x509().map_err(|_| invalid("The registered certificate is unreadable."))?;
    let algorithm = algorithm(header).ok_or_else(|| invalid("The algorithm is not supported."))?;
    let thumbprint = |name: &str, algorithm| {
        let named = LENIENT.decode(text(header, name)).unwrap_or_default();
        named == digest(algorithm, &block.contents).as_ref()
    };
    if !thumbprint("x5t#S256", &SHA256) && !thumbprint("x5t", &SHA1_FOR_LEGACY_USE_ONLY) {
        return Err(invalid("The key was not found."));
    }
    let now = tenant.now().timestamp();
    let validity = certificate.validity();
    if now < validity.not_before.timestamp() || now >= validity.not_after.timestamp() {
        return Err(invalid("The key used is expired."));
    }
    if assertion.is_signed_by(algorithm, &certificate) {
        return Ok(());
    }
    Err(invalid("The signature does not fit the key."))
}

fn algorithm(header: &Value) -> Option<&'static RsaParameters> {
    match text(header, "alg") {
        "PS256" => Some(&RSA_PSS_2048_8192_SHA256),
        "RS256" => Some(&RSA_PKCS1_2048_8192_SHA256),
        _ => None,
    }
}

impl Assertion<'_> {
    fn is_signed_by(&self, algorithm: &'static RsaParameters, certificate: &X509Certificate<'_>) -> bool {
        let key = certificate.public_key().subject_public_key.data.as_ref();
        UnparsedPublicKey::new(algorithm, key).verify(self.signed.as_bytes(), &self.signature).is_ok()
    }
}

/// Whether a JWT proves that whoever sends it has a key of an object: signed with one of its certificates
/// (any signature will do if none is known), in the object's own name, valid now.
pub(crate) fn proves(tenant: &Tenant, id: &str, certificates: &[Vec<u8>], jwt: &str) -> bool {
    let Ok(assertion) = taken_apart(jwt) else { return false };
    let claims = &assertion.claims;
    let named = text(claims, "iss").eq_ignore_ascii_case(id) && text(claims, "aud") == DIRECTORY;
    let Some(algorithm) = algorithm(&assertion.header) else { return false };
    let signed = |der: &Vec<u8>| {
        parse_x509_certificate(der).is_ok_and(|(_, known)| assertion.is_signed_by(algorithm, &known))
    };
    named
        && check_times(tenant, claims).is_ok()
        && (certificates.is_empty() || certificates.iter().any(signed))
}

fn check_audience(tenant: &Tenant, claims: &Value, base: &str) -> Result<(), LoginError> {
    let audience = text(claims, "aud");
    let accepted = ["https://login.microsoftonline.com", base].iter().any(|root| {
        let rest = audience.strip_prefix(root).and_then(|rest| rest.strip_prefix('/'));
        rest.and_then(|rest| rest.strip_suffix("/oauth2/v2.0/token"))
            .is_some_and(|name| super::is_tenant(tenant, name))
    });
    if accepted {
        return Ok(());
    }
    let message = format!(
        "Client assertion audience claim does not match Realm issuer. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials . Audience: '{audience}'."
    );
    Err(LoginError::client(700_023, message))
}

fn check_times(tenant: &Tenant, claims: &Value) -> Result<(), LoginError> {
    // RFC 7519 allows fractions of a second, and MSAL for Python sends them.
    let time = |name: &str| claims.get(name).and_then(Value::as_f64);
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in a double")]
    let now = tenant.now().timestamp() as f64;
    let started = time("nbf").or_else(|| time("iat")).is_some_and(|start| start <= now + SKEW);
    if started && time("exp").is_some_and(|end| now < end + SKEW) {
        return Ok(());
    }
    let message = "Client assertion is not within its valid time range. Current time, expiry time and start of validity do not agree.";
    Err(LoginError::client(700_024, message))
}
