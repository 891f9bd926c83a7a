//! `org.varlink.service`: what this is, and which interfaces it speaks.

use crate::interface::INTERFACE;
use serde::{Deserialize, Serialize};

/// The description of our interface, in Varlink's own language.
pub const DESCRIPTION: &str = include_str!("../interface/io.trueconfig.v1.varlink");

/// The description of the introspection, as <https://varlink.org/Service> gives it.
pub const SERVICE_DESCRIPTION: &str = include_str!("org.varlink.service.varlink");

/// Method that tells what the service is.
pub const GET_INFO: &str = "org.varlink.service.GetInfo";

/// Method that gives an interface's description.
pub const GET_INTERFACE_DESCRIPTION: &str = "org.varlink.service.GetInterfaceDescription";

/// The product a daemon of ours names.
pub const PRODUCT: &str = "trueconfigd";

/// What the service is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// Who makes it.
    pub vendor: String,
    /// The program.
    pub product: String,
    /// Its version.
    pub version: String,
    /// Where to read about it.
    pub url: String,
    /// Interfaces it speaks.
    pub interfaces: Vec<String>,
}

impl Info {
    /// What a daemon of this version says.
    pub fn of_daemon() -> Self {
        Self {
            vendor: "TrueConfig".to_owned(),
            product: PRODUCT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            url: env!("CARGO_PKG_REPOSITORY").to_owned(),
            interfaces: vec![super::failure::SERVICE.to_owned(), INTERFACE.to_owned()],
        }
    }
}

/// Parameters of `GetInterfaceDescription`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetInterfaceDescription {
    /// Which.
    pub interface: String,
}

/// Its reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceDescription {
    /// The text.
    pub description: String,
}

/// The description of an interface we speak.
pub fn description(interface: &str) -> Option<&'static str> {
    match interface {
        INTERFACE => Some(DESCRIPTION),
        super::failure::SERVICE => Some(SERVICE_DESCRIPTION),
        _ => None,
    }
}
