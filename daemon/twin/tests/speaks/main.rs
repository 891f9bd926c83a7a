//! The twin as a client sees it, over real connections on loopback.

#[cfg(test)]
mod auth;
#[cfg(test)]
mod reads;
#[cfg(test)]
mod support;
#[cfg(test)]
mod writes;
