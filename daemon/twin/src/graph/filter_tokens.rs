//! The words of a `$filter`.

use super::error::GraphError;

/// Longest `$filter` text in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name, an operator or a literal without quotes.
    Word(String),
    /// A string literal, quotes and doubling taken off.
    Text(String),
    Open,
    Close,
    Comma,
}

/// Splits a filter into its words.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, GraphError> {
    if text.len() > MAX_BYTES {
        return Err(GraphError::new(400, "BadRequest", "Invalid filter clause: too long."));
    }
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' => push(&mut out, Token::Open, 1),
            ')' => push(&mut out, Token::Close, 1),
            ',' => push(&mut out, Token::Comma, 1),
            '\'' => {
                let (content, length) = quoted(rest)?;
                push(&mut out, Token::Text(content), length)
            }
            _ => {
                let word = word(rest);
                push(&mut out, Token::Word(word.to_owned()), word.len())
            }
        };
        rest = rest[length..].trim_start();
    }
    Ok(out)
}

fn push(out: &mut Vec<Token>, token: Token, length: usize) -> usize {
    out.push(token);
    length
}

/// A word ends at a space, a bracket, a comma or a quote; `c:c` of a lambda ends after the colon.
fn word(rest: &str) -> &str {
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '\''))
        .unwrap_or(rest.len())
        .max(rest.chars().next().map_or(1, char::len_utf8));
    let word = &rest[..end];
    match word.find(':') {
        Some(colon) if !word.starts_with(|c: char| c.is_ascii_digit()) => &word[..=colon],
        _ => word,
    }
}

fn quoted(rest: &str) -> Result<(String, usize), GraphError> {
    let mut content = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != '\'' {
            content.push(c);
            continue;
        }
        if chars.next_if(|(_, next)| *next == '\'').is_none() {
            return Ok((content, at + 1));
        }
        content.push('\'');
    }
    Err(GraphError::new(400, "BadRequest", "Invalid filter clause: There is an unterminated string literal."))
}
