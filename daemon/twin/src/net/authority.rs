//! A certificate authority made at start, and a certificate for loopback signed by it.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use crate::TwinError;

/// Names the certificate is good for.
const NAMES: [&str; 3] = ["127.0.0.1", "::1", "localhost"];

/// The authority's certificate in PEM, and a TLS configuration with a certificate of it.
pub(crate) fn make() -> Result<(String, Arc<ServerConfig>), TwinError> {
    let tls = |error: &dyn std::fmt::Display| TwinError::Tls(error.to_string());
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages =
        vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    params.distinguished_name.push(DnType::CommonName, "TrueConfig twin authority");
    let key = KeyPair::generate().map_err(|error| tls(&error))?;
    let issuer = CertifiedIssuer::self_signed(params, key).map_err(|error| tls(&error))?;

    let names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).map_err(|error| tls(&error))?;
    params.distinguished_name.push(DnType::CommonName, "TrueConfig twin");
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(|error| tls(&error))?;
    let certificate = params.signed_by(&key, &issuer).map_err(|error| tls(&error))?;
    let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(|error| tls(&error))?;

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| tls(&error))?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .map_err(|error| tls(&error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((issuer.pem(), Arc::new(config)))
}
