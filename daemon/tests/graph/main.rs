//! The Graph client as the daemon uses it.

#[cfg(test)]
mod twin;
