//! `/delta`: everything once, then only what changed since, followed through next and delta links. The
//! options of the first call travel inside the tokens, as Graph's do.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::shown::{Selection, Shown};
use super::{Answer, Call, GraphError};
use crate::resources::Place;
use crate::rules::deleted::DIRECTORY_BIN;
use crate::rules::directory::GROUPS;
use crate::tenant::{Object, Tenant, text_of};

/// Rows of one page.
const PAGE: usize = 200;
/// Seconds a directory token lives: seven days.
const LIFETIME: i64 = 7 * 24 * 3_600;

/// Where a client stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    /// Tokens of an earlier epoch have expired.
    epoch: u64,
    /// When it was given out, seconds since 1970.
    issued: i64,
    /// The change it follows from; none while everything is read for the first time.
    since: Option<u64>,
    /// The change up to which this round goes.
    until: u64,
    /// Rows already given in this round.
    position: usize,
    /// Key of the last row given.
    last: String,
    /// `$select` of the first call.
    select: String,
}

impl Token {
    fn first(tenant: &Tenant, call: &Call) -> Self {
        Self {
            epoch: tenant.conditions().delta_tokens,
            issued: tenant.now().timestamp(),
            since: None,
            until: tenant.last_change(),
            position: 0,
            last: String::new(),
            select: call.query.select.join(","),
        }
    }

    fn text(&self) -> String {
        let since = self.since.map_or_else(String::new, |since| since.to_string());
        let Self { epoch, issued, until, position, last, select, .. } = self;
        URL_SAFE_NO_PAD.encode(format!("{epoch}:{issued}:{since}:{until}:{position}:{last}:{select}"))
    }

    fn parse(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.splitn(7, ':');
        Some(Self {
            epoch: parts.next()?.parse().ok()?,
            issued: parts.next()?.parse().ok()?,
            since: match parts.next()? {
                "" => None,
                since => Some(since.parse().ok()?),
            },
            until: parts.next()?.parse().ok()?,
            position: parts.next()?.parse().ok()?,
            last: parts.next()?.to_owned(),
            select: parts.next()?.to_owned(),
        })
    }
}

/// One page of a delta query.
pub(super) fn page(tenant: &Tenant, call: &Call, place: &Place) -> Result<Answer, GraphError> {
    check_options(call)?;
    let given = call.query.skiptoken.as_ref().or(call.query.deltatoken.as_ref());
    let (token, rows) = match given.map(String::as_str) {
        None => {
            let token = Token::first(tenant, call);
            let rows = everything(tenant, place, &token);
            (token, rows)
        }
        Some("latest") => (Token::first(tenant, call), Vec::new()),
        Some(text) => {
            let expired = || expired(tenant, call);
            let mut token = Token::parse(text).ok_or_else(malformed)?;
            if token.epoch != tenant.conditions().delta_tokens
                || tenant.now().timestamp() - token.issued > LIFETIME
            {
                return Err(expired());
            }
            if call.query.deltatoken.is_some() {
                token.until = tenant.last_change();
            }
            let rows = match token.since {
                None => everything(tenant, place, &token),
                Some(since) => changes(tenant, place, since, &token).ok_or_else(expired)?,
            };
            (token, rows)
        }
    };
    Ok(answer(tenant, call, place, token, &rows))
}

fn check_options(call: &Call) -> Result<(), GraphError> {
    let query = &call.query;
    let listing = query.top.is_some() || query.order.is_some() || query.filter.is_some();
    if listing || !query.expand.is_empty() || query.search.is_some() {
        return Err(GraphError::bad_request(
            "The query option is not supported for a delta query on this resource.",
        ));
    }
    if query.skiptoken.is_some() && query.deltatoken.is_some() {
        return Err(malformed());
    }
    Ok(())
}

fn malformed() -> GraphError {
    GraphError::bad_request("The delta token is malformed.")
}

/// Both answers are documented, so either can be played: full synchronisation is asked for.
fn expired(tenant: &Tenant, call: &Call) -> GraphError {
    let message =
        "The sync state generation is not found; the delta token has expired. Start a full synchronization.";
    if !tenant.twin.switches.expired_delta_is_gone {
        return GraphError::new(400, "syncStateNotFound", message);
    }
    let mut error = GraphError::new(410, "resyncRequired", message);
    error.headers.push(("location", format!("{}{}", call.base, call.raw_path)));
    error
}

/// Every row, from where the token stands; one more than a page shows that there is a next one.
fn everything(tenant: &Tenant, place: &Place, token: &Token) -> Vec<(String, Option<Object>)> {
    let Some(rows) = tenant.rows(&place.path) else { return Vec::new() };
    // Rows that came or went in between must not shift the others.
    let start = rows.position(&token.last).map_or(token.position, |position| position + 1);
    let key = |row: &Object| text_of(row, place.resource.key).to_owned();
    let range = start..rows.len().min(start.saturating_add(PAGE + 1));
    range.filter_map(|position| rows.at(position)).map(|row| (key(&row), Some(row.into_owned()))).collect()
}

/// Rows that changed, and nothing in place of those that are gone.
fn changes(
    tenant: &Tenant,
    place: &Place,
    since: u64,
    token: &Token,
) -> Option<Vec<(String, Option<Object>)>> {
    let keys = tenant.changes(&place.path, since, token.until)?;
    let keys = keys.into_iter().skip(token.position).take(PAGE + 1);
    Some(keys.map(|key| (key.clone(), tenant.find(&place.path, &key).map(Cow::into_owned))).collect())
}

fn answer(
    tenant: &Tenant,
    call: &Call,
    place: &Place,
    mut token: Token,
    rows: &[(String, Option<Object>)],
) -> Answer {
    let select: Vec<String> =
        token.select.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let selection = Selection::new(place.resource, &select);
    let shown: Vec<Value> = rows
        .iter()
        .take(PAGE)
        .map(|(key, row)| one(tenant, place, &token, (key, row.as_ref()), &selection))
        .collect();
    let more = rows.len() > PAGE;
    let (name, option) =
        if more { ("@odata.nextLink", "$skiptoken") } else { ("@odata.deltaLink", "$deltatoken") };
    if more {
        token.position += PAGE;
        token.last = rows.get(PAGE - 1).map(|(key, _)| key.clone()).unwrap_or_default();
    } else {
        let (epoch, issued) = (tenant.conditions().delta_tokens, tenant.now().timestamp());
        token = Token { epoch, issued, since: Some(token.until), position: 0, last: String::new(), ..token };
    }
    let collection = place.resource.path.trim_start_matches('/');
    Answer::json(
        200,
        &json!({
            "@odata.context": format!("{}/v1.0/$metadata#{collection}", call.base),
            name: format!("{}{}?{option}={}", call.base, call.raw_path, token.text()),
            "value": shown,
        }),
    )
}

fn one(
    tenant: &Tenant,
    place: &Place,
    token: &Token,
    (key, row): (&str, Option<&Object>),
    selection: &Selection<'_>,
) -> Value {
    match row {
        Some(row) => {
            let extra = members(tenant, place, token, key, selection);
            serde_json::to_value(Shown { row, selection, context: None, extra }).unwrap_or_default()
        }
        // What lies in the bin can come back; what does not is gone for good.
        None if tenant.find(DIRECTORY_BIN, key).is_some() => {
            json!({"id": key, "@removed": {"reason": "changed"}})
        }
        None => json!({"id": key, "@removed": {"reason": "deleted"}}),
    }
}

/// Who is in a group: everybody at first, then who came and who went.
fn members<'n>(
    tenant: &Tenant,
    place: &Place,
    token: &Token,
    group: &str,
    selection: &Selection<'_>,
) -> Vec<(&'n str, Value)> {
    if place.path != GROUPS || !selection.shows("members") {
        return Vec::new();
    }
    let path = format!("{GROUPS}/{group}/members");
    let here = |row: &Object| json!({"@odata.type": text_of(row, "@odata.type"), "id": text_of(row, "id")});
    let rows: Vec<Value> = match token.since {
        None => tenant.each(&path).map(|row| here(&row)).collect(),
        Some(since) => {
            let keys = tenant.changes(&path, since, token.until).unwrap_or_default();
            let of = |key: &String| match tenant.find(&path, key) {
                Some(row) => here(&row),
                None => json!({"id": key, "@removed": {"reason": "deleted"}}),
            };
            keys.iter().map(of).collect()
        }
    };
    if rows.is_empty() { Vec::new() } else { vec![("members@delta", Value::Array(rows))] }
}
