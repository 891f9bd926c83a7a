//! What is wrong with a file and where: file, line, column, and the line itself with a caret.

use std::fmt;

/// A file that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The file's name as the caller gave it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do; empty if the message says it all.
    pub help: String,
    /// The line as it stands in the file.
    source_line: String,
    /// How many characters are marked.
    width: usize,
}

/// Longer lines are cut when shown; a file may be one line of megabytes.
const SHOWN_CHARACTERS: usize = 160;

impl FileError {
    /// Points at a range of bytes of a text; a range outside of it points at its end.
    pub fn at(file: &str, text: &str, span: std::ops::Range<usize>, message: impl Into<String>) -> Self {
        let start = floor_boundary(text, span.start);
        let line_start = text.get(..start).and_then(|head| head.rfind('\n')).map_or(0, |newline| newline + 1);
        let rest = text.get(line_start..).unwrap_or_default();
        let source_line = rest.lines().next().unwrap_or_default();
        let column = text.get(line_start..start).map_or(0, |head| head.chars().count());
        let marked = text.get(start..floor_boundary(text, span.end).max(start)).unwrap_or_default();
        Self {
            file: file.to_owned(),
            line: text.get(..line_start).map_or(0, |head| head.matches('\n').count()) + 1,
            column: column + 1,
            message: message.into(),
            help: String::new(),
            source_line: source_line.chars().take(SHOWN_CHARACTERS).collect(),
            width: marked.lines().next().unwrap_or_default().chars().count().max(1),
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// What the TOML parser found wrong.
    pub(crate) fn from_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        Self::at(file, text, error.span().unwrap_or_default(), error.message())
    }
}

fn floor_boundary(text: &str, index: usize) -> usize {
    (0..=index.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

impl fmt::Display for FileError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gutter = " ".repeat(self.line.to_string().len());
        let indent = " ".repeat(self.column.saturating_sub(1).min(SHOWN_CHARACTERS));
        let room = SHOWN_CHARACTERS.saturating_sub(self.column).max(1);
        writeln!(out, "{}", self.message)?;
        writeln!(out, "{gutter}--> {}:{}:{}", self.file, self.line, self.column)?;
        writeln!(out, "{gutter} |")?;
        writeln!(out, "{} | {}", self.line, self.source_line.replace('\t', " "))?;
        write!(out, "{gutter} | {indent}{}", "^".repeat(self.width.min(room)))?;
        if !self.help.is_empty() {
            write!(out, "\n{gutter} = help: {}", self.help)?;
        }
        Ok(())
    }
}

impl std::error::Error for FileError {}
