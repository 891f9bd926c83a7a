//! What the screens say: rows of lists and documents of details. How that is drawn is the view's
//! business.

pub mod audit;
pub mod confirm;
pub mod controls;
pub mod copy;
pub mod drift;
pub mod object;
pub mod overview;
pub mod remediation;
pub mod settings;
