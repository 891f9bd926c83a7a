//! Values as they stand in sled: a version, a checksum, the bytes.
//!
//! sled gives no promise about values after a power cut or a bug of its own, so each value proves
//! itself. One that does not is the same as a missing one: everything in sled can be made again.

const VERSION: u8 = 1;
const HEADER_BYTES: usize = 5;

/// Wraps bytes for sled.
pub fn seal(bytes: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(HEADER_BYTES + bytes.len());
    value.push(VERSION);
    value.extend_from_slice(&crc32c::crc32c(bytes).to_le_bytes());
    value.extend_from_slice(bytes);
    value
}

/// The bytes of a value, if it is of this version and unharmed.
pub fn unseal(value: &[u8]) -> Option<&[u8]> {
    let (header, bytes) = value.split_at_checked(HEADER_BYTES)?;
    let (version, checksum) = header.split_first()?;
    let good = *version == VERSION && *checksum == crc32c::crc32c(bytes).to_le_bytes();
    good.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_proves_itself() {
        let value = seal(b"some bytes");
        assert_eq!(unseal(&value), Some(&b"some bytes"[..]));
        for at in 0..value.len() {
            let mut changed = value.clone();
            changed[at] ^= 1;
            assert_eq!(unseal(&changed), None, "byte {at}");
        }
        assert_eq!(unseal(&value[..4]), None);
        assert_eq!(unseal(&[]), None);
    }
}
