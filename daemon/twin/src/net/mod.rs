//! The two listeners on loopback and the certificate of the second.

pub(crate) mod authority;
pub(crate) mod listen;
