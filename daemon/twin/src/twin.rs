//! A running twin.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use crate::attack::{self, AttackStep};
use crate::faults::{Edit, FaultControl, Weather};
use crate::graph::GraphError;
use crate::limits::Limits;
use crate::net::{authority, listen};
use crate::requests::{Recording, RequestLine, RequestLog};
use crate::rules::credentials::new_secret;
use crate::section::ClientRegistration;
use crate::service::{SECOND_ADMINISTRATOR, Service};
use crate::signins::{self, SignIn};
use crate::tenant::Tenant;
use crate::tenant_file::TenantFile;
use crate::{Options, TwinError};

/// A running twin; dropping it ends its listeners.
pub struct Twin {
    /// Address of plain HTTP.
    pub http: SocketAddr,
    /// Address of TLS.
    pub https: SocketAddr,
    /// Certificate of the authority of the TLS listener, in PEM.
    pub ca_pem: String,
    service: Arc<Service>,
    credentials: Vec<Credentials>,
    generated: bool,
    stop: watch::Sender<bool>,
    listeners: Vec<JoinHandle<()>>,
}

/// What a client needs to get a token.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Application (client) id.
    pub client_id: String,
    /// Its secret; clients with a certificate alone have none.
    pub client_secret: Option<SecretString>,
    /// Application permissions granted to it.
    pub roles: Vec<String>,
}

/// Why an edit by the second administrator was refused: status, code and message as Graph gives them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct EditError {
    /// HTTP status.
    pub status: u16,
    /// Graph's error code.
    pub code: String,
    /// One sentence.
    pub message: String,
}

impl From<GraphError> for EditError {
    fn from(error: GraphError) -> Self {
        Self { status: error.status, code: error.code, message: error.message }
    }
}

/// Starts a twin.
///
/// # Errors
/// Addresses outside loopback, ports in use, a request log that cannot be created.
pub async fn serve(options: Options) -> Result<Twin, TwinError> {
    let http = listen::bind(options.listen).await?;
    let https = listen::bind(options.listen_tls).await?;
    let (ca_pem, tls) = authority::make()?;
    let address =
        |listener: &tokio::net::TcpListener, wanted: SocketAddr| listener.local_addr().unwrap_or(wanted);
    let (http_address, https_address) = (address(&http, options.listen), address(&https, options.listen_tls));
    let mut twin = in_memory(options)?;
    let (service, stopped) = (Arc::clone(&twin.service), twin.stop.subscribe());
    twin.listeners = vec![
        tokio::spawn(listen::serve(http, None, Arc::clone(&service), stopped.clone())),
        tokio::spawn(listen::serve(https, Some(TlsAcceptor::from(tls)), service, stopped)),
    ];
    (twin.http, twin.https, twin.ca_pem) = (http_address, https_address, ca_pem);
    Ok(twin)
}

/// A twin without listeners: for clients in this process, by [`Twin::router`]. Nothing in it waits or runs
/// by itself, and its addresses are those of the options.
///
/// # Errors
/// A request log that cannot be created.
pub fn in_memory(options: Options) -> Result<Twin, TwinError> {
    let unwritable = |path: &Option<PathBuf>, source| {
        let path = path.clone().unwrap_or_default();
        TwinError::Requests { path, source }
    };
    let log = RequestLog::create(options.requests.as_deref())
        .map_err(|source| unwritable(&options.requests, source))?;
    let recording = Recording::create(options.recording.as_deref())
        .map_err(|source| unwritable(&options.recording, source))?;
    let mut tenant = Tenant::load(options.tenant, options.clock.clone(), options.ids.clone());
    if let Some(synthetic) = options.synthetic {
        synthetic.fill(&mut tenant);
    }
    let generated = tenant.twin.clients.is_empty();
    if generated {
        tenant.twin.clients.push(generated_client());
    }
    let credentials = tenant.twin.clients.iter().map(credentials).collect();
    let faults = FaultControl::new(options.faults);
    if tenant.twin.switches.limits {
        faults.set_limits(Limits::Real);
    }
    if let Some(seed) = tenant.twin.switches.weather {
        faults.set_weather(Weather::rough(seed));
    }
    let nature = (options.clock, options.ids);
    let service = Arc::new(Service::new(tenant, faults, (log, recording), nature, options.auth));
    let (http, https) = (options.listen, options.listen_tls);
    let (ca_pem, listeners, stop) = (String::new(), Vec::new(), watch::channel(false).0);
    Ok(Twin { http, https, ca_pem, service, credentials, generated, stop, listeners })
}

/// A client with every role there is, for tenant files that name none.
fn generated_client() -> ClientRegistration {
    ClientRegistration {
        client_id: Uuid::new_v4().to_string(),
        client_secret: Some(SecretString::from(new_secret())),
        secret_expires: None,
        certificate_pem: None,
        federated: None,
        roles: crate::resources::every_role(),
    }
}

fn credentials(client: &ClientRegistration) -> Credentials {
    Credentials {
        client_id: client.client_id.clone(),
        client_secret: client.client_secret.clone(),
        roles: client.roles.clone(),
    }
}

impl Twin {
    /// The directory id.
    #[must_use]
    pub fn tenant_id(&self) -> String {
        self.service.tenant().id.clone()
    }

    /// Who may ask for tokens, in the order of the tenant file; one generated client if it names none.
    #[must_use]
    pub fn credentials(&self) -> &[Credentials] {
        &self.credentials
    }

    /// The tenant as it is now, as a file that loads to the same tenant.
    #[must_use]
    pub fn export(&self) -> TenantFile {
        let mut file = self.service.tenant().export();
        if self.generated {
            file.twin.clients.clear();
        }
        file
    }

    /// The newest requests, oldest first; a bounded number.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestLine> {
        self.service.log.lines()
    }

    /// The newest request.
    #[must_use]
    pub fn last_request(&self) -> Option<RequestLine> {
        self.service.log.last()
    }

    /// The switches for faults.
    #[must_use]
    pub fn faults(&self) -> &FaultControl {
        &self.service.faults
    }

    /// The same service for a client in this process. A response that carries [`crate::Hangup`] in its
    /// extensions stands for a dropped connection.
    pub fn router(&self) -> Router {
        self.service.router()
    }

    /// A request by a second administrator: no token, no faults, no log, all permissions, audited as a
    /// person. Gives the body of the answer, null if it has none.
    ///
    /// # Errors
    /// What Graph would refuse.
    pub fn edit(&self, method: &str, path_and_query: &str, body: Option<&Value>) -> Result<Value, EditError> {
        self.edit_as(SECOND_ADMINISTRATOR, method, path_and_query, body)
    }

    /// The same by somebody else, by sign-in name.
    ///
    /// # Errors
    /// What Graph would refuse.
    pub fn edit_as(
        &self,
        who: &str,
        method: &str,
        path_and_query: &str,
        body: Option<&Value>,
    ) -> Result<Value, EditError> {
        let edit = Edit::new(method, path_and_query, body.cloned());
        Ok(self.service.edit(&edit, who, &format!("http://{}", self.http))?)
    }

    /// Lets an attacker loose: guessed passwords, an account taken over if the policies in force allow
    /// it, then what attackers do to stay. The same seed chooses the same victims.
    pub fn attack(&self, seed: u64) -> Vec<AttackStep> {
        attack::run(self, seed)
    }

    /// What stands under a path now, whatever readers still see: all rows of a collection, one row of it, or a
    /// single object. For judges of what clients did.
    #[must_use]
    pub fn truth(&self, path: &str) -> Option<Value> {
        let tenant = self.service.tenant();
        if let Some(single) = tenant.single(path) {
            return Some(Value::Object(single.clone()));
        }
        if tenant.rows(path).is_some() {
            return Some(tenant.each(path).map(|row| Value::Object(row.into_owned())).collect());
        }
        let (collection, key) = path.rsplit_once('/')?;
        tenant.find(collection, key).map(|row| Value::Object(row.into_owned()))
    }

    /// Replaces the body under a Graph path as a tenant file would, without any rule: for seeding what
    /// no request can make (sign-in activity, deleted references, broken policies).
    pub fn overwrite(&self, path: &str, body: Value) {
        self.service.tenant().overwrite(path, body);
    }

    /// Writes down a sign-in as the policies in force judge it; gives the record. The user's activity, or
    /// that of the service principal, follows.
    ///
    /// # Errors
    /// Nobody of that name or id.
    pub fn sign_in(&self, attempt: &SignIn) -> Result<Value, EditError> {
        Ok(signins::record(&mut self.service.tenant(), attempt)?)
    }

    /// Ends the listeners, waits for running requests, and gives the tenant as it was left.
    pub async fn stop(mut self) -> TenantFile {
        self.end().await;
        self.export()
    }

    /// Ends the listeners and waits for running requests.
    pub async fn end(&mut self) {
        let _ = self.stop.send(true);
        for listener in std::mem::take(&mut self.listeners) {
            let _ = listener.await;
        }
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}
