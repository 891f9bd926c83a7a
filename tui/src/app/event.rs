//! What happens to the client, and what it does in return.

use super::place::ScreenId;
use crate::link::export::Export;
use crate::link::{Answer, Call, Failure};
use chrono::{DateTime, Utc};
use crossterm::event::KeyEvent;
use std::path::PathBuf;
use std::time::Duration;
use trueconfig_common::interface::subscribe::Notice;

/// A moment on both clocks: what people read, and what cannot be set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Time of day.
    pub wall: DateTime<Utc>,
    /// Time since the client began.
    pub elapsed: Duration,
}

/// Ties an answer to its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size, in cells.
    Resize(u16, u16),
    /// Connected; to which version, where its interface is another revision and is only read from.
    Joined {
        /// The daemon's version.
        read_only: Option<String>,
    },
    /// The daemon tells how things stand.
    Notice(Box<Notice>),
    /// A call was answered.
    Answer(Ticket, Box<Result<Answer, Failure>>),
    /// An export ended: where it went and how many lines it has.
    Exported(Result<(PathBuf, u64), String>),
    /// The link is lost; tried so many times to get it back.
    Lost {
        /// Why.
        cause: String,
        /// Tries since then.
        attempt: u32,
        /// No more tries will be made by themselves.
        gave_up: bool,
    },
    /// Nothing that concerns us.
    Quiet,
    /// A countdown or progress in view moves on.
    Tick,
    /// The terminal went away, or we are told to stop.
    Hangup,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Make a call.
    Call(Ticket, Call),
    /// Write something to a file.
    Export(PathBuf, Export),
    /// Show another tenant.
    Tenant(String),
    /// Copy to the clipboard of the terminal.
    Copy(String),
    /// Stop until the shell continues us.
    Suspend,
    /// Draw everything again.
    Repaint,
    /// Connect again now.
    Reconnect,
    /// Leave.
    Leave,
}

/// What a call was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Rows of a list, in place of the old ones or after them.
    List {
        /// Whose.
        screen: ScreenId,
        /// After the rows that are there.
        append: bool,
    },
    /// What is opened.
    Detail {
        /// Where.
        screen: ScreenId,
        /// Its key.
        key: String,
    },
    /// What the dialog confirms.
    Act,
    /// A plan asked for.
    Plan,
    /// A check of the chain.
    Verify,
    /// A test of a channel of alerts.
    Test,
    /// A scan.
    Scan,
}
