//! A ready configuration for a twin: everything beside one file, so that two commands are enough
//! to try the product, and so that tests and the demo start the same daemon as everybody else.

use crate::store::Signer;
use secrecy::{ExposeSecret as _, SecretString};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use toml::{Table, Value};
use trueconfig_twin::Twin;

/// What a daemon must know of a twin.
#[derive(Clone, Debug)]
pub struct TwinAccess {
    /// The tenant's name in the configuration.
    pub name: String,
    /// Address of plain HTTP.
    pub http: SocketAddr,
    /// Directory id.
    pub tenant_id: String,
    /// Client id and secret of whoever reads.
    pub reader: (String, SecretString),
    /// Client id and secret of whoever writes; none for a tenant that is only read.
    pub writer: Option<(String, SecretString)>,
    /// Break-glass accounts by id or sign-in name.
    pub break_glass: Vec<String>,
}

impl TwinAccess {
    /// Access to a running twin. Reads go through a client without any permission to write, if there
    /// is one; none if no client has a secret.
    pub fn of(twin: &Twin, name: &str, break_glass: Vec<String>) -> Option<Self> {
        let writes = |roles: &[String]| roles.iter().any(|role| role.contains("ReadWrite"));
        let clients = || {
            let with_secret = |one: &trueconfig_twin::Credentials| {
                let secret = one.client_secret.clone()?;
                Some((writes(&one.roles), (one.client_id.clone(), secret)))
            };
            twin.credentials().iter().filter_map(with_secret)
        };
        let reader = clients().find(|(writes, _)| !writes).or_else(|| clients().next())?.1;
        Some(Self {
            name: name.to_owned(),
            http: twin.http,
            tenant_id: twin.tenant_id(),
            reader,
            writer: clients().find(|(writes, _)| *writes).map(|(_, client)| client),
            break_glass,
        })
    }
}

/// Why no configuration was written.
#[derive(Debug, thiserror::Error)]
pub enum TwinFileError {
    /// A file or folder.
    #[error("cannot write {}: {source}", .file.display())]
    Write {
        /// Which.
        file: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// Nobody could sign in with what would be written.
    #[error("no client of the tenant file has a client_secret; give one of `twin.clients` a secret")]
    NoSecret,
    /// The text itself.
    #[error("cannot write the configuration: {0}")]
    Text(#[from] toml::ser::Error),
}

/// Writes `file` for a running twin. Its break-glass accounts are guessed from their names, which a
/// real tenant's never are (D24): nobody's access hangs on a rehearsal.
///
/// # Errors
/// [`TwinFileError`] with the file, or if no client of the twin has a secret.
pub fn write_for_twin(file: &Path, twin: &Twin) -> Result<(), TwinFileError> {
    let access = TwinAccess::of(twin, "contoso", guessed_break_glass(twin)).ok_or(TwinFileError::NoSecret)?;
    write_access(file, &access)
}

/// Writes `file`, the secrets `STEM.reader.secret` and `STEM.writer.secret`, and makes the store
/// `STEM.state`; the socket will be `STEM.socket`. The current user becomes owner (D14).
///
/// # Errors
/// [`TwinFileError`] with the file.
pub fn write_access(file: &Path, twin: &TwinAccess) -> Result<(), TwinFileError> {
    let file = std::path::absolute(file).map_err(|source| failed(file, source))?;
    let beside = |ending: &str| file.with_extension(ending);
    let mut tenant = Table::new();
    let address = Value::from(format!("http://{}", twin.http));
    tenant.insert("name".to_owned(), Value::from(twin.name.clone()));
    tenant.insert("tenant_id".to_owned(), Value::from(twin.tenant_id.clone()));
    tenant.insert("graph_url".to_owned(), address.clone());
    tenant.insert("login_url".to_owned(), address);
    tenant.insert("limits".to_owned(), Value::from("unlimited"));
    tenant.insert("test".to_owned(), Value::from(true));
    tenant.insert("approval".to_owned(), Table::from_iter([("solo".to_owned(), Value::from(true))]).into());
    tenant.insert("level".to_owned(), Value::from(3));
    tenant.insert("break_glass".to_owned(), Value::from(twin.break_glass.clone()));
    let own = [Some(&twin.reader), twin.writer.as_ref()].into_iter().flatten().map(|(id, _)| id.clone());
    tenant.insert("own_principals".to_owned(), Value::from(own.collect::<Vec<_>>()));
    tenant.insert("verification".to_owned(), verification());
    tenant.insert("reader".to_owned(), registration(&beside("reader.secret"), &twin.reader)?);
    if let Some(writer) = &twin.writer {
        tenant.insert("writer".to_owned(), registration(&beside("writer.secret"), writer)?);
    }
    let state_dir = beside("state");
    std::fs::create_dir_all(&state_dir).map_err(|source| failed(&state_dir, source))?;
    let mut config = Table::new();
    config.insert("socket".to_owned(), Value::from(beside("socket").display().to_string()));
    config.insert("state_dir".to_owned(), Value::from(state_dir.display().to_string()));
    let key = beside("signing.key");
    write(&key, &Signer::generate().map_err(|error| failed(&key, std::io::Error::other(error)))?)?;
    config.insert(
        "signing".to_owned(),
        Value::Table(Table::from_iter([("key_file".to_owned(), key.display().to_string().into())])),
    );
    let uid = i64::from(nix::unistd::geteuid().as_raw());
    config.insert(
        "roles".to_owned(),
        Value::Table(Table::from_iter([("owner".to_owned(), Value::from(vec![uid]))])),
    );
    config.insert("tenant".to_owned(), Value::from(vec![tenant]));
    write(&file, toml::to_string_pretty(&config)?.as_bytes())
}

fn guessed_break_glass(twin: &Twin) -> Vec<String> {
    let signs = ["bg-", "breakglass", "break-glass", "emergency"];
    let mut names = Vec::new();
    let mut next = Some("/v1.0/users?$select=userPrincipalName&$top=999".to_owned());
    while let Some(path) = next {
        // Our own question; a tenant that refuses it has no users to name.
        let Ok(page) = twin.edit("GET", &path, None) else { break };
        let users = page["value"].as_array().into_iter().flatten();
        let page_names = users.filter_map(|user| user["userPrincipalName"].as_str());
        let guessed = |name: &&str| signs.iter().any(|sign| name.to_ascii_lowercase().starts_with(sign));
        names.extend(page_names.filter(guessed).map(str::to_owned));
        next =
            page["@odata.nextLink"].as_str().and_then(|link| Some(link[link.find("/v1.0/")?..].to_owned()));
    }
    names
}

/// A twin answers at once; its lag is seconds at most.
fn verification() -> Value {
    let entries = [("deadline_s", 20), ("interval_ms", 200), ("settled_s", 20)];
    Value::Table(entries.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect())
}

fn registration(file: &Path, (client_id, secret): &(String, SecretString)) -> Result<Value, TwinFileError> {
    write(file, secret.expose_secret().as_bytes())?;
    let entries = [("client_id", client_id.clone()), ("client_secret_file", file.display().to_string())];
    Ok(Value::Table(entries.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect()))
}

/// Written beside and renamed, so that nobody reads half a file; for nobody else's eyes from the start.
fn write(file: &Path, bytes: &[u8]) -> Result<(), TwinFileError> {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let _ = std::fs::remove_file(&new);
    let mut open = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)
        .map_err(|source| failed(&new, source))?;
    open.write_all(bytes).map_err(|source| failed(&new, source))?;
    std::fs::rename(&new, file).map_err(|source| failed(file, source))
}

fn failed(file: &Path, source: std::io::Error) -> TwinFileError {
    TwinFileError::Write { file: file.to_owned(), source }
}
