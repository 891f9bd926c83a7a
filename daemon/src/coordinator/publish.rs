//! What the coordinator publishes.

use super::Force;
use std::sync::Arc;
use trueconfig_core::journal::chain::Position;
use trueconfig_core::lifecycle::Judged;
use trueconfig_core::state::State;

/// The state at one moment; everything in it is durable.
#[derive(Clone)]
pub struct View {
    /// The fold of the journal.
    pub state: Arc<State>,
    /// The last snapshot, judged.
    pub judged: Option<Arc<Judged>>,
    /// What it was judged with, and what is decided with.
    pub force: Arc<Force>,
    /// The last record.
    pub end: Position,
    /// Why the journal could not be written just now; none if it could.
    pub trouble: Option<String>,
    /// Where the journal is damaged; nothing is written then.
    pub damage: Option<String>,
}
