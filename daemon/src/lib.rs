//! The daemon's shell: tasks, Graph, store, socket, around the pure core.
//!
//! A library so that benches and whole-system tests reach its parts; the binary only starts it.

pub mod alerts;
pub mod ambient;
pub mod causes;
pub mod config;
pub mod coordinator;
pub mod daemon;
pub mod demo;
pub mod executor;
pub mod graph;
pub mod ipc;
pub mod output;
pub mod scan;
pub mod service;
pub mod service_manager;
pub mod signals;
pub mod store;
pub mod tasks;
pub mod tenant;
pub mod verbs;
