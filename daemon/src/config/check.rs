//! From the shape of the file to a configuration: everything the types of the file cannot say.
//! All problems are found, not only the first.

mod alerts;

use super::Config;
use super::SigningKey;
use super::credential::{CredentialSource, SecretSource};
use super::error::ConfigError;
use super::file::{self, File, masked};
use super::principal::{Approvers, Principal, Written};
use super::tenant::{Cloud, Tenant, Verification};
use crate::graph::{Limits, Origin};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use toml::Spanned;
use trueconfig_common::id::TenantName;
use trueconfig_core::baseline::{FileError, Level, TenantConfig};
use trueconfig_core::schedule::{Schedule, ScheduleError};
use trueconfig_core::snapshot::Retention;

const SOCKET: &str = "/run/trueconfig/socket";
const STATE_DIR: &str = "/var/lib/trueconfig";
/// Every six hours.
const SCHEDULE: &str = "0 */6 * * *";
const TIME_ZONE: &str = "UTC";
/// Longest name of a tenant; it becomes a folder.
const LONGEST_NAME: usize = 64;
/// Longest path of a socket that Linux binds, its end mark aside.
const LONGEST_SOCKET: usize = 107;
/// Bounds of what may be set.
const LEVELS: RangeInclusive<u8> = 1..=3;
const SOAK_DAYS: RangeInclusive<u32> = 0..=90;
const DEADLINE_S: RangeInclusive<u64> = 1..=900;
const SETTLED_S: RangeInclusive<u32> = 1..=86_400;
const INTERVAL_MS: RangeInclusive<u64> = 50..=60_000;
const FULL_SCAN_HOURS: RangeInclusive<u16> = 1..=168;
const KEPT_DAYS: RangeInclusive<u16> = 1..=3_650;
/// D25: the audit log is kept for seven years at least.
const AUDIT_YEARS: RangeInclusive<u16> = 7..=100;

/// Turns the file's shape into a configuration, or says everything that is wrong with it.
pub(super) fn check(file: &Path, text: &str, raw: File) -> Result<Config, ConfigError> {
    let mut check = Check::new(file, text);
    let roles = check.principals(raw.roles);
    let approvers = check.principals(raw.approvers);
    for tenant in &raw.tenant {
        check.approval(tenant.get_ref(), &approvers);
    }
    check.differing(&raw.tenant);
    let tenants: Vec<_> = raw.tenant.into_iter().filter_map(|tenant| check.tenant(tenant)).collect();
    if tenants.is_empty() && check.problems.is_empty() {
        check.wrong(
            0..0,
            "no tenant is configured",
            "add a [[tenant]] with name, tenant_id and [tenant.reader]",
        );
    }
    let signing = raw.signing.and_then(|signing| check.signing(signing));
    let alerts = check.alerts(raw.alerts, &tenants);
    let controls_folder = raw.controls.map(|controls| check.absolute(controls.folder));
    let socket = check.absolute(raw.socket.unwrap_or_else(|| SOCKET.into()));
    if socket.as_os_str().len() > LONGEST_SOCKET {
        let message = format!("the socket's path {} is longer than {LONGEST_SOCKET} bytes", socket.display());
        check.wrong(0..0, &message, "choose a shorter one");
    }
    let state_dir = check.absolute(raw.state_dir.unwrap_or_else(|| STATE_DIR.into()));
    if check.problems.is_empty() {
        let socket_group = raw.socket_group;
        return Ok(Config {
            file: file.to_owned(),
            socket,
            socket_group,
            state_dir,
            roles,
            approvers,
            signing,
            controls_folder,
            alerts,
            tenants,
        });
    }
    Err(ConfigError::Wrong(check.problems))
}

struct Check {
    file: String,
    /// As it may be shown in errors.
    text: String,
    folder: PathBuf,
    problems: Vec<FileError>,
}

impl Check {
    fn new(file: &Path, text: &str) -> Self {
        let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
        Self { file: file.display().to_string(), text: masked(text), folder, problems: Vec::new() }
    }

    fn wrong(&mut self, span: Range<usize>, message: &str, help: &str) {
        self.problems.push(FileError::at(&self.file, &self.text, span, message).with_help(help));
    }

    fn absolute(&self, path: PathBuf) -> PathBuf {
        self.folder.join(path)
    }

    fn signing(&mut self, raw: Spanned<file::Signing>) -> Option<SigningKey> {
        let span = raw.span();
        let file::Signing { name, key_file, key_credential } = raw.into_inner();
        let name = name.as_deref().unwrap_or(SigningKey::DEFAULT_NAME);
        match (key_file, key_credential) {
            (Some(file), None) => Some(SigningKey::in_file(name, self.absolute(file))),
            (None, Some(credential)) => Some(SigningKey::in_credential(name, &credential)),
            _ => {
                let help = "make one with `trueconfigd key new FILE`";
                self.wrong(span, "[signing] needs key_file or key_credential, one of them", help);
                None
            }
        }
    }

    fn principals<K: Ord>(&mut self, raw: BTreeMap<K, Vec<Spanned<Written>>>) -> BTreeMap<K, Vec<Principal>> {
        let mut lists = BTreeMap::<K, Vec<Principal>>::new();
        for (key, list) in raw {
            let mut found = Vec::new();
            for written in list {
                match Principal::read(written.get_ref()) {
                    Ok(principal) => found.push(principal),
                    Err(message) => {
                        let help = "write a user as \"ann\" or 1000, a group as \"@security\" or \"@1000\"";
                        self.wrong(written.span(), &message, help);
                    }
                }
            }
            lists.insert(key, found);
        }
        lists
    }

    /// A group nobody belongs to could never agree.
    fn approval(&mut self, tenant: &file::Tenant, approvers: &Approvers) {
        let Some(rules) = &tenant.approval else { return };
        for group in &rules.get_ref().one_of_each {
            if approvers.get(group).is_none_or(Vec::is_empty) {
                let message = format!("{group:?} has nobody: nothing could ever be approved");
                let help = "name its people above: [approvers] and a line such as security = [\"@sec-ops\"]";
                self.wrong(rules.span(), &message, help);
            }
        }
    }

    /// Names must differ even where case does not count, because they become folders.
    fn differing(&mut self, tenants: &[Spanned<file::Tenant>]) {
        let mut seen = BTreeSet::new();
        for tenant in tenants {
            let name = &tenant.get_ref().name;
            if !seen.insert(name.get_ref().to_ascii_lowercase()) {
                let message = format!("a tenant named {:?} stands above already", name.get_ref());
                self.wrong(name.span(), &message, "give each [[tenant]] a name of its own");
            }
        }
    }

    fn tenant(&mut self, tenant: Spanned<file::Tenant>) -> Option<Tenant> {
        let before = self.problems.len();
        let raw = tenant.into_inner();
        self.name(&raw.name);
        self.tenant_id(&raw.tenant_id);
        let addresses = self.addresses(raw.cloud, raw.graph_url, raw.login_url);
        let reader = self.registration(raw.reader);
        let writer = raw.writer.map(|writer| self.registration(writer));
        let schedule = self.schedule(raw.schedule, raw.time_zone);
        let verification = self.verification(&raw.verification);
        let settled_s = self.within(raw.verification.settled_s, 900, SETTLED_S, "settled_s");
        let retention = self.retention(raw.snapshots);
        let full_scan_hours = self.within(raw.full_scan_hours, 24, FULL_SCAN_HOURS, "full_scan_hours");
        let audit_years = self.within(raw.audit_years, *AUDIT_YEARS.start(), AUDIT_YEARS, "audit_years");
        let soak_days = self.within(raw.soak_days, 7, SOAK_DAYS, "soak_days");
        let level = Level::try_from(self.within(raw.level, 1, LEVELS, "level"));
        let recipients = self.recipients(raw.recipients);
        let limits = addresses.as_ref().map(|(graph, _)| self.limits(raw.limits, graph));
        if self.problems.len() > before {
            return None;
        }
        let ((graph, login), (schedule, time_zone)) = (addresses?, schedule?);
        Some(Tenant {
            name: TenantName::new(raw.name.into_inner()),
            tenant_id: raw.tenant_id.into_inner(),
            scope: format!("{}/.default", raw.cloud.graph()),
            ca_file: raw.ca_file.map(|path| self.absolute(path)),
            limits: limits?,
            reader: reader?,
            writer: writer.flatten(),
            test: raw.test,
            settings: TenantConfig {
                break_glass: raw.break_glass,
                own_principals: raw.own_principals,
                exceptions: raw.exceptions,
                beta: raw.beta,
                attestations: raw.attestations,
                parameters: raw.parameters,
                disabled: raw.disabled,
                recipients,
                soak_days: Some(soak_days),
                settled_s: Some(settled_s),
                freezes: raw.freezes,
                approval: raw.approval.map(Spanned::into_inner).unwrap_or_default(),
                automatic_per_day: raw.automatic_per_day,
                writes_per_hour: raw.writes_per_hour,
                objects_per_plan: raw.objects_per_plan,
                change_windows: raw.change_windows,
            },
            graph,
            login,
            schedule,
            time_zone,
            verification,
            retention,
            full_scan_hours,
            audit_years,
            level: level.ok()?,
        })
    }

    fn name(&mut self, name: &Spanned<String>) {
        let text = name.get_ref();
        let sound = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
        if text.is_empty() || text.len() > LONGEST_NAME || text.starts_with('.') || !text.chars().all(sound) {
            let message = format!("{text:?} cannot be a tenant's name, because it becomes a folder");
            self.wrong(name.span(), &message, "use up to 64 of A-Z a-z 0-9 - _ . and no . in front");
        }
    }

    fn tenant_id(&mut self, id: &Spanned<String>) {
        let text = id.get_ref();
        let sound = |sign: char| sign.is_ascii_alphanumeric() || "-.".contains(sign);
        if text.is_empty() || !text.chars().all(sound) {
            let message = format!("{text:?} is no tenant id");
            self.wrong(
                id.span(),
                &message,
                "it is the directory id, or a domain such as contoso.onmicrosoft.com",
            );
        }
    }

    fn addresses(
        &mut self,
        cloud: Cloud,
        graph: Option<Spanned<String>>,
        login: Option<Spanned<String>>,
    ) -> Option<(Origin, Origin)> {
        let graph = self.origin(graph, cloud.graph());
        let login = self.origin(login, cloud.login());
        Some((graph?, login?))
    }

    fn origin(&mut self, given: Option<Spanned<String>>, default: &str) -> Option<Origin> {
        let (text, span) =
            given.map_or((default.to_owned(), 0..0), |given| (given.get_ref().clone(), given.span()));
        let result = Origin::parse(&text);
        if let Err(error) = &result {
            self.wrong(span, &error.to_string(), "");
        }
        result.ok()
    }

    fn limits(&mut self, limits: Option<Spanned<Limits>>, graph: &Origin) -> Limits {
        let Some(limits) = limits else { return Limits::Graph };
        if *limits.get_ref() == Limits::Unlimited && !graph.is_loopback() {
            let message = "only a tenant on this machine may be asked without limits";
            self.wrong(limits.span(), message, "take this line out; Graph's own limits are the default");
        }
        limits.into_inner()
    }

    fn registration(&mut self, raw: Spanned<file::Registration>) -> Option<CredentialSource> {
        let span = raw.span();
        let raw = raw.into_inner();
        if let Some(inline) = &raw.client_secret {
            let help = "put it into a file of mode 0600 and name that in client_secret_file, or use a systemd \
                        credential; then make a new secret, since this one has been written down";
            self.wrong(inline.span(), "a secret does not belong into this file", help);
            return None;
        }
        let sound =
            |id: &str| !id.is_empty() && id.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-');
        if !sound(raw.client_id.get_ref()) {
            self.wrong(raw.client_id.span(), "this is no application (client) id", "");
        }
        let credentials = [&raw.client_secret_credential, &raw.certificate_credential];
        let odd = credentials.into_iter().flatten().find(|name| !is_credential_name(name.get_ref()));
        if let Some(name) = odd {
            self.wrong(name.span(), "this is no name of a systemd credential", "it is one word without /");
        }
        let proofs = [
            raw.client_secret_file.map(|path| SecretSource::SecretFile(self.absolute(path))),
            raw.client_secret_credential.map(|name| SecretSource::SecretCredential(name.into_inner())),
            raw.certificate_file.map(|path| SecretSource::CertificateFile(self.absolute(path))),
            raw.certificate_credential.map(|name| SecretSource::CertificateCredential(name.into_inner())),
            raw.federated_token_file.map(|path| SecretSource::FederatedToken(self.absolute(path))),
        ];
        let mut proofs = proofs.into_iter().flatten();
        let (Some(proof), None) = (proofs.next(), proofs.next()) else {
            let help = "name one of client_secret_file, client_secret_credential, certificate_file, \
                        certificate_credential, federated_token_file";
            self.wrong(span, "a registration proves itself in exactly one way", help);
            return None;
        };
        Some(CredentialSource { client_id: raw.client_id.into_inner(), proof })
    }

    fn schedule(
        &mut self,
        pattern: Option<Spanned<String>>,
        zone: Option<Spanned<String>>,
    ) -> Option<(String, String)> {
        let given = |given: &Option<Spanned<String>>, default: &str| {
            given.as_ref().map_or((default.to_owned(), 0..0), |given| (given.get_ref().clone(), given.span()))
        };
        let ((pattern, pattern_span), (zone, zone_span)) =
            (given(&pattern, SCHEDULE), given(&zone, TIME_ZONE));
        match Schedule::parse(&pattern, &zone) {
            Ok(_) => Some((pattern, zone)),
            Err(error) => {
                let span = if matches!(error, ScheduleError::Zone(_)) { zone_span } else { pattern_span };
                self.wrong(span, &error.to_string(), "");
                None
            }
        }
    }

    fn verification(&mut self, raw: &file::Verification) -> Verification {
        Verification {
            deadline_s: self.within(raw.deadline_s.clone(), 120, DEADLINE_S, "deadline_s"),
            interval_ms: self.within(raw.interval_ms.clone(), 2_000, INTERVAL_MS, "interval_ms"),
        }
    }

    fn retention(&mut self, raw: file::Snapshots) -> Retention {
        let default = Retention::default();
        Retention {
            all_days: self.within(raw.all_days, default.all_days, KEPT_DAYS, "all_days"),
            daily_days: self.within(raw.daily_days, default.daily_days, KEPT_DAYS, "daily_days"),
        }
    }

    fn within<N>(&mut self, given: Option<Spanned<N>>, default: N, range: RangeInclusive<N>, name: &str) -> N
    where
        N: PartialOrd + Copy + std::fmt::Display,
    {
        let Some(given) = given else { return default };
        let number = *given.get_ref();
        if !range.contains(&number) {
            let message = format!("{name} must be from {} to {}, not {number}", range.start(), range.end());
            self.wrong(given.span(), &message, "");
        }
        number
    }

    fn recipients(&mut self, raw: BTreeMap<String, Spanned<String>>) -> BTreeMap<String, String> {
        for recipient in raw.values() {
            if let Err(reason) = recipient.get_ref().parse::<age::x25519::Recipient>() {
                let message = format!("this is no age recipient: {reason}");
                self.wrong(recipient.span(), &message, "make one with `age-keygen`; it starts with age1");
            }
        }
        raw.into_iter().map(|(application, recipient)| (application, recipient.into_inner())).collect()
    }
}

fn is_credential_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\0'])
}
