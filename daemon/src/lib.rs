//! The daemon's shell: tasks, Graph, store, socket, around the pure core.
//!
//! A library so that benches and whole-system tests reach its parts; the binary only starts it.

pub mod config;
pub mod graph;
pub mod ipc;
pub mod store;
