//! The twin as a client sees it, over real connections on loopback.

#[cfg(test)]
mod assertions;
#[cfg(test)]
mod auth;
#[cfg(test)]
mod batch;
#[cfg(test)]
mod delta;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod files;
#[cfg(test)]
mod inverses;
#[cfg(test)]
mod nonsense;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod reads;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod signins;
#[cfg(test)]
mod support;
#[cfg(test)]
mod surface;
#[cfg(test)]
mod synthetic;
#[cfg(test)]
mod writes;
