//! What happens by time: scans and what runs out.
//!
//! Each task is idempotent, takes no input and is activated by time or on demand. Time comes from
//! one ticker; when a scan is due is the core's pure function.

mod scan;
mod ticker;
mod upkeep;

pub use scan::{ScanTask, Scans};
pub use ticker::{Ticker, TickerError};
pub use upkeep::Upkeep;
