//! Workload identity: a token of another issuer in the place of an assertion, as `azure-identity` reads it
//! from a file. Issuer, subject and audience must be those of a federated credential of the client.

use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;
use x509_parser::pem::parse_x509_pem;

use super::LoginError;
use super::assertion::{Assertion, text};
use crate::section::{ClientRegistration, Federation};

/// Audience of such tokens.
const AUDIENCE: &str = "api://AzureADTokenExchange";

/// Refuses a token that no federated credential of the client fits; its times are checked elsewhere.
pub(super) fn check(client: &ClientRegistration, assertion: &Assertion<'_>) -> Result<(), LoginError> {
    let claims = &assertion.claims;
    let (issuer, subject) = (text(claims, "iss"), text(claims, "sub"));
    let no_match = |code, what: &str, value: &str| {
        let message = format!(
            "No matching federated identity record found for presented assertion {what} '{value}'. Please note that the matching is done using a case-sensitive comparison."
        );
        LoginError::client(code, message)
    };
    let issued = client.federated.as_ref().filter(|known| known.issuer == issuer);
    let federation = issued.ok_or_else(|| no_match(700_211, "issuer", issuer))?;
    if federation.subject != subject {
        return Err(no_match(700_213, "subject", subject));
    }
    if !names_audience(claims) {
        return Err(no_match(700_212, "audience", text(claims, "aud")));
    }
    check_signature(federation, assertion)
}

fn names_audience(claims: &Value) -> bool {
    let many = claims.get("aud").and_then(Value::as_array).into_iter().flatten();
    many.chain(claims.get("aud")).any(|audience| audience.as_str() == Some(AUDIENCE))
}

fn check_signature(federation: &Federation, assertion: &Assertion<'_>) -> Result<(), LoginError> {
    let invalid =
        || LoginError::client(700_027, "Client assertion failed signature validation by the issuer's key.");
    if text(&assertion.header, "alg") != "RS256" {
        return Err(invalid());
    }
    let (_, block) = parse_x509_pem(federation.certificate_pem.as_bytes()).map_err(|_| invalid())?;
    let certificate = block.parse_x509().map_err(|_| invalid())?;
    let key = certificate.public_key().subject_public_key.data.as_ref();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
    key.verify(assertion.signed.as_bytes(), &assertion.signature).map_err(|_| invalid())
}
