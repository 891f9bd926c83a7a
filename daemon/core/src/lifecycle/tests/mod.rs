//! What happens over time, told as stories in the world of [`crate::fixture`].

mod approval;
mod baselines;
mod choosing;
mod completion;
mod credentials;
mod deciding;
mod exceptions;
mod executing;
mod pace;
mod planning;
mod quorum;
mod random;
mod recovering;
mod rolling_back;
mod scanning;
mod settings;
mod two_steps;
mod verifying;
mod windows;
