//! What people are shown, and that it agrees with what is decided.

mod lists;
mod object;
mod practice;
mod sentences;
mod shown;
