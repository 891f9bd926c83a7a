//! Names of things, each its own type so that one cannot be taken for another.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a string that already is such a name.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

name! {
    /// A control of a baseline, such as `PA-01`.
    ControlId
}
name! {
    /// The operator's name of a tenant, `[tenant] name` in the configuration.
    TenantName
}
name! {
    /// One plan's life (T8), such as `R-0007`; unique within a tenant and never reused.
    RemediationId
}
name! {
    /// SHA-256 of a plan's canonical bytes in lower-case hexadecimal (T7).
    PlanDigest
}
name! {
    /// An object of the directory: user, group, application, policy.
    ObjectId
}

impl PlanDigest {
    /// How many characters an approver types to confirm a dangerous plan.
    pub const SHORT: usize = 8;

    /// The first characters, as shown and typed by people.
    pub fn short(&self) -> &str {
        self.0.get(..Self::SHORT).unwrap_or(&self.0)
    }
}
