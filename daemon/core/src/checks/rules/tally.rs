//! What a rule over many objects found, and how it is told: which do not do, and which could not
//! be judged. One that fails is reason enough; else one that could not be judged makes an error.

use crate::{
    checks::{
        Exceptions, Finding,
        finding::{evidence, few_of},
    },
    snapshot::{Id, Unreadable, User},
};
use serde_json::{Value, json};
use trueconfig_common::verdict::{Evidence, NearMiss, Verdict};

/// An object that does not do.
pub(super) struct Offence {
    /// `user`, `servicePrincipal`, `group` and so on.
    pub kind: &'static str,
    /// The object.
    pub id: Id,
    /// Its name in the tenant, untrusted.
    pub name: String,
    /// Why it does not do.
    pub detail: String,
    /// What bears it out.
    pub values: Value,
}

/// What was found so far.
#[derive(Default)]
pub(super) struct Tally {
    judged: usize,
    offences: Vec<Offence>,
    /// Worth a look, but no reason to fail.
    notes: Vec<Offence>,
    doubt: Option<Unreadable>,
}

/// How a tally is told.
pub(super) struct Words<'w> {
    /// What is expected.
    pub expected: &'w str,
    /// What is said of those that do not do, after their number.
    pub failing: &'w str,
    /// The field that decides.
    pub field: &'w str,
    /// The verdict if one does not do.
    pub otherwise: Verdict,
}

impl Offence {
    /// About a user.
    pub(super) fn user(user: &User, detail: impl Into<String>) -> Self {
        Self {
            kind: "user",
            id: user.id.clone(),
            name: if user.display_name.is_empty() { &user.user_principal_name } else { &user.display_name }
                .to_string(),
            detail: detail.into(),
            values: json!({"userPrincipalName": user.user_principal_name}),
        }
    }

    fn described(&self) -> Evidence {
        evidence(self.kind, &self.id, &self.name, self.detail.clone(), self.values.clone())
    }

    fn shown(&self) -> String {
        if self.name.is_empty() { self.id.to_string() } else { crate::checks::shown(&self.name) }
    }
}

impl Tally {
    /// One more was judged and does.
    pub(super) fn passes(&mut self) {
        self.judged += 1;
    }

    /// One more was judged and does not.
    pub(super) fn fails(&mut self, offence: Offence) {
        self.judged += 1;
        self.offences.push(offence);
    }

    /// One more was judged and is worth a look.
    pub(super) fn notes(&mut self, note: Offence) {
        self.judged += 1;
        self.notes.push(note);
    }

    /// One could not be judged.
    pub(super) fn doubts(&mut self, cause: Unreadable) {
        self.doubt.get_or_insert(cause);
    }

    /// Something that all of them hang on could perhaps not be judged.
    pub(super) fn doubts_if(&mut self, read: Result<(), Unreadable>) {
        if let Err(cause) = read {
            self.doubts(cause);
        }
    }

    /// A user is at fault for certain only if it is known that it can sign in.
    pub(super) fn fails_user(&mut self, user: &User, detail: impl Into<String>) {
        match user.account_enabled {
            None => self.doubts(crate::checks::holders::unknown_state(user)),
            _ => self.fails(Offence::user(user, detail)),
        }
    }

    /// The finding.
    ///
    /// # Errors
    /// [`Unreadable`] if none fails and one could not be judged.
    pub(super) fn told(self, words: &Words<'_>) -> Result<Finding, Unreadable> {
        let failing = self.offences.len();
        if failing == 0
            && let Some(cause) = self.doubt
        {
            return Err(cause);
        }
        let verdict = match (failing, self.notes.len()) {
            (0, 0) => Verdict::Pass,
            (0, _) => Verdict::Warning,
            _ => words.otherwise,
        };
        let told = if failing == 0 { &self.notes } else { &self.offences };
        let names = || few_of(told, Offence::shown);
        let actual = format!("{failing} of {} {}", self.judged, words.failing);
        let reason = match (verdict, failing) {
            (Verdict::Pass, _) => format!("{} judged: {}", self.judged, words.expected),
            (_, 0) => format!("to be looked at: {}; {}", names(), words.expected),
            _ => format!("{actual}: {}; {}", names(), words.expected),
        };
        let near_miss = near_miss(&self.offences, words);
        let described = self.offences.iter().chain(&self.notes).map(Offence::described);
        Ok(Finding::new(verdict, reason)
            .comparing(words.expected, actual)
            .with_evidence(described)
            .with_near_miss(near_miss))
    }
}

fn near_miss(offences: &[Offence], words: &Words<'_>) -> Option<NearMiss> {
    let first = offences.first()?;
    let same = offences.iter().all(|other| other.id == first.id);
    let sentence = if same {
        format!("passes but for {}", first.shown())
    } else {
        format!("passes but for {}, {} the first", offences.len(), first.shown())
    };
    Some(NearMiss {
        sentence,
        object: first.id.to_string(),
        field: words.field.to_owned(),
        actual: first.values.clone(),
        wanted: json!(words.expected),
        also: Vec::new(),
    })
}

/// Whether a user is left out: break-glass, or excepted.
pub(super) fn is_left_out(
    context: &crate::checks::Context<'_>,
    exceptions: &Exceptions,
    user: &User,
) -> bool {
    context.marks_user(user) || exceptions.has_user(user)
}
