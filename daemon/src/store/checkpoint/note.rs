//! Signed notes: a text and the signature of it, as <https://c2sp.org/signed-note> has them, with Ed25519.
//!
//! A key has a name that every signature repeats. What verifies is written `NAME+ID+KEY` in one line and is
//! no secret; what signs is a PKCS #8 file and never leaves the daemon.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// What marks an Ed25519 key in its id and in its written form.
const ED25519_KIND: u8 = 1;

/// Longest name of a key in bytes.
const LONGEST_NAME: usize = 128;

/// What signs.
pub struct Signer {
    pair: Ed25519KeyPair,
    verifier: Verifier,
}

/// What verifies: a public key with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: Vec<u8>,
}

/// Why a key or a note is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The private key.
    #[error("it holds no Ed25519 key in PKCS #8; make one with `trueconfigd key new`")]
    PrivateKey,
    /// The public key.
    #[error("a verifying key is NAME+ID+KEY in one line, as `trueconfigd key show` prints it")]
    PublicKey,
    /// The name.
    #[error(
        "a key's name has 1 to {LONGEST_NAME} characters without blanks and +, such as contoso.example/audit"
    )]
    Name,
    /// Not a note at all.
    #[error("it is no signed note")]
    Malformed,
    /// A note of somebody else.
    #[error("it is not signed by {0}")]
    NotSigned(String),
    /// A changed note, or a forged one.
    #[error("its signature by {0} is wrong: it was changed or forged")]
    Forged(String),
}

impl Signer {
    /// A new key, as PKCS #8.
    ///
    /// # Errors
    /// [`NoteError::PrivateKey`] if the system gives no random numbers.
    pub fn generate() -> Result<Vec<u8>, NoteError> {
        let random = ring::rand::SystemRandom::new();
        let key = Ed25519KeyPair::generate_pkcs8(&random).map_err(|_| NoteError::PrivateKey)?;
        Ok(key.as_ref().to_vec())
    }

    /// Takes a private key, in PKCS #8.
    ///
    /// # Errors
    /// [`NoteError::PrivateKey`], [`NoteError::Name`].
    pub fn new(name: &str, pkcs8: &[u8]) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map_err(|_| NoteError::PrivateKey)?;
        let verifier = Verifier::new(name, pair.public_key().as_ref().to_vec())?;
        Ok(Self { pair, verifier })
    }

    /// What verifies its signatures.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs a text, which must end with a line break.
    pub fn sign(&self, text: &str) -> String {
        let signature = self.pair.sign(text.as_bytes());
        let bytes = [&self.verifier.id()[..], signature.as_ref()].concat();
        format!("{text}\n\u{2014} {} {}\n", self.verifier.name, BASE64.encode(bytes))
    }
}

impl Verifier {
    fn new(name: &str, key: Vec<u8>) -> Result<Self, NoteError> {
        let wrong = |character: char| character.is_whitespace() || character == '+';
        if name.is_empty() || name.len() > LONGEST_NAME || name.contains(wrong) {
            return Err(NoteError::Name);
        }
        Ok(Self { name: name.to_owned(), key })
    }

    fn id(&self) -> [u8; 4] {
        let digest = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519_KIND])
            .chain_update(&self.key)
            .finalize();
        [digest[0], digest[1], digest[2], digest[3]]
    }

    /// The text of a note that this key signed.
    ///
    /// # Errors
    /// [`NoteError`] if it is no note, or not signed by this key, or was changed.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let (text, signatures) = parts(note).ok_or(NoteError::Malformed)?;
        let ours = |line: &&str| line.split(' ').nth(1) == Some(&self.name);
        for line in signatures.lines().filter(ours) {
            let encoded = line.split(' ').nth(2).ok_or(NoteError::Malformed)?;
            let bytes = BASE64.decode(encoded).map_err(|_| NoteError::Malformed)?;
            let Some((id, signature)) = bytes.split_at_checked(4) else { return Err(NoteError::Malformed) };
            if id != self.id() {
                continue;
            }
            let key = UnparsedPublicKey::new(&ED25519, &self.key);
            return match key.verify(text.as_bytes(), signature) {
                Ok(()) => Ok(text),
                Err(_) => Err(NoteError::Forged(self.name.clone())),
            };
        }
        Err(NoteError::NotSigned(self.name.clone()))
    }
}

/// The text of a note, with its last line break, and its signature lines.
pub(super) fn parts(note: &str) -> Option<(&str, &str)> {
    let at = note.rfind("\n\n")?;
    let (text, signatures) = note.split_at(at + 1);
    let signatures = signatures.strip_prefix('\n')?;
    let signed = signatures.ends_with('\n') && signatures.lines().all(|line| line.starts_with("\u{2014} "));
    signed.then_some((text, signatures))
}

impl fmt::Display for Verifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}+", self.name)?;
        self.id().iter().try_for_each(|byte| write!(out, "{byte:02x}"))?;
        write!(out, "+{}", BASE64.encode([&[ED25519_KIND], &self.key[..]].concat()))
    }
}

impl FromStr for Verifier {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::PublicKey);
        };
        let bytes = BASE64.decode(key).map_err(|_| NoteError::PublicKey)?;
        let key = match bytes.split_first() {
            Some((&ED25519_KIND, key)) if key.len() == 32 => key.to_vec(),
            _ => return Err(NoteError::PublicKey),
        };
        let verifier = Self::new(name, key)?;
        // The id between them ties name and key together: a slip in either shows.
        if verifier.to_string() == text.trim() { Ok(verifier) } else { Err(NoteError::PublicKey) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the Go implementation's documentation, golang.org/x/mod/sumdb/note, and its note.
    const ENTERPRISE: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_of_another_implementation_opens() {
        let verifier: Verifier = ENTERPRISE.parse().unwrap();
        assert_eq!(verifier.to_string(), ENTERPRISE);
        assert!(verifier.open(NOTE).unwrap().ends_with("what your problem is.\n"));
        let changed = NOTE.replace("don't know", "know");
        assert_eq!(verifier.open(&changed), Err(NoteError::Forged("PeterNeumann".to_owned())));
    }

    #[test]
    fn what_is_signed_opens_with_that_key_only() {
        let signer = Signer::new("contoso/audit", &Signer::generate().unwrap()).unwrap();
        let other = Signer::new("contoso/audit", &Signer::generate().unwrap()).unwrap();
        let note = signer.sign("trueconfig/contoso\n7\nroot\n");
        assert_eq!(signer.verifier().open(&note).unwrap(), "trueconfig/contoso\n7\nroot\n");
        let refused = other.verifier().open(&note);
        assert_eq!(refused, Err(NoteError::NotSigned("contoso/audit".to_owned())));
        assert_eq!(signer.verifier().open("nothing"), Err(NoteError::Malformed));
        assert_eq!(signer.verifier().to_string().parse::<Verifier>().unwrap(), *signer.verifier());
    }

    #[test]
    fn a_slip_in_a_verifying_key_is_seen() {
        assert_eq!(ENTERPRISE.replace("Peter", "Pete").parse::<Verifier>(), Err(NoteError::PublicKey));
        assert_eq!("a b+1+2".parse::<Verifier>(), Err(NoteError::PublicKey));
        assert!(matches!(Signer::new("a b", &Signer::generate().unwrap()), Err(NoteError::Name)));
    }
}
