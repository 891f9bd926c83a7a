//! Baselines as data (T2): control files and level files in TOML, parsed and checked here. Files
//! come as name and text; whoever has a disk reads it. A wrong file is refused with file, line
//! and caret, and never half taken.

mod approval_rules;
mod case;
mod change_times;
pub mod check;
mod control;
mod control_file;
mod explain;
mod file_error;
mod level_file;
mod pin;
mod policy_check;
mod shipped;
mod tenant_config;
#[cfg(test)]
mod tests;

pub use approval_rules::{ApprovalRules, Quorum};
pub use case::Case;
pub use change_times::{ChangeWindow, Freeze};
pub use control::{Control, Level, Parameters, Permissions, Remedy};
pub use explain::Explanation;
pub use file_error::FileError;
pub use level_file::{Baseline, Member};
pub use pin::{Pinned, pin};
pub use shipped::{Change, Shipped};
pub use tenant_config::{Attestation, Exception, Expiry, TenantConfig};

/// What a file says that sets no parameters.
fn no_parameters() -> toml::Spanned<Parameters> {
    toml::Spanned::new(0..0, Parameters::new())
}
