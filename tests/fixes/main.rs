//! Every fix against a tenant that speaks Graph, through the real daemon on a real socket.
//!
//! What a test believes is the tenant's own export, the twin's request log and the journal's files;
//! the daemon's replies only say when to look.

mod access_and_objects;
mod applications;
mod by_hand;
mod conditional_access;
mod directory_settings;
mod gates;
mod safety;
mod secrets;
mod settings;
mod stale_users;
mod story;
mod table;
mod tenant;
mod wiretap;
