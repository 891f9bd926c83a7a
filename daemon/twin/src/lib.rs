//! A tenant that speaks Microsoft Graph v1.0 on loopback: for the demo, for rehearsing a plan on a copy
//! of a real tenant, and for tests. It is seeded from a [`TenantFile`] (Graph's own response bodies under
//! their paths), behaves as the real service does (pages, errors, permissions, licences, writable
//! properties, audits), and can be made as awkward as the real one through [`FaultControl`].
//!
//! The crate depends on none of the other crates of the project, so that one mistaken type cannot make
//! both sides agree.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

mod attack;
mod faults;
mod graph;
mod limits;
mod login;
mod net;
mod requests;
mod resources;
mod rules;
mod section;
mod service;
mod signins;
mod synthetic;
mod tenant;
mod tenant_file;
mod twin;

pub use attack::AttackStep;
pub use faults::{Ambush, Edit, Effect, Fault, FaultControl, Faults, Lag, Moment, Weather};
pub use limits::Limits;
pub use requests::RequestLine;
pub use section::{ClientRegistration, Federation, Switches, TwinSection};
pub use service::Hangup;
pub use signins::{Proof, SignIn};
pub use synthetic::{Synthetic, SyntheticError};
pub use tenant_file::{TenantFile, TenantFileError};
pub use twin::{Credentials, EditError, Twin, in_memory, serve};

/// The clock of a twin; tests inject their own.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Where a twin takes new ids from; tests that must tell the same story twice inject their own.
pub type Ids = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// Ids by chance.
#[must_use]
pub fn random_ids() -> Ids {
    Arc::new(Uuid::new_v4)
}

/// The clock of the machine.
#[must_use]
pub fn system_clock() -> Clock {
    Arc::new(Utc::now)
}

/// Whether tokens are demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// As the real service: 401 without a valid token, 403 without the role.
    Required,
    /// Any bearer or none will do, and everything is allowed.
    None,
}

/// How a twin is started.
#[derive(Clone)]
pub struct Options {
    /// Address for plain HTTP; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address for TLS; port 0 takes a free one.
    pub listen_tls: SocketAddr,
    /// The tenant.
    pub tenant: TenantFile,
    /// Objects to generate beside those of the file, for tenants of any size.
    pub synthetic: Option<Synthetic>,
    /// Whether tokens are demanded.
    pub auth: Auth,
    /// Where to write the request log, if anywhere; the file is created anew.
    pub requests: Option<PathBuf>,
    /// Folder that takes a new file with every distinct exchange, secrets taken out: one JSON line with
    /// `method`, `path`, `query`, `status`, `body` and `response` each, for judging them afterwards.
    pub recording: Option<PathBuf>,
    /// What is wrong from the start.
    pub faults: Faults,
    /// The clock.
    pub clock: Clock,
    /// New ids.
    pub ids: Ids,
}

impl Options {
    /// Both listeners on free ports of 127.0.0.1, tokens demanded, no faults, the machine's clock.
    #[must_use]
    pub fn new(tenant: TenantFile) -> Self {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            listen: loopback,
            listen_tls: loopback,
            tenant,
            synthetic: None,
            auth: Auth::Required,
            requests: None,
            recording: None,
            faults: Faults::default(),
            clock: system_clock(),
            ids: random_ids(),
        }
    }
}

impl Options {
    /// As [`Options::new`], with a generated tenant.
    ///
    /// # Errors
    /// Never for a released build; the demo tenant, which has the rest, is read like any other file.
    pub fn synthetic(synthetic: Synthetic) -> Result<Self, TenantFileError> {
        Ok(Self { synthetic: Some(synthetic), ..Self::new(Synthetic::base()?) })
    }
}

/// Why a twin does not start.
#[derive(Debug, thiserror::Error)]
pub enum TwinError {
    /// The address is reachable from outside.
    #[error("{0} is not a loopback address; the twin listens on 127.0.0.1 or [::1] only")]
    NotLoopback(SocketAddr),
    /// The port cannot be opened.
    #[error("cannot listen on {address}: {source}; choose another port, or 0 for a free one")]
    Bind {
        /// The wanted address.
        address: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The request log cannot be created.
    #[error("cannot create the request log {path}: {source}")]
    Requests {
        /// The wanted file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The certificate for TLS cannot be made.
    #[error("cannot make the certificate for https: {0}")]
    Tls(String),
}
