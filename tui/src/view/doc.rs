//! A document: headed, indented, wrapped text for details and dialogs. It says what there is to
//! read; only [`Doc::lines`] knows how wide the screen is. All text in it counts as untrusted.

use super::diff;
use crate::app::jump::Jump;
use crate::look::{Look, Tone};
use crate::text::json::Field;
use crate::text::{self, sanitise, wrap};
use ratatui::text::{Line, Span};
use std::borrow::Cow;

/// Cells that labels take.
const LABEL: usize = 16;

/// Lines that lead somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The first of them.
    pub line: usize,
    /// How many there are.
    pub lines: usize,
    /// Where they lead.
    pub to: Jump,
}

/// Text to be read, not yet laid out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Doc {
    items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq)]
enum Item {
    Heading(String),
    Text { tone: Tone, indent: usize, mark: String, text: String, to: Option<Jump> },
    Labelled { label: String, tone: Tone, text: String, to: Option<Jump> },
    Diff(Vec<Field>),
    Blank,
}

impl Doc {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// A heading, with a blank line before it unless it is the first.
    pub fn heading(&mut self, text: impl Into<String>) {
        if !self.items.is_empty() {
            self.items.push(Item::Blank);
        }
        self.items.push(Item::Heading(text.into()));
    }

    /// A paragraph.
    pub fn text(&mut self, tone: Tone, text: impl Into<String>) {
        self.marked(tone, 0, "", text);
    }

    /// Paragraphs of a text of our own, with a mark before the first.
    pub fn prose(&mut self, mark: &str, text: &str) {
        for (index, paragraph) in text::paragraphs(text).into_iter().enumerate() {
            let mark = if index == 0 { mark.to_owned() } else { " ".repeat(mark.len()) };
            self.marked(Tone::Plain, 0, mark, paragraph);
        }
    }

    /// A paragraph set in by so many cells, with a mark before its first line.
    pub fn marked(&mut self, tone: Tone, indent: usize, mark: impl Into<String>, text: impl Into<String>) {
        self.items.push(Item::Text { tone, indent, mark: mark.into(), text: text.into(), to: None });
    }

    /// The same, leading somewhere.
    pub fn linked(
        &mut self,
        tone: Tone,
        indent: usize,
        mark: impl Into<String>,
        text: impl Into<String>,
        to: Jump,
    ) {
        self.items.push(Item::Text { tone, indent, mark: mark.into(), text: text.into(), to: Some(to) });
    }

    /// A label with its value beside it; nothing where there is no value.
    pub fn labelled(&mut self, label: &str, tone: Tone, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.items.push(Item::Labelled { label: label.to_owned(), tone, text, to: None });
        }
    }

    /// A label with a value that leads somewhere.
    pub fn labelled_link(&mut self, label: &str, tone: Tone, text: impl Into<String>, to: Jump) {
        let (label, text) = (label.to_owned(), text.into());
        self.items.push(Item::Labelled { label, tone, text, to: Some(to) });
    }

    /// A difference.
    pub fn diff(&mut self, fields: Vec<Field>) {
        self.items.push(Item::Diff(fields));
    }

    /// Everything of another document after what is here.
    pub fn append(&mut self, other: Self) {
        self.items.extend(other.items);
    }

    /// Laid out for so many cells.
    pub fn lines(&self, width: usize, look: Look) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        for item in &self.items {
            item.lay_out(width, look, &mut lines);
        }
        lines
    }

    /// What leads somewhere, in the order of its lines.
    pub fn links(&self, width: usize, look: Look) -> Vec<Link> {
        let (mut lines, mut links) = (Vec::new(), Vec::new());
        for item in &self.items {
            let line = lines.len();
            item.lay_out(width, look, &mut lines);
            if let Item::Text { to: Some(to), .. } | Item::Labelled { to: Some(to), .. } = item {
                links.push(Link { line, lines: lines.len() - line, to: to.clone() });
            }
        }
        links
    }

    /// As plain text, for the clipboard and for the command line.
    pub fn plain(&self, width: usize, look: Look) -> String {
        let lines = self.lines(width, look);
        let text = |line: &Line<'_>| line.spans.iter().map(|span| span.content.as_ref()).collect::<String>();
        lines.iter().map(|line| text(line).trim_end().to_owned() + "\n").collect()
    }
}

impl Item {
    fn lay_out(&self, width: usize, look: Look, lines: &mut Vec<Line<'static>>) {
        match self {
            Self::Blank => lines.push(Line::default()),
            Self::Heading(text) => {
                let text = sanitise(text, width, look.charset);
                lines.push(Line::styled(text, look.style(Tone::Strong)));
            }
            Self::Text { tone, indent, mark, text, to } => {
                let head = format!("{:indent$}{}", "", sanitise(mark, width, look.charset));
                hang(&head, &arrowed(text, to.as_ref(), look), *tone, width, look, lines);
            }
            Self::Labelled { label, tone, text, to } => {
                let label = sanitise(label, LABEL - 1, look.charset);
                labelled(&label, &arrowed(text, to.as_ref(), look), *tone, width, look, lines);
            }
            Self::Diff(fields) => diff::lay_out(fields, width, look, lines),
        }
    }
}

/// What leads somewhere ends with an arrow, for colour alone would not tell it.
fn arrowed<'a>(text: &'a str, to: Option<&Jump>, look: Look) -> Cow<'a, str> {
    match to {
        Some(_) => Cow::Owned(format!("{text} {}", look.charset.pick("›", ">"))),
        None => Cow::Borrowed(text),
    }
}

/// Lays text out behind a head; further lines hang below the text.
pub fn hang(head: &str, text: &str, tone: Tone, width: usize, look: Look, lines: &mut Vec<Line<'static>>) {
    let indent = text::width(head, look.charset);
    let style = look.style(tone);
    for (index, line) in wrap(text, width.saturating_sub(indent), look.charset).into_iter().enumerate() {
        let lead = if index == 0 { head.to_owned() } else { " ".repeat(indent) };
        lines.push(Line::from(vec![Span::styled(lead, style), Span::styled(line, style)]));
    }
}

fn labelled(label: &str, text: &str, tone: Tone, width: usize, look: Look, lines: &mut Vec<Line<'static>>) {
    for (index, line) in wrap(text, width.saturating_sub(LABEL), look.charset).into_iter().enumerate() {
        let lead = if index == 0 { label } else { "" };
        let lead = Span::styled(format!("{lead:<LABEL$}"), look.style(Tone::Dim));
        lines.push(Line::from(vec![lead, Span::styled(line, look.style(tone))]));
    }
}
