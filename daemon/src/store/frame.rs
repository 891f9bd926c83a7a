//! The line around each record: `LENGTH CRC32C JSON\n`.
//!
//! LENGTH is the number of bytes of JSON in decimal, CRC32C its checksum as eight lower-case
//! hexadecimal digits. Canonical JSON has no raw newline and no NUL, so a newline always ends a
//! line and a NUL always means that a write was interrupted.

use super::StoreError;
use thiserror::Error;

/// The longest JSON of one record, in bytes.
pub const MAX_JSON_BYTES: usize = 4 << 20;

/// The longest line: a length of 7 digits, two spaces, eight digits and the newline besides the JSON.
pub const MAX_LINE_BYTES: usize = MAX_JSON_BYTES + 18;

const CHECKSUM_DIGITS: usize = 8;

/// Why a line is not a framed record.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// The file ends within the line.
    #[error("the line is incomplete")]
    Incomplete,
    /// The line does not begin with a length and a checksum.
    #[error("the line does not begin with LENGTH CRC32C")]
    Header,
    /// The line is longer than any we write.
    #[error("the line is longer than {MAX_LINE_BYTES} bytes")]
    TooLong,
    /// Bytes are missing or too many.
    #[error("the line should hold {said} bytes of JSON and holds {found}")]
    Length {
        /// What the line says.
        said: usize,
        /// What it has.
        found: usize,
    },
    /// Bytes were changed.
    #[error("the checksum should be {said:08x} and is {found:08x}: bytes were changed")]
    Checksum {
        /// What the line says.
        said: u32,
        /// What its JSON gives.
        found: u32,
    },
}

/// Appends one line to `out`.
///
/// # Errors
/// [`StoreError::TooLarge`] beyond [`MAX_JSON_BYTES`].
pub fn encode(json: &[u8], out: &mut Vec<u8>) -> Result<(), StoreError> {
    if json.len() > MAX_JSON_BYTES {
        return Err(StoreError::TooLarge { what: "a record", size: json.len(), limit: MAX_JSON_BYTES });
    }
    out.extend_from_slice(format!("{} {:08x} ", json.len(), crc32c::crc32c(json)).as_bytes());
    out.extend_from_slice(json);
    out.push(b'\n');
    Ok(())
}

/// The JSON of one line, newline included in `line`.
///
/// # Errors
/// [`Fault`] if the line is not exactly as [`encode`] would write it.
pub fn decode(line: &[u8]) -> Result<&[u8], Fault> {
    let Some(line) = line.strip_suffix(b"\n") else {
        return Err(if line.len() >= MAX_LINE_BYTES { Fault::TooLong } else { Fault::Incomplete });
    };
    let (length, rest) = split_at_space(line).ok_or(Fault::Header)?;
    let (checksum, json) = split_at_space(rest).ok_or(Fault::Header)?;
    let said = decimal(length).ok_or(Fault::Header)?;
    let checksum = hexadecimal(checksum).ok_or(Fault::Header)?;
    if json.len() != said {
        return Err(Fault::Length { said, found: json.len() });
    }
    let found = crc32c::crc32c(json);
    if found != checksum {
        return Err(Fault::Checksum { said: checksum, found });
    }
    Ok(json)
}

fn split_at_space(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = bytes.iter().take(CHECKSUM_DIGITS + 1).position(|&byte| byte == b' ')?;
    Some((&bytes[..space], &bytes[space + 1..]))
}

/// A decimal number in its one spelling: digits only, no leading zero.
fn decimal(digits: &[u8]) -> Option<usize> {
    let plain = digits.iter().all(u8::is_ascii_digit) && !digits.starts_with(b"0");
    plain.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    let plain = digits.len() == CHECKSUM_DIGITS
        && digits.iter().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(digit));
    plain.then(|| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(json: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(json, &mut out).unwrap();
        out
    }

    /// R80: the format is final; "123456789" and e3069283 are CRC-32C's published check value.
    #[test]
    fn r80_a_line_is_length_checksum_json() {
        assert_eq!(line(b"123456789"), b"9 e3069283 123456789\n");
    }

    #[test]
    fn r80_any_changed_byte_is_a_fault() {
        let good = line(br#"{"a":"some text"}"#);
        assert!(decode(&good).is_ok());
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut changed = good.clone();
                changed[at] ^= 1 << bit;
                assert!(decode(&changed).is_err(), "bit {bit} of byte {at}");
            }
        }
    }

    #[test]
    fn r80_any_missing_end_is_incomplete() {
        let good = line(br#"{"a":1}"#);
        for length in 0..good.len() {
            assert_eq!(decode(&good[..length]), Err(Fault::Incomplete));
        }
    }

    #[test]
    fn a_length_has_one_spelling() {
        assert_eq!(decode(b"09 e3069283 123456789\n"), Err(Fault::Header));
        assert_eq!(decode(b"+9 e3069283 123456789\n"), Err(Fault::Header));
        assert_eq!(decode(b"9 E3069283 123456789\n"), Err(Fault::Header));
    }
}
