//! One request, already authenticated.

use serde_json::Value;

use super::GraphError;
use super::path::Path;
use super::query::Query;
use crate::resources::{Consent, consent};
use crate::tenant::audit::Actor;
use crate::tenant::{Object, object};

/// Who calls and what its token allows.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) actor: Actor,
    /// Roles of the token; none means that nothing is checked.
    pub(crate) roles: Option<Vec<String>>,
}

impl Caller {
    /// Refuses if the token's roles are not enough.
    pub(crate) fn needs(&self, wanted: Consent) -> Result<(), GraphError> {
        match &self.roles {
            Some(roles) if !consent::allows(wanted, roles) => Err(GraphError::denied()),
            _ => Ok(()),
        }
    }
}

/// One request.
pub(crate) struct Call {
    /// Upper-case method.
    pub(crate) method: String,
    pub(crate) path: Path,
    pub(crate) query: Query,
    /// Path as the client wrote it, for next links.
    pub(crate) raw_path: String,
    /// Scheme and host as the client addressed us.
    pub(crate) base: String,
    /// `ConsistencyLevel: eventual` was sent.
    pub(crate) eventual: bool,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) client_request_id: String,
    pub(crate) caller: Caller,
}

impl Call {
    /// The body as a JSON object.
    pub(crate) fn object(&self) -> Result<Object, GraphError> {
        let bytes = self.body.as_deref().unwrap_or_default();
        if bytes.is_empty() {
            return Err(GraphError::invalid("Empty Payload. JSON content expected."));
        }
        match serde_json::from_slice(bytes) {
            Ok(value @ Value::Object(_)) => Ok(object(value)),
            Ok(_) => Err(GraphError::invalid("A JSON object is expected as the payload.")),
            Err(_) => Err(GraphError::invalid(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
            )),
        }
    }
}
