//! What is checked of `[alerts]`.

use super::{Check, is_credential_name};
use crate::alerts::{MailTls, WebhookKind};
use crate::config::alerts::{AlertWay, Alerts, ConfiguredChannel};
use crate::config::credential::SecretPlace;
use crate::config::file::{self, ChannelType};
use crate::config::tenant::Tenant;
use chrono::TimeDelta;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use toml::Spanned;
use trueconfig_common::id::TenantName;
use trueconfig_core::alert::{KINDS, Least, Rules};

/// Most channels: each has a task per tenant.
const CHANNELS: usize = 16;
/// Most receivers of one mail.
const RECEIVERS: usize = 50;
/// Longest name of a channel; it becomes a file.
const LONGEST_NAME: usize = 32;
/// A day at most: an alert that waits longer is none.
const MINUTES: RangeInclusive<u16> = 0..=1_440;
/// The name that the log of the system has as a channel.
const LOG: &str = "journald";

impl Check {
    pub(super) fn alerts(&mut self, raw: file::Alerts, tenants: &[Tenant]) -> Alerts {
        let repeat = self.within(raw.repeat_minutes, 60, MINUTES, "repeat_minutes");
        if let Some(extra) = raw.channel.get(CHANNELS) {
            let message = format!("there are more than {CHANNELS} channels");
            self.wrong(extra.span(), &message, "one channel can serve several tenants and people");
        }
        let mut seen = BTreeSet::from([LOG.to_owned()]);
        let mut channels = Vec::new();
        for channel in raw.channel {
            let (span, raw) = (channel.span(), channel.into_inner());
            self.channel_name(&raw.name, &mut seen);
            channels.extend(self.channel(&span, raw, tenants));
        }
        Alerts { repeat: TimeDelta::minutes(repeat.into()), channels }
    }

    /// Names must differ even where case does not count, because they become files.
    fn channel_name(&mut self, name: &Spanned<String>, seen: &mut BTreeSet<String>) {
        let text = name.get_ref();
        let sound = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
        if text.is_empty() || text.len() > LONGEST_NAME || !text.chars().all(sound) {
            let message = format!("{text:?} cannot be a channel's name, because it becomes a file");
            self.wrong(name.span(), &message, "use up to 32 of A-Z a-z 0-9 - _");
        } else if !seen.insert(text.to_ascii_lowercase()) {
            self.wrong(name.span(), &format!("a channel named {text:?} is there already"), "");
        }
    }

    fn channel(
        &mut self,
        span: &Range<usize>,
        raw: file::Channel,
        tenants: &[Tenant],
    ) -> Option<ConfiguredChannel> {
        if let Some(kind) = raw.kinds.keys().find(|kind| !KINDS.contains(&kind.as_str())) {
            let message = format!("there is no kind of alert {kind:?}");
            self.wrong(span.clone(), &message, &format!("the kinds are {}", KINDS.join(" ")));
        }
        for tenant in &raw.tenants {
            if !tenants.iter().any(|one| one.name.as_str() == tenant.get_ref()) {
                let message = format!("there is no tenant {:?}", tenant.get_ref());
                self.wrong(tenant.span(), &message, "name [[tenant]]s, or leave `tenants` out for all");
            }
        }
        let digest = self.within(raw.digest_minutes.clone(), 0, MINUTES, "digest_minutes");
        let way = match raw.kind {
            ChannelType::Smtp => self.mail(span, &raw),
            ChannelType::Webhook => self.webhook(span, &raw, WebhookKind::Generic),
            ChannelType::Slack => self.webhook(span, &raw, WebhookKind::Slack),
            ChannelType::Teams => self.webhook(span, &raw, WebhookKind::Teams),
        };
        let least = raw.severity.unwrap_or(Least::Medium);
        Some(ConfiguredChannel {
            name: raw.name.into_inner(),
            rules: Rules { least, kinds: raw.kinds },
            digest: TimeDelta::minutes(digest.into()),
            detail: raw.detail,
            tenants: raw.tenants.into_iter().map(|name| TenantName::new(name.into_inner())).collect(),
            ca_file: raw.ca_file.map(|path| self.absolute(path)),
            way: way?,
        })
    }

    fn webhook(&mut self, span: &Range<usize>, raw: &file::Channel, kind: WebhookKind) -> Option<AlertWay> {
        let mail = raw.host.is_some() || raw.from.is_some() || !raw.to.is_empty() || raw.user.is_some();
        if mail {
            self.wrong(span.clone(), "host, user, from and to are for type = \"smtp\"", "");
        }
        let url = self.place(span, (&raw.url_file, &raw.url_credential), "url");
        let key = self.place(span, (&raw.key_file, &raw.key_credential), "key");
        if url.is_none() {
            let help = "put the address into a file of mode 0600 and name that in url_file: whoever knows it can \
                        post there";
            self.wrong(span.clone(), "a webhook needs url_file or url_credential", help);
        }
        if kind == WebhookKind::Generic && key.is_none() {
            let help = "make a key with: echo \"whsec_$(openssl rand -base64 32)\"; the receiver checks the \
                        signature with it";
            self.wrong(span.clone(), "type = \"webhook\" needs key_file or key_credential", help);
        }
        Some(AlertWay::Webhook { kind, url: url?, key })
    }

    fn mail(&mut self, span: &Range<usize>, raw: &file::Channel) -> Option<AlertWay> {
        let password = self.place(span, (&raw.password_file, &raw.password_credential), "password");
        if raw.user.is_some() != password.is_some() {
            let message = "user and password_file or password_credential belong together";
            self.wrong(span.clone(), message, "leave both out for a server that wants neither");
        }
        if !(1..=RECEIVERS).contains(&raw.to.len()) {
            let message = format!("mail needs 1 to {RECEIVERS} receivers");
            self.wrong(span.clone(), &message, "to = [\"soc@contoso.com\"]");
        }
        let (Some(host), Some(from)) = (raw.host.clone(), raw.from.clone()) else {
            self.wrong(span.clone(), "type = \"smtp\" needs host, from and to", "");
            return None;
        };
        let usual = if raw.tls == MailTls::Implicit { 465 } else { 587 };
        let (port, login) = (raw.port.unwrap_or(usual), raw.user.clone().zip(password));
        Some(AlertWay::Mail { host, port, tls: raw.tls, login, from, to: raw.to.clone() })
    }

    /// A secret's place: at most one of file and credential.
    fn place(
        &mut self,
        span: &Range<usize>,
        (file, credential): (&Option<PathBuf>, &Option<Spanned<String>>),
        name: &str,
    ) -> Option<SecretPlace> {
        match (file, credential) {
            (Some(_), Some(_)) => {
                let message = format!("{name}_file and {name}_credential are two ways of saying the same");
                self.wrong(span.clone(), &message, "keep one of them");
                None
            }
            (Some(file), None) => Some(SecretPlace::File(self.absolute(file.clone()))),
            (None, Some(name)) if is_credential_name(name.get_ref()) => {
                Some(SecretPlace::Credential(name.get_ref().clone()))
            }
            (None, Some(name)) => {
                self.wrong(
                    name.span(),
                    "this is no name of a systemd credential",
                    "it is one word without /",
                );
                None
            }
            (None, None) => None,
        }
    }
}
