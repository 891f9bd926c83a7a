//! The Graph client as the daemon uses it.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod twin;
#[cfg(test)]
mod wire;
