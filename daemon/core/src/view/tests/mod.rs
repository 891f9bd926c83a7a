//! What people are shown, and that it agrees with what is decided.

mod lists;
mod sentences;
mod shown;
