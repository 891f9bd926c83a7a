//! A stand-in for the daemon, and a terminal to run the client in.

pub mod daemon;
pub mod terminal;
