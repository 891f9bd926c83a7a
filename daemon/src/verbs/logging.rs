//! The log: plain lines on standard error, which systemd takes into its journal.

use tracing_subscriber::EnvFilter;

/// Starts logging; `TRUECONFIG_LOG` chooses what, as in `warn,trueconfig_daemon=debug`.
pub(super) fn start(default: &str) {
    let filter = EnvFilter::try_from_env("TRUECONFIG_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let under_systemd = std::env::var_os("JOURNAL_STREAM").is_some();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process, as in tests, changes nothing.
    let _ = match under_systemd {
        true => lines.without_time().with_ansi(false).try_init(),
        false => lines.try_init(),
    };
}
