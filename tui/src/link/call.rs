//! Calls as data, so that the update function can ask for them without making them.

use super::{Connection, Failure};
use trueconfig_common::interface::alerts::{ChannelTest, TestChannel};
use trueconfig_common::interface::audit::{AuditRecord, JournalReport, ListAudit, VerifyJournal};
use trueconfig_common::interface::controls::{ControlDetail, ControlRow, GetControl, ListControls};
use trueconfig_common::interface::drift::{AcknowledgeDrift, DriftRow, ListDrift};
use trueconfig_common::interface::objects::{GetObject, ObjectDetail};
use trueconfig_common::interface::remediations::{
    Approve, ChooseTargets, CloseRemediation, GetRemediation, ListRemediations, PlanFix, Reject, Rollback,
    Withdraw,
};
use trueconfig_common::interface::scan::{ScanProgress, StartScan};
use trueconfig_common::interface::settings::{
    GetSettings, Kill, RecordBreakGlassTest, ReleaseHold, Resume, SetAutoRollback, SetMode, SetRemediation,
    Settings,
};
use trueconfig_common::interface::{ListQuery, Page};
use trueconfig_common::remediation::{RemediationDetail, RemediationRow};

/// What the daemon answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A page of controls.
    Controls(Page<ControlRow>),
    /// One control.
    Control(Box<ControlDetail>),
    /// A page of remediations.
    Remediations(Page<RemediationRow>),
    /// One remediation.
    Remediation(Box<RemediationDetail>),
    /// A page of the journal.
    Audit(Page<AuditRecord>),
    /// What a check of the chain found.
    Journal(JournalReport),
    /// A page of drift.
    Drift(Page<DriftRow>),
    /// One drift.
    DriftRow(Box<DriftRow>),
    /// One object.
    Object(Box<ObjectDetail>),
    /// The settings in force.
    Settings(Box<Settings>),
    /// A scan that began.
    Scan(Box<ScanProgress>),
    /// How a test of a channel went.
    Tested(ChannelTest),
}

macro_rules! answers {
    ($($variant:ident($reply:ty) $(, $boxed:ident)?;)*) => {
        $(impl From<$reply> for Answer {
            fn from(reply: $reply) -> Self {
                Self::$variant(answers!(@wrap reply $($boxed)?))
            }
        })*
    };
    (@wrap $reply:ident) => { $reply };
    (@wrap $reply:ident boxed) => { Box::new($reply) };
}

answers! {
    Controls(Page<ControlRow>);
    Control(ControlDetail), boxed;
    Remediations(Page<RemediationRow>);
    Remediation(RemediationDetail), boxed;
    Audit(Page<AuditRecord>);
    Journal(JournalReport);
    Drift(Page<DriftRow>);
    DriftRow(DriftRow), boxed;
    Object(ObjectDetail), boxed;
    Settings(Settings), boxed;
    Scan(ScanProgress), boxed;
    Tested(ChannelTest);
}

macro_rules! calls {
    ($($params:ident,)*) => {
        /// A call to make: one of the interface's methods with its parameters.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Call {
            $(#[doc = concat!("`", stringify!($params), "`.")] $params($params),)*
        }

        impl Call {
            /// Makes the call and waits for its answer.
            ///
            /// # Errors
            /// The daemon is not reachable, the link breaks, or the call is refused.
            pub async fn perform(&self, connection: &mut Connection) -> Result<Answer, Failure> {
                match self {
                    $(Self::$params(params) => connection.call(params).await.map(Answer::from),)*
                }
            }
        }

        $(impl From<$params> for Call {
            fn from(params: $params) -> Self {
                Self::$params(params)
            }
        })*
    };
}

impl Call {
    /// The part of a list that a call asks for; none for other calls.
    pub fn query_mut(&mut self) -> Option<&mut ListQuery> {
        match self {
            Self::ListControls(list) => Some(&mut list.query),
            Self::ListRemediations(list) => Some(&mut list.query),
            Self::ListAudit(list) => Some(&mut list.query),
            Self::ListDrift(list) => Some(&mut list.query),
            _ => None,
        }
    }
}

calls! {
    ListControls, GetControl, GetObject, ListRemediations, GetRemediation, ListAudit, VerifyJournal, ListDrift,
    GetSettings, StartScan, PlanFix, ChooseTargets, Approve, Reject, Withdraw, Rollback, CloseRemediation,
    AcknowledgeDrift, SetRemediation, SetMode, SetAutoRollback, RecordBreakGlassTest, Kill, Resume, ReleaseHold,
    TestChannel,
}
