//! Lines on standard output. Whoever reads them may stop at any time, as `head` does: that is no fault, and
//! the exit code still tells how it went.

use std::fmt::Display;
use std::io::{Write as _, stdout};

/// Prints a line.
pub fn say(line: impl Display) {
    let _ = writeln!(stdout().lock(), "{line}");
}
