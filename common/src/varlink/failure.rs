//! Errors of a call and their names on the wire: ours are `io.trueconfig.v1.<Variant>`, those of
//! the protocol itself `org.varlink.service.<Variant>`.

use crate::interface::{CallError, INTERFACE};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The interface whose errors every Varlink service may give.
pub const SERVICE: &str = "org.varlink.service";

/// Why a call was not answered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Failure {
    /// The daemon's own reason.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The call itself was not right.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// An error neither knows; the daemon is newer than we are.
    #[error("the daemon answered {name} {parameters}; it may be newer than this client")]
    Unknown {
        /// Name with its interface.
        name: String,
        /// What it tells.
        parameters: Value,
    },
}

/// The errors of `org.varlink.service`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", content = "parameters")]
pub enum ServiceError {
    /// No such interface.
    #[error("the daemon does not speak {interface}: client and daemon are of different versions")]
    InterfaceNotFound {
        /// As called.
        interface: String,
    },
    /// No such method.
    #[error("the daemon has no method {method}: client and daemon are of different versions")]
    MethodNotFound {
        /// As called.
        method: String,
    },
    /// Known, but not offered.
    #[error("the daemon does not offer {method}")]
    MethodNotImplemented {
        /// As called.
        method: String,
    },
    /// A parameter is missing, unknown or of a wrong type.
    #[error("the parameter {parameter:?} is missing, unknown or of a wrong type")]
    InvalidParameter {
        /// Which.
        parameter: String,
    },
    /// The method answers several times only.
    #[error("the method answers several times and must be called with `more`")]
    ExpectedMore {},
}

impl Failure {
    /// Name and parameters as sent.
    pub fn to_wire(&self) -> (String, Value) {
        match self {
            Self::Call(error) => named(INTERFACE, error),
            Self::Service(error) => named(SERVICE, error),
            Self::Unknown { name, parameters } => (name.clone(), parameters.clone()),
        }
    }

    /// The failure a reply names.
    pub fn from_wire(name: &str, parameters: Option<Value>) -> Self {
        let parameters = parameters.unwrap_or_else(|| json!({}));
        let known = match name.rsplit_once('.') {
            Some((INTERFACE, variant)) => read::<CallError>(variant, &parameters).map(Self::Call),
            Some((SERVICE, variant)) => read::<ServiceError>(variant, &parameters).map(Self::Service),
            _ => None,
        };
        known.unwrap_or_else(|| Self::Unknown { name: name.to_owned(), parameters })
    }
}

fn named<E: Serialize>(interface: &str, error: &E) -> (String, Value) {
    // Both enums are tagged `error` and `parameters`, so the shape is the wire's but for the name.
    let mut shape = serde_json::to_value(error).unwrap_or_default();
    let variant = shape["error"].as_str().unwrap_or("Failed");
    (format!("{interface}.{variant}"), shape["parameters"].take())
}

fn read<E: for<'de> Deserialize<'de>>(variant: &str, parameters: &Value) -> Option<E> {
    serde_json::from_value(json!({ "error": variant, "parameters": parameters })).ok()
}
