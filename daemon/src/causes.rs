//! An error with what caused it, on one line: the libraries' own texts leave the causes out.

use std::error::Error;

/// The error's text and those of its causes, the outermost first.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
