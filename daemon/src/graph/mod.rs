//! Microsoft Graph: the only place that knows HTTP, tokens, paging, retries and limits.
//!
//! The rest of the daemon sees two ports, [`ReadPort`] and [`WritePort`], made here for one tenant
//! by a [`Connection`]. Reader and writer may be two app registrations; they share one budget,
//! because Graph counts them together.

mod batch;
mod bounds;
mod client;
pub mod collect;
mod error;
mod limits;
mod origin;
mod permission;
mod port;
mod reader;
#[cfg(test)]
pub(crate) mod scripted;
pub mod token;
mod transport;
mod writer;

pub use batch::BATCH_SIZE;
pub use bounds::Bounds;
pub use error::{Failure, Fault, GraphError};
pub use limits::Limits;
pub use origin::{Origin, OriginError};
pub use permission::{missing_for_read, missing_for_write};
pub use port::{
    Body, ListBroken, ListRead, ObjectRead, ReadFrom, ReadPort, WriteOutcome, WritePort, each_page,
};
pub use reader::HttpReader;
pub use transport::{
    Answer, HttpTransport, Outgoing, Payload, Sent, Transport, TransportFault, TransportSetupError,
};
pub use writer::{HttpWriter, NoWriter};

use crate::ambient::Ambient;
use client::GraphClient;
use limits::Budgets;
use std::sync::Arc;
use token::{Registration, TokenSource};

/// Where a tenant is and how hard it may be asked.
#[derive(Clone, Debug)]
pub struct Address {
    /// Graph's origin.
    pub graph: Origin,
    /// The token endpoint's origin.
    pub login: Origin,
    /// PEM certificates of a private CA; they replace the system's.
    pub ca_pem: Option<Vec<u8>>,
    /// Budgets.
    pub limits: Limits,
    /// Upper bounds.
    pub bounds: Bounds,
}

/// A tenant that ports can be made for.
pub struct Connection {
    address: Address,
    graph: Arc<dyn Transport>,
    login: Arc<dyn Transport>,
    budgets: Arc<Budgets>,
    ambient: Ambient,
}

impl Connection {
    /// Prepares HTTP clients; nothing is sent yet.
    pub fn new(address: Address) -> Result<Self, TransportSetupError> {
        let transport = |origin| HttpTransport::new(origin, address.ca_pem.as_deref(), &address.bounds);
        let (graph, login) = (Arc::new(transport(&address.graph)?), Arc::new(transport(&address.login)?));
        Ok(Self::over(address, graph, login))
    }

    /// The same over transports of one's own: for tests and a simulated network.
    pub fn over(address: Address, graph: Arc<dyn Transport>, login: Arc<dyn Transport>) -> Self {
        let budgets = Arc::new(Budgets::new(address.limits));
        Self { address, graph, login, budgets, ambient: Ambient::system() }
    }

    /// The same with a clock and a random generator of one's own.
    #[must_use]
    pub fn within(self, ambient: Ambient) -> Self {
        Self { ambient, ..self }
    }

    /// A port that can only read.
    pub fn reader(&self, registration: Registration) -> Result<HttpReader, OriginError> {
        self.client(registration).map(HttpReader::new)
    }

    /// A port that can only write.
    pub fn writer(&self, registration: Registration) -> Result<HttpWriter, OriginError> {
        self.client(registration).map(HttpWriter::new)
    }

    fn client(&self, registration: Registration) -> Result<GraphClient, OriginError> {
        let bounds = self.address.bounds;
        let login = (Arc::clone(&self.login), &self.address.login);
        let tokens = TokenSource::new(login, registration, bounds, self.ambient.clone())?;
        let (origin, transport, budgets) =
            (self.address.graph.clone(), Arc::clone(&self.graph), Arc::clone(&self.budgets));
        Ok(GraphClient::new(origin, bounds, transport, tokens, (budgets, self.ambient.clone())))
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Connection").field("graph", &self.address.graph).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
