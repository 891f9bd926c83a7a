//! The demo: the built-in tenant on loopback, a real daemon in a temporary folder, and the story
//! of one fix. Nothing in it is simulated but the tenant.

mod stage;
pub mod story;
mod witness;

pub use stage::Stage;
