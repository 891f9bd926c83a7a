//! The shape of the file, with the place of everything that is checked further.

use super::error::ConfigError;
use super::principal::Written;
use super::tenant::Cloud;
use crate::alerts::{Detail, MailTls};
use crate::graph::Limits;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;
use trueconfig_common::id::ControlId;
use trueconfig_common::role::Role;
use trueconfig_core::alert::Least;
use trueconfig_core::baseline::{ApprovalRules, Attestation, ChangeWindow, Exception, FileError, Freeze};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub socket: Option<PathBuf>,
    pub socket_group: Option<String>,
    pub state_dir: Option<PathBuf>,
    #[serde(default)]
    pub roles: BTreeMap<Role, Vec<Spanned<Written>>>,
    #[serde(default)]
    pub approvers: BTreeMap<String, Vec<Spanned<Written>>>,
    pub signing: Option<Spanned<Signing>>,
    pub controls: Option<Controls>,
    #[serde(default)]
    pub alerts: Alerts,
    #[serde(default)]
    pub tenant: Vec<Spanned<Tenant>>,
}

/// `[controls]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Controls {
    pub folder: PathBuf,
}

/// `[signing]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signing {
    pub name: Option<String>,
    pub key_file: Option<PathBuf>,
    pub key_credential: Option<String>,
}

/// `[alerts]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alerts {
    pub repeat_minutes: Option<Spanned<u16>>,
    #[serde(default)]
    pub channel: Vec<Spanned<Channel>>,
}

/// One `[[alerts.channel]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Channel {
    pub name: Spanned<String>,
    #[serde(rename = "type")]
    pub kind: ChannelType,
    pub severity: Option<Least>,
    #[serde(default)]
    pub kinds: BTreeMap<String, Least>,
    pub digest_minutes: Option<Spanned<u16>>,
    #[serde(default)]
    pub detail: Detail,
    #[serde(default)]
    pub tenants: Vec<Spanned<String>>,
    pub ca_file: Option<PathBuf>,
    pub url_file: Option<PathBuf>,
    pub url_credential: Option<Spanned<String>>,
    pub key_file: Option<PathBuf>,
    pub key_credential: Option<Spanned<String>>,
    pub host: Option<String>,
    pub port: Option<u16>,
    #[serde(default)]
    pub tls: MailTls,
    pub user: Option<String>,
    pub password_file: Option<PathBuf>,
    pub password_credential: Option<Spanned<String>>,
    pub from: Option<String>,
    #[serde(default)]
    pub to: Vec<String>,
}

/// What a channel speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ChannelType {
    Webhook,
    Teams,
    Slack,
    Smtp,
}

/// One `[[tenant]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tenant {
    pub name: Spanned<String>,
    pub tenant_id: Spanned<String>,
    #[serde(default)]
    pub cloud: Cloud,
    pub graph_url: Option<Spanned<String>>,
    pub login_url: Option<Spanned<String>>,
    pub ca_file: Option<PathBuf>,
    pub limits: Option<Spanned<Limits>>,
    pub reader: Spanned<Registration>,
    pub writer: Option<Spanned<Registration>>,
    pub schedule: Option<Spanned<String>>,
    pub time_zone: Option<Spanned<String>>,
    #[serde(default)]
    pub verification: Verification,
    #[serde(default)]
    pub snapshots: Snapshots,
    pub full_scan_hours: Option<Spanned<u16>>,
    pub audit_years: Option<Spanned<u16>>,
    pub soak_days: Option<Spanned<u32>>,
    #[serde(default)]
    pub freezes: Vec<Freeze>,
    #[serde(default)]
    pub change_windows: Vec<ChangeWindow>,
    pub approval: Option<Spanned<ApprovalRules>>,
    pub automatic_per_day: Option<usize>,
    pub writes_per_hour: Option<usize>,
    pub objects_per_plan: Option<usize>,
    #[serde(default)]
    pub test: bool,
    pub level: Option<Spanned<u8>>,
    #[serde(default)]
    pub recipients: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub break_glass: Vec<String>,
    #[serde(default)]
    pub own_principals: Vec<String>,
    #[serde(default)]
    pub exceptions: Vec<Exception>,
    #[serde(default)]
    pub attestations: Vec<Attestation>,
    #[serde(default)]
    pub beta: bool,
    #[serde(default)]
    pub parameters: BTreeMap<ControlId, BTreeMap<String, Value>>,
    #[serde(default)]
    pub disabled: BTreeMap<ControlId, String>,
}

/// `[tenant.reader]` or `[tenant.writer]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Registration {
    pub client_id: Spanned<String>,
    pub client_secret_file: Option<PathBuf>,
    pub client_secret_credential: Option<Spanned<String>>,
    pub certificate_file: Option<PathBuf>,
    pub certificate_credential: Option<Spanned<String>>,
    pub federated_token_file: Option<PathBuf>,
    /// Known only to be refused with words.
    pub client_secret: Option<Spanned<serde::de::IgnoredAny>>,
}

/// `[tenant.verification]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verification {
    pub deadline_s: Option<Spanned<u64>>,
    pub interval_ms: Option<Spanned<u64>>,
    pub settled_s: Option<Spanned<u32>>,
}

/// `[tenant.snapshots]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Snapshots {
    pub all_days: Option<Spanned<u16>>,
    pub daily_days: Option<Spanned<u16>>,
}

/// Reads the text; the parser stops at the first thing it does not understand.
pub(super) fn parse(file: &Path, text: &str) -> Result<File, ConfigError> {
    toml::from_str(text).map_err(|error| refused(file, text, &error))
}

/// What the parser found wrong.
pub(super) fn refused(file: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let span = error.span().unwrap_or_default();
    ConfigError::Wrong(vec![FileError::at(&file.display().to_string(), &masked(text), span, error.message())])
}

/// The text as it may be shown: whoever wrote a secret into the file must not find it in the log
/// too. Every byte keeps its place, so that spans stay right.
pub(super) fn masked(text: &str) -> String {
    text.split_inclusive('\n').map(masked_line).collect()
}

fn masked_line(line: &str) -> String {
    let Some((key, value)) = line.split_once('=') else { return line.to_owned() };
    let key_lower = key.trim().to_ascii_lowercase();
    let names_a_place = key_lower.ends_with("_file") || key_lower.ends_with("_credential");
    // The address of a webhook is a secret as well.
    let secret = ["secret", "password", "token"].iter().any(|word| key_lower.contains(word))
        || ["url", "key"].contains(&key_lower.as_str());
    if !secret || names_a_place {
        return line.to_owned();
    }
    let ending = value.len() - value.trim_end_matches(['\r', '\n']).len();
    let (hidden, ending) = value.split_at(value.len() - ending);
    format!("{key}={}{ending}", "*".repeat(hidden.len()))
}
