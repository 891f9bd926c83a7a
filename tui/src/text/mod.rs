//! Text from outside, made safe to show.
//!
//! Names, notes and reasons come from the tenant, from people and from the socket: none of it is
//! trusted. Everything that reaches a cell of the screen or a line of a table passes through
//! [`sanitise`] or [`wrap`]; afterwards it holds no control character, no escape sequence, no
//! bidirectional override and nothing invisible, and is no wider than it was allowed to be.

pub mod json;
pub mod time;
pub mod window;

use crate::look::Charset;
use unicode_width::UnicodeWidthChar;

/// Combining marks kept on one base character; more are shown escaped.
const MARK_LIMIT: usize = 2;

/// Lines one text may take when wrapped; the rest is counted, not shown.
pub const LINE_LIMIT: usize = 200;

/// Makes a text safe for one line of at most `width` cells; a cut is marked.
pub fn sanitise(text: &str, width: usize, charset: Charset) -> String {
    let mark = charset.pick("…", "~");
    let mut out = String::new();
    let mut used = 0;
    // Where to go back to if the mark has to take the place of the last cell.
    let mut fits_with_mark = 0;
    for piece in pieces(text, charset) {
        if used + piece.width > width {
            out.truncate(fits_with_mark);
            if width > 0 {
                out.push_str(mark);
            }
            return out;
        }
        piece.push_to(&mut out);
        used += piece.width;
        if used < width {
            fits_with_mark = out.len();
        }
    }
    out
}

/// Cells a text takes once it is safe.
pub fn width(text: &str, charset: Charset) -> usize {
    pieces(text, charset).map(|piece| piece.width).sum()
}

/// Makes a text safe and breaks it into lines of at most `width` cells, at spaces where possible.
/// Its own line breaks are shown escaped: only [`paragraphs`] gives them a meaning.
pub fn wrap(text: &str, width: usize, charset: Charset) -> Vec<String> {
    let mut lines = Vec::new();
    wrap_into(text, width.max(1), charset, &mut lines);
    if lines.len() > LINE_LIMIT {
        lines.truncate(LINE_LIMIT);
        lines.push(format!("({} characters in all)", text.chars().count()));
    }
    lines
}

/// The paragraphs of a text of our own, such as a control's guidance: empty lines part them, other
/// line breaks are the file's and count as spaces.
pub fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in text.trim().lines() {
        match (line.trim(), paragraphs.last_mut()) {
            ("", Some(last)) if !last.is_empty() => paragraphs.push(String::new()),
            (words, Some(last)) => {
                last.push_str(if last.is_empty() { "" } else { " " });
                last.push_str(words);
            }
            (_, None) => {}
        }
    }
    paragraphs
}

fn wrap_into(text: &str, width: usize, charset: Charset, lines: &mut Vec<String>) {
    let mut line = String::new();
    let mut used = 0;
    // Byte position and width just after the last space of the line.
    let mut last_space = (0, 0);
    for piece in pieces(text, charset) {
        // What stays after a break at a space may still be too much for the piece.
        while used > 0 && used + piece.width > width {
            let (at, width_at) = if last_space.0 > 0 { last_space } else { (line.len(), used) };
            let rest = line.split_off(at);
            lines.push(line.trim_end().to_owned());
            if lines.len() > LINE_LIMIT {
                return;
            }
            line = rest;
            used -= width_at;
            last_space = (0, 0);
        }
        piece.push_to(&mut line);
        used += piece.width;
        if matches!(piece.shape, Shape::Plain(' ')) {
            last_space = (line.len(), used);
        }
    }
    lines.push(line.trim_end().to_owned());
}

enum Shape {
    Plain(char),
    Escaped(String),
}

/// What one character of the text turns into.
struct Piece {
    shape: Shape,
    width: usize,
}

impl Piece {
    fn push_to(&self, out: &mut String) {
        match &self.shape {
            Shape::Plain(character) => out.push(*character),
            Shape::Escaped(text) => out.push_str(text),
        }
    }
}

fn pieces(text: &str, charset: Charset) -> impl Iterator<Item = Piece> {
    // Marks may only follow a base that is shown as itself.
    let mut marks_left = 0;
    text.chars().map(move |character| {
        let cells = character.width();
        let joins = cells == Some(0) && marks_left > 0 && !is_unsafe(character);
        if joins && charset == Charset::Unicode {
            marks_left -= 1;
            return Piece { shape: Shape::Plain(character), width: 0 };
        }
        let shown = cells.filter(|cells| *cells > 0 && !is_unsafe(character));
        match shown {
            Some(width) if charset == Charset::Unicode || character.is_ascii() => {
                marks_left = MARK_LIMIT;
                Piece { shape: Shape::Plain(character), width }
            }
            _ => {
                marks_left = 0;
                let escape = escape(character);
                Piece { width: escape.len(), shape: Shape::Escaped(escape) }
            }
        }
    })
}

fn escape(character: char) -> String {
    match character {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        other if u32::from(other) < 0x100 => format!("\\x{:02x}", u32::from(other)),
        other => format!("\\u{{{:x}}}", u32::from(other)),
    }
}

/// Characters that move, hide, reorder or merge others, or that terminals measure differently.
/// Control characters need no mention: they have no width.
fn is_unsafe(character: char) -> bool {
    matches!(u32::from(character),
        0xad                                  // soft hyphen
        | 0x34f | 0x61c | 0x180b..=0x180f     // grapheme joiner, Arabic letter mark, Mongolian selectors
        | 0x600..=0x605 | 0x6dd | 0x70f | 0x890..=0x891 | 0x8e2 // prepended format marks
        | 0x115f..=0x1160 | 0x3164 | 0xffa0   // fillers: blank, yet letters
        | 0x17b4..=0x17b5 | 0x2800            // blank vowels and braille
        | 0x200b..=0x200f                     // zero width, left-to-right and right-to-left marks
        | 0x2028..=0x202e                     // separators, embeddings and overrides
        | 0x2060..=0x206f                     // joiners, isolates
        | 0x20e3                              // keycap: changes the width of what it encloses
        | 0xfe00..=0xfe0f | 0xfeff            // variation selectors, byte order mark
        | 0xfff0..=0xffff                     // annotations, replacement, no characters
        | 0x1_f3fb..=0x1_f3ff                 // skin tones: merge in some terminals only
        | 0x1_f1e6..=0x1_f1ff                 // flags, likewise
        | 0xe_0000..=0xe_0fff) // tags and more selectors
}

#[cfg(test)]
pub mod tests;
