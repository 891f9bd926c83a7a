//! A certificate with its private key, from one PEM file, checked before it is used.

use chrono::{DateTime, Utc};
use ring::rsa::KeyPair;
use ring::signature::KeyPair as _;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::Path;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Proof of identity by certificate.
pub struct Certificate {
    pub(super) key: KeyPair,
    pub(super) sha256: [u8; 32],
    /// The certificate's last moment.
    pub not_after: DateTime<Utc>,
}

/// Why a certificate file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// No private key in a form we read.
    #[error(
        "{file}: no PKCS#8 private key (`-----BEGIN PRIVATE KEY-----`) in it; convert the key with \
         `openssl pkcs8 -topk8 -nocrypt -in KEY` and put it and the certificate into this file"
    )]
    NoKey {
        /// The file.
        file: String,
    },
    /// No certificate.
    #[error(
        "{file}: no certificate (`-----BEGIN CERTIFICATE-----`) in it; append the public certificate to the key"
    )]
    NoCertificate {
        /// The file.
        file: String,
    },
    /// Not a certificate inside.
    #[error("{file}: the certificate cannot be read ({reason}); export it again as PEM")]
    Unreadable {
        /// The file.
        file: String,
        /// The parser's word.
        reason: String,
    },
    /// Not an RSA key, or a broken one.
    #[error("{file}: the private key is refused ({reason}); Entra needs an RSA key of 2048 bits or more")]
    BadKey {
        /// The file.
        file: String,
        /// The library's word.
        reason: String,
    },
    /// Key and certificate do not belong together.
    #[error("{file}: the private key does not belong to the certificate; put a matching pair into it")]
    Mismatch {
        /// The file.
        file: String,
    },
    /// Not valid now.
    #[error(
        "{file}: the certificate is valid from {not_before} to {not_after}, not now; renew it and register the new one"
    )]
    OutsideValidity {
        /// The file.
        file: String,
        /// First moment.
        not_before: DateTime<Utc>,
        /// Last moment.
        not_after: DateTime<Utc>,
    },
}

impl Certificate {
    /// Reads the PEM text of `path` (which is named in errors, not opened) and checks it at `now`.
    pub fn from_pem(pem: &[u8], path: &Path, now: DateTime<Utc>) -> Result<Self, CertificateError> {
        let file = path.display().to_string();
        let key = PrivatePkcs8KeyDer::from_pem_slice(pem)
            .map_err(|_| CertificateError::NoKey { file: file.clone() })?;
        let key = KeyPair::from_pkcs8(key.secret_pkcs8_der())
            .map_err(|error| CertificateError::BadKey { file: file.clone(), reason: error.to_string() })?;
        let der = CertificateDer::from_pem_slice(pem)
            .map_err(|_| CertificateError::NoCertificate { file: file.clone() })?;
        let (_, parsed) = X509Certificate::from_der(&der).map_err(|error| CertificateError::Unreadable {
            file: file.clone(),
            reason: error.to_string(),
        })?;
        if parsed.public_key().subject_public_key.data.as_ref() != key.public_key().as_ref() {
            return Err(CertificateError::Mismatch { file });
        }
        let not_after = check_validity(&parsed, file, now)?;
        Ok(Self { key, sha256: Sha256::digest(&der).into(), not_after })
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Certificate").field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

fn check_validity(
    parsed: &X509Certificate<'_>,
    file: String,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, CertificateError> {
    let moment =
        |time: x509_parser::time::ASN1Time| DateTime::from_timestamp(time.timestamp(), 0).unwrap_or_default();
    let (not_before, not_after) = (moment(parsed.validity().not_before), moment(parsed.validity().not_after));
    if now < not_before || now > not_after {
        return Err(CertificateError::OutsideValidity { file, not_before, not_after });
    }
    Ok(not_after)
}
