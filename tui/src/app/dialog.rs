//! Dialogs: a person confirms, picks one, or chooses several.
//!
//! Nothing that changes the tenant or its settings happens without a confirmation. The focus
//! never starts on "yes", and a yes counts only if it was typed by hand at a dialog that was on
//! screen: keys that arrive together, as pasted or buffered ones do, are not taken.

use super::act::Act;
use super::event::{Now, Ticket};
use crate::look::Palette;
use crate::view::doc::Doc;
use std::collections::VecDeque;
use std::time::Duration;
use trueconfig_common::gate::Gate;
use trueconfig_common::id::ControlId;
use trueconfig_common::id::{ObjectId, RemediationId};
use trueconfig_common::mode::Mode;
use tui_input::Input;

/// How long a dialog must have been on screen before a yes counts.
pub const ARM_TIME: Duration = Duration::from_millis(250);

/// How long the keyboard must have been silent before a yes: nobody types faster by hand.
pub const QUIET_TIME: Duration = Duration::from_millis(30);

/// A question that waits for a person.
#[derive(Clone, Debug)]
pub enum Dialog {
    /// Yes or no.
    Confirm(Box<Confirm>),
    /// One of several.
    Pick(Pick),
    /// Any of several.
    Choose(Choose),
}

/// A gate that failed and must be acknowledged (D4).
#[derive(Clone, Debug, PartialEq)]
pub struct Acknowledgement {
    /// The gate.
    pub gate: Gate,
    /// Why it failed.
    pub reasons: String,
    /// Whether the person acknowledged it.
    pub given: bool,
}

/// The plan's short digest, to be typed (blast radius 4 and 5).
#[derive(Clone, Debug)]
pub struct DigestCheck {
    /// What must be typed.
    pub wanted: String,
    /// What is typed so far.
    pub typed: Input,
}

/// When an approval lets the plan run.
#[derive(Clone, Debug, Default)]
pub struct WindowField {
    /// What is typed so far; empty for at once.
    pub typed: Input,
    /// What that means, in words; empty where nothing is typed.
    pub meaning: String,
    /// Why it means nothing; empty if it does.
    pub wrong: String,
}

/// A part of a confirmation that can have the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The window.
    Window,
    /// The note.
    Note,
    /// A gate to acknowledge.
    Acknowledge(usize),
    /// The digest.
    Digest,
    /// No.
    No,
    /// Yes.
    Yes,
}

/// A confirmation.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// What will be done.
    pub act: Act,
    /// What will be done after it, one after the other.
    pub rest: VecDeque<Act>,
    /// How much of it is done.
    pub done: usize,
    /// What it is about.
    pub title: String,
    /// What will happen, repeated.
    pub body: Doc,
    /// The note.
    pub note: Input,
    /// Why a note is needed; empty if it is not.
    pub note_needed: String,
    /// When it may run, where that can be chosen.
    pub window: Option<WindowField>,
    /// Failed gates.
    pub acknowledgements: Vec<Acknowledgement>,
    /// The digest to type.
    pub digest: Option<DigestCheck>,
    /// What has the focus.
    pub focus: Field,
    /// Why the last yes was not taken.
    pub complaint: String,
    /// When it was first drawn; none before that.
    pub shown_at: Option<Duration>,
    /// The call that was made.
    pub sent: Option<Ticket>,
    /// Which line of the body is drawn first.
    pub scroll: usize,
    /// Leaving once more throws the note away.
    pub discard_next: bool,
}

impl Confirm {
    /// A confirmation with the focus on its note.
    pub fn new(act: Act, title: impl Into<String>, body: Doc) -> Self {
        Self {
            act,
            rest: VecDeque::new(),
            done: 0,
            title: title.into(),
            body,
            note: Input::default(),
            note_needed: String::new(),
            window: None,
            acknowledgements: Vec::new(),
            digest: None,
            focus: Field::Note,
            complaint: String::new(),
            shown_at: None,
            sent: None,
            scroll: 0,
            discard_next: false,
        }
    }

    /// All parts in the order of `tab`.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields: Vec<Field> = self.window.iter().map(|_| Field::Window).collect();
        fields.push(Field::Note);
        fields.extend((0..self.acknowledgements.len()).map(Field::Acknowledge));
        fields.extend(self.digest.is_some().then_some(Field::Digest));
        fields.extend([Field::No, Field::Yes]);
        fields
    }

    /// Moves the focus on by so many parts, around the end.
    pub fn move_focus(&mut self, steps: usize) {
        let fields = self.fields();
        let index = fields.iter().position(|field| *field == self.focus).unwrap_or_default();
        self.focus = fields.get((index + steps) % fields.len()).copied().unwrap_or(Field::Note);
    }

    /// The gates acknowledged so far.
    pub fn acknowledged(&self) -> Vec<Gate> {
        self.acknowledgements.iter().filter(|one| one.given).map(|one| one.gate).collect()
    }

    /// Why a yes cannot be taken now; none if it can.
    pub fn objection(&self, now: Now, since_last_key: Duration) -> Option<String> {
        let on_screen = self.shown_at.is_some_and(|shown| now.elapsed.saturating_sub(shown) >= ARM_TIME);
        if !on_screen || since_last_key < QUIET_TIME {
            return Some("That came too fast to be typed by hand. Read, then press enter again.".to_owned());
        }
        if let Some(field) = self.window.as_ref().filter(|field| !field.wrong.is_empty()) {
            return Some(format!("The window: {}.", field.wrong));
        }
        if let Some(missing) = self.acknowledgements.iter().find(|one| !one.given) {
            return Some(format!("Acknowledge the failed gate first: {} (space on its line).", missing.gate));
        }
        if self.digest.as_ref().is_some_and(|check| check.typed.value().trim() != check.wanted) {
            return Some("Type the plan's digest as shown above.".to_owned());
        }
        if !self.note_needed.is_empty() && self.note.value().trim().is_empty() {
            return Some(format!("A note is needed: {}.", self.note_needed));
        }
        None
    }
}

/// What a picked option leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    /// A mode, of a control or the tenant's default; no mode takes an override away.
    Mode(Option<ControlId>, Option<Mode>),
    /// Another tenant.
    Tenant(String),
    /// Another palette.
    Theme(Palette),
}

/// One of several.
#[derive(Clone, Debug)]
pub struct Pick {
    /// What it is about.
    pub title: String,
    /// The options.
    pub options: Vec<PickOption>,
    /// Which has the focus.
    pub selected: usize,
}

/// Something that can be picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickOption {
    /// What it leads to.
    pub leads_to: Picked,
    /// Its word.
    pub label: String,
    /// What it means.
    pub explanation: String,
    /// Why it cannot be picked; empty if it can.
    pub refused: String,
}

/// Any of several: the targets of a plan (D13).
#[derive(Clone, Debug)]
pub struct Choose {
    /// Whose targets.
    pub id: RemediationId,
    /// What it is about.
    pub title: String,
    /// The targets.
    pub options: Vec<TargetOption>,
    /// Which has the focus.
    pub selected: usize,
    /// Why the choice was not taken.
    pub complaint: String,
    /// The call that was made.
    pub sent: Option<Ticket>,
}

/// A target that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetOption {
    /// The object.
    pub id: ObjectId,
    /// Its name: untrusted.
    pub name: String,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Why it cannot be; empty if it can.
    pub refused: String,
}
