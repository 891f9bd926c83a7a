//! What people are shown, and that it agrees with what is decided.

mod lists;
mod object;
mod sentences;
mod shown;
