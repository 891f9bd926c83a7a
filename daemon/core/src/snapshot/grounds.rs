//! What a verdict rests on: the families that were looked at while it was found, and the clock.
//!
//! A verdict is a function of its control, the operator's statements, the families it looks at and, if it asks
//! for it, the moment. Where none of those changed, judging again would look at the same things in the same order
//! and come to the same verdict: it may be taken over. What is looked at is noted per thread.

use super::FamilyName;
use std::cell::Cell;

thread_local! {
    static NOTED: Cell<Grounds> = const { Cell::new(Grounds(0)) };
}

/// A set of families, and perhaps the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grounds(u64);

const CLOCK: u64 = 1 << 63;
const _: () = assert!(FamilyName::ALL.len() < 63, "every family has a bit of its own");

impl Grounds {
    /// Does something, and says what it looked at.
    pub fn of<T>(work: impl FnOnce() -> T) -> (T, Self) {
        let before = NOTED.replace(Self::default());
        let result = work();
        let own = NOTED.get();
        NOTED.set(Self(before.0 | own.0));
        (result, own)
    }

    /// Notes what something rests on that was found earlier.
    pub fn note(self) {
        NOTED.set(Self(NOTED.get().0 | self.0));
    }

    /// Notes that a family was looked at, be it only at its completeness.
    pub fn family(family: FamilyName) {
        Self(bit(family)).note();
    }

    /// Notes that the clock was.
    pub fn clock() {
        Self(CLOCK).note();
    }

    /// Whether the clock is among them.
    pub fn has_clock(self) -> bool {
        self.0 & CLOCK != 0
    }

    /// The families.
    pub fn families(self) -> impl Iterator<Item = FamilyName> {
        FamilyName::ALL.iter().copied().filter(move |family| self.0 & bit(*family) != 0)
    }
}

fn bit(family: FamilyName) -> u64 {
    1 << (family as u64)
}
