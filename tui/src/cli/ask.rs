//! Asking a person at a terminal.

use super::exit::Trouble;
use nix::sys::termios::{FlushArg, tcflush};
use std::io::{self, BufRead, IsTerminal, Write, stderr, stdin};

/// Longest answer taken, in bytes.
const ANSWER_LIMIT: u64 = 8 * 1024;

/// Whether there is a person to ask.
pub fn is_possible() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Asks for a line. What was typed before the question came is thrown away: it cannot be an
/// answer to it.
///
/// # Errors
/// The terminal is gone, or the person ended the input.
pub fn line(question: &str) -> Result<String, Trouble> {
    let gone = |error: io::Error| Trouble::Local(format!("cannot ask: {error}"));
    let _ = tcflush(stdin(), FlushArg::TCIFLUSH);
    write!(stderr(), "{question} ").and_then(|()| stderr().flush()).map_err(gone)?;
    let mut answer = String::new();
    let read = io::Read::take(stdin().lock(), ANSWER_LIMIT).read_line(&mut answer).map_err(gone)?;
    if read == 0 {
        return Err(Trouble::Refused("Nothing was done.".to_owned()));
    }
    Ok(answer.trim().to_owned())
}

/// Asks for exactly that word.
///
/// # Errors
/// Another answer, or none.
pub fn word(question: &str, wanted: &str) -> Result<(), Trouble> {
    let answer = line(&format!("{question} Type {wanted} to go on:"))?;
    if answer == wanted { Ok(()) } else { Err(Trouble::Refused("Nothing was done.".to_owned())) }
}
