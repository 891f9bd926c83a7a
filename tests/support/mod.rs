//! What whole-system tests share. It never skips: what a test needs is there or the test fails.

mod binaries;
mod clock;
mod daemon;
mod eventually;
mod hook_sink;
mod journal;
mod long;
mod mail_sink;
pub mod mount;
mod stage;
mod terminal;
mod workspace;

pub use binaries::{Binaries, binaries, binaries_with_crash_points};
pub use clock::Clock;
pub use daemon::Daemon;
pub use eventually::{eventually, eventually_blocking};
pub use hook_sink::{HOOK_KEY, Hook, HookSink, ids};
pub use journal::{Record, read_journal};
pub use mail_sink::{Begins, MAIL_PASSWORD, MAIL_USER, MailSink};
pub use stage::Stage;
pub use terminal::Terminal;
pub use workspace::{cargo, graph_oracle, root};
