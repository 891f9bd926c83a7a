//! What the daemon takes from around it beside disk and network: the time (D15) and chance. Both are ports, so
//! that a simulation plays them and a seed tells the same story again.

use chrono::{DateTime, Utc};
use ring::rand::SecureRandom as _;
use std::sync::Arc;
use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;
}

/// Draws by chance.
pub trait Random: Send + Sync {
    /// Fills bytes so that nobody can guess them.
    ///
    /// # Errors
    /// [`NoRandomness`] if the system has none to give.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;

    /// An id that nobody has yet.
    fn id(&self) -> Uuid;
}

/// The system's random generator does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoRandomness;

/// The system's clock.
pub struct SystemClock;

/// The system's random generator.
pub struct SystemRandom;

/// Both.
#[derive(Clone)]
pub struct Ambient {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The random generator.
    pub random: Arc<dyn Random>,
}

impl Ambient {
    /// The machine's own.
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), random: Arc::new(SystemRandom) }
    }
}

impl std::fmt::Debug for Ambient {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Ambient")
    }
}

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        ring::rand::SystemRandom::new().fill(bytes).map_err(|_| NoRandomness)
    }

    fn id(&self) -> Uuid {
        Uuid::new_v4()
    }
}
