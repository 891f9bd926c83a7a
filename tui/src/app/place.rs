//! Where a person is: which screen, and whether in its list or in a detail.

/// The seven screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScreenId {
    /// How things stand.
    Overview,
    /// Controls and their verdicts.
    Controls,
    /// Plans that wait.
    Approvals,
    /// Remediations of the past.
    History,
    /// The journal.
    Audit,
    /// What moved, and who moved it.
    Drift,
    /// Settings of the tenant.
    Settings,
    /// One object of the tenant: reached by drilling down only.
    Object,
}

impl ScreenId {
    /// The main screens in the order of their number keys.
    pub const ALL: [Self; 7] = [
        Self::Overview,
        Self::Controls,
        Self::Approvals,
        Self::History,
        Self::Audit,
        Self::Drift,
        Self::Settings,
    ];

    /// The title, which is also the command.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Controls => "Controls",
            Self::Approvals => "Approvals",
            Self::History => "History",
            Self::Audit => "Audit",
            Self::Drift => "Drift",
            Self::Settings => "Settings",
            Self::Object => "Object",
        }
    }

    /// The number key.
    pub fn number(self) -> usize {
        Self::ALL.iter().position(|screen| *screen == self).unwrap_or_default() + 1
    }

    /// The screen so many steps on, around the end.
    pub fn step(self, steps: usize) -> Self {
        let index = (self.number() - 1 + steps) % Self::ALL.len();
        Self::ALL.get(index).copied().unwrap_or(self)
    }
}

/// Which part of a screen the keys go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Focus {
    /// The list.
    List,
    /// What was opened from it.
    Detail,
}

/// Screen and focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which screen.
    pub screen: ScreenId,
    /// Which part of it.
    pub focus: Focus,
}
