//! GET: lists with pages, single objects, counts.

use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::borrow::Cow;

use super::expand::{Breadth, additions, resolved, rows_of};
use super::serve::{has_premium, without_premium};
use super::shown::{Selection, Shown};
use super::{Answer, Call, GraphError};
use crate::resources::{Place, Resource, Shape, consent};
use crate::tenant::{Columns, Object, Row, Rows, Tenant, View, text_of};

/// Page size when the client names none.
const DEFAULT_TOP: usize = 100;
/// Largest page.
const MAX_TOP: usize = 999;
/// Largest page with `signInActivity`.
const MAX_TOP_ACTIVITY: usize = 500;

/// One singleton.
pub(super) fn single(tenant: &mut Tenant, call: &Call, place: &Place) -> Result<Answer, GraphError> {
    refuse_list_options(call)?;
    let Some(row) = tenant.read_single(&place.path) else {
        return Err(GraphError::not_found(&place.path));
    };
    let extra = additions(tenant, call, place.resource, &place.path, &row)?;
    let context = format!("{}#{}", metadata(call), place.resource.path.trim_start_matches('/'));
    Ok(object_answer(200, place.resource, call, &row, context, extra))
}

/// One object has nothing to filter, sort or count.
fn refuse_list_options(call: &Call) -> Result<(), GraphError> {
    let query = &call.query;
    let listing = query.filter.is_some() || query.top.is_some() || query.skip || query.order.is_some();
    if listing || query.count || query.search.is_some() || query.skiptoken.is_some() {
        return Err(GraphError::invalid(
            "The query specified in the URI is not valid. Query options $orderby, $inlinecount, $count, $skip and $top can be applied only on collections.",
        ));
    }
    Ok(())
}

/// One row.
pub(super) fn item(tenant: &mut Tenant, call: &Call, place: &Place, key: &str) -> Result<Answer, GraphError> {
    check_options(tenant, call, place)?;
    refuse_list_options(call)?;
    let row = match place.resource.shape {
        Shape::Many => tenant.read_row(&place.path, key),
        _ => rows_of(tenant, place.resource, place, Breadth::of(call))
            .into_iter()
            .find(|row| text_of(row, "id").eq_ignore_ascii_case(key)),
    };
    let Some(row) = row else { return Err(GraphError::not_found(key)) };
    let extra = additions(tenant, call, place.resource, &place.path, &row)?;
    Ok(object_answer(200, place.resource, call, &row, item_context(call, place), extra))
}

/// The context line of one row.
pub(super) fn item_context(call: &Call, place: &Place) -> String {
    format!("{}{}/$entity", metadata(call), collection_name(place, &call.query.select))
}

fn metadata(call: &Call) -> String {
    format!("{}/{}/$metadata", call.base, call.path.version)
}

fn collection_name(place: &Place, select: &[String]) -> String {
    let path = place.path.splitn(3, '/').nth(2).unwrap_or_default();
    let name = match place.cast {
        Some((_, collection)) => collection,
        None if place.resource.entity == "directoryObject" => "directoryObjects",
        None => path,
    };
    if select.is_empty() { format!("#{name}") } else { format!("#{name}({})", select.join(",")) }
}

/// One object as an answer.
pub(super) fn object_answer(
    status: u16,
    resource: &Resource,
    call: &Call,
    row: &Object,
    context: String,
    extra: Vec<(&str, Value)>,
) -> Answer {
    let selection = Selection::new(resource, &call.query.select);
    let shown = Shown { row, selection: &selection, context: Some(context), extra };
    // Maps with text keys always serialise.
    Answer::bytes(status, serde_json::to_vec(&shown).unwrap_or_default())
}

/// The number of rows as plain text.
pub(super) fn count(tenant: &mut Tenant, call: &Call, place: &Place) -> Result<Answer, GraphError> {
    check_options(tenant, call, place)?;
    required_filter(call, place.resource)?;
    if place.resource.directory && !call.eventual {
        return Err(unsupported_count());
    }
    let source = source(tenant, place, Breadth::of(call));
    Ok(Answer::count(source.count(tenant, call)))
}

fn unsupported_count() -> GraphError {
    GraphError::new(
        400,
        "Request_BadRequest",
        "$count is not currently supported without the header ConsistencyLevel: eventual.",
    )
}

/// A page of rows.
pub(super) fn list(tenant: &mut Tenant, call: &Call, place: &Place) -> Result<Answer, GraphError> {
    check_options(tenant, call, place)?;
    required_filter(call, place.resource)?;
    let mut source = source(tenant, place, Breadth::of(call));
    if let Some((property, downwards)) = &call.query.order {
        source.sort(tenant, property, *downwards);
    }
    let from = Mark::of(tenant, call)?;
    let question = source.question(tenant, call, place);
    if let Some(body) = question.as_ref().and_then(|question| tenant.pages().get(question)) {
        return Ok(Answer::bytes(200, body));
    }
    let start = source.start(tenant, place, &from);
    let weather = tenant.conditions().weather;
    let page = if !from.after_gap && weather.has_gap(&place.path, start) {
        Page {
            positions: Vec::new(),
            next: Some(Mark { position: start, after_gap: true, ..from }.text(tenant)),
        }
    } else {
        collect(tenant, call, &source, start)
    };
    let mut body = Vec::with_capacity(page.positions.len() * 512 + 256);
    head(&mut body, tenant, call, place, &source, &page);
    write_rows(&mut body, tenant, call, place, &source, &page)?;
    body.extend_from_slice(b"]}");
    let body = Bytes::from(body);
    if let Some(question) = question {
        tenant.pages().keep(question, body.clone());
    }
    Ok(Answer::bytes(200, body))
}

/// The rows of a page. Those that nothing is added to may go from a generator to the page as bytes.
fn write_rows(
    body: &mut Vec<u8>,
    tenant: &Tenant,
    call: &Call,
    place: &Place,
    source: &Source,
    page: &Page,
) -> Result<(), GraphError> {
    let selection = Selection::new(place.resource, &call.query.select);
    let shows = |name: &str| selection.shows(name);
    let mut columns = Columns::new(&shows);
    let bare = call.query.expand.is_empty() && place.resource.inline.is_empty();
    for (number, position) in page.positions.iter().enumerate() {
        if number > 0 {
            body.push(b',');
        }
        if bare && source.write(tenant, *position, &mut columns, body) {
            continue;
        }
        let row = source.at(tenant, *position).unwrap_or_default();
        let extra = additions(tenant, call, place.resource, &place.path, &row)?;
        let shown = Shown { row: &row, selection: &selection, context: None, extra };
        // Maps with text keys always serialise, and writing to memory does not fail.
        let _ = serde_json::to_writer(&mut *body, &shown);
    }
    Ok(())
}

fn head(body: &mut Vec<u8>, tenant: &Tenant, call: &Call, place: &Place, source: &Source, page: &Page) {
    let text = |value: String| Value::String(value).to_string();
    let context = format!("{}{}", metadata(call), collection_name(place, &call.query.select));
    body.extend(format!("{{\"@odata.context\":{}", text(context)).into_bytes());
    if call.query.count && call.query.skiptoken.is_none() {
        let count = source.count(tenant, call);
        body.extend(format!(",\"@odata.count\":{count}").into_bytes());
    }
    if let Some(token) = &page.next {
        body.extend(format!(",\"@odata.nextLink\":{}", text(next_link(call, token))).into_bytes());
    }
    body.extend_from_slice(b",\"value\":[");
}

/// The same request with a token; every other option is carried along.
fn next_link(call: &Call, token: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in call.query.raw.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("$skiptoken")) {
        query.append_pair(name, value);
    }
    query.append_pair("$skiptoken", token);
    format!("{}{}?{}", call.base, call.raw_path, query.finish().replace("%24", "$"))
}

/// Where the rows of a page stand in their source.
struct Page {
    positions: Vec<usize>,
    next: Option<String>,
}

fn collect(tenant: &Tenant, call: &Call, source: &Source, start: usize) -> Page {
    let activity = call.query.select.iter().any(|name| name.starts_with("signInActivity"));
    let largest = if activity { MAX_TOP_ACTIVITY } else { MAX_TOP };
    // An oversize $top is clamped, as the directory does for most resources.
    let top = call.query.top.unwrap_or(DEFAULT_TOP).clamp(1, largest);
    let mut page = Page { positions: Vec::new(), next: None };
    for position in start..source.len() {
        if !source.matches(tenant, call, position) {
            continue;
        }
        if page.positions.len() == top {
            let last = page.positions.last().and_then(|last| source.at(tenant, *last)).unwrap_or_default();
            let last = text_of(&last, source.key).to_owned();
            page.next = Some(Mark { position, last, after_gap: false }.text(tenant));
            break;
        }
        page.positions.push(position);
    }
    page
}

/// A page token: where the page ended and the last row of it, so that rows that come and go between two
/// pages neither hide nor repeat others.
#[derive(Default)]
struct Mark {
    position: usize,
    last: String,
    /// The page before was left empty on purpose.
    after_gap: bool,
}

impl Mark {
    /// Where a request goes on; the start if it has no token.
    fn of(tenant: &Tenant, call: &Call) -> Result<Self, GraphError> {
        let Some(token) = &call.query.skiptoken else { return Ok(Self::default()) };
        let expired = || {
            GraphError::new(
                400,
                "Directory_ExpiredPageToken",
                "The specified page token value has expired and can no longer be included in your request.",
            )
        };
        Self::parse(token)
            .filter(|(epoch, _)| *epoch == tenant.conditions().page_tokens)
            .map(|(_, mark)| mark)
            .ok_or_else(expired)
    }

    fn parse(token: &str) -> Option<(u64, Self)> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let mut parts = text.splitn(4, ':');
        let epoch = parts.next()?.parse().ok()?;
        let position = parts.next()?.parse().ok()?;
        let after_gap = parts.next()? == "1";
        Some((epoch, Self { position, last: parts.next()?.to_owned(), after_gap }))
    }

    fn text(&self, tenant: &Tenant) -> String {
        let (epoch, gap) = (tenant.conditions().page_tokens, u8::from(self.after_gap));
        URL_SAFE_NO_PAD.encode(format!("{epoch}:{}:{gap}:{}", self.position, self.last))
    }
}

/// Rows of a place: those of a collection with what a stale reader sees, or rows worked out.
enum Kind {
    Kept { path: String, view: View, ghosts: Vec<Object> },
    Made(Vec<Object>),
}

struct Source {
    kind: Kind,
    count: usize,
    order: Option<Vec<usize>>,
    key: &'static str,
}

fn source(tenant: &mut Tenant, place: &Place, breadth: Breadth) -> Source {
    let key = place.resource.key;
    if place.resource.shape == Shape::Many {
        return kept(tenant, &place.path, key);
    }
    let mut rows: Vec<Object> = if place.resource.shape == Shape::References {
        let seen = kept(tenant, &place.path, key);
        let rows = (0..seen.len()).filter_map(|position| seen.at(tenant, position)).map(Row::into_owned);
        rows.filter_map(|row| resolved(tenant, row, breadth)).collect()
    } else {
        rows_of(tenant, place.resource, place, breadth)
    };
    if let Some((kind, _)) = place.cast {
        let of_kind =
            |row: &Object| text_of(row, "@odata.type").strip_prefix("#microsoft.graph.") == Some(kind);
        rows.retain(of_kind);
        // The type is the one that was asked for, so it is not said again.
        rows.iter_mut().for_each(|row| drop(row.remove("@odata.type")));
    }
    Source { count: rows.len(), kind: Kind::Made(rows), order: None, key }
}

fn kept(tenant: &mut Tenant, path: &str, key: &'static str) -> Source {
    let view = tenant.view(path);
    let gone = |(key, before): (&String, &Option<Object>)| {
        before.clone().filter(|_| tenant.find(path, key).is_none())
    };
    let ghosts: Vec<Object> = view.iter().filter_map(gone).collect();
    let count = tenant.rows(path).map_or(0, Rows::len);
    Source {
        count: count + ghosts.len(),
        kind: Kind::Kept { path: path.to_owned(), view, ghosts },
        order: None,
        key,
    }
}

impl Source {
    fn len(&self) -> usize {
        self.count
    }

    /// What the page answers, if the same question has the same answer until a row changes.
    fn question(&self, tenant: &Tenant, call: &Call, place: &Place) -> Option<String> {
        let bare = call.query.expand.is_empty() && place.resource.inline.is_empty();
        self.plain(tenant).filter(|_| bare)?;
        let mut question = format!("{}{}", call.base, call.raw_path);
        for (name, value) in &call.query.raw {
            question.extend(["\n", name, "=", value]);
        }
        Some(question)
    }

    /// How many rows a request is about.
    fn count(&self, tenant: &Tenant, call: &Call) -> usize {
        let all = call.query.filter.is_none() && call.query.search.is_none();
        match &self.kind {
            Kind::Kept { path, view, ghosts } if all && view.is_empty() && ghosts.is_empty() => {
                tenant.rows(path).map_or(0, Rows::count)
            }
            _ => (0..self.count).filter(|position| self.matches(tenant, call, *position)).count(),
        }
    }

    /// Whether a row stands at a position and fits the filter.
    fn matches(&self, tenant: &Tenant, call: &Call, position: usize) -> bool {
        let (filter, search) = (&call.query.filter, &call.query.search);
        if filter.is_some() || search.is_some() {
            return self.at(tenant, position).is_some_and(|row| {
                filter.as_ref().is_none_or(|filter| filter.matches(&row))
                    && search.as_ref().is_none_or(|search| search.matches(&row))
            });
        }
        match self.plain(tenant) {
            Some(rows) => rows.holds(position),
            None => self.at(tenant, position).is_some(),
        }
    }

    /// The rows of the tenant, if they are what is read: nothing stale, nothing sorted.
    fn plain<'t>(&self, tenant: &'t Tenant) -> Option<&'t dyn Rows> {
        match &self.kind {
            Kind::Kept { path, view, .. } if view.is_empty() && self.order.is_none() => tenant.rows(path),
            _ => None,
        }
    }

    /// Writes a row without making it an object first, where that can be.
    fn write(&self, tenant: &Tenant, position: usize, columns: &mut Columns<'_>, out: &mut Vec<u8>) -> bool {
        self.plain(tenant).is_some_and(|rows| rows.write(position, columns, out))
    }

    fn at<'s>(&'s self, tenant: &'s Tenant, position: usize) -> Option<Row<'s>> {
        let position = self.order.as_ref().map_or(Some(position), |order| order.get(position).copied())?;
        let (path, view, ghosts) = match &self.kind {
            Kind::Made(rows) => return rows.get(position).map(Cow::Borrowed),
            Kind::Kept { path, view, ghosts } => (path, view, ghosts),
        };
        let rows = tenant.rows(path);
        let count = rows.map_or(0, Rows::len);
        let Some(row) = rows.and_then(|rows| rows.at(position)) else {
            return ghosts.get(position.checked_sub(count)?).map(Cow::Borrowed);
        };
        if view.is_empty() {
            return Some(row);
        }
        match view.get(&text_of(&row, self.key).to_ascii_lowercase()) {
            Some(before) => before.as_ref().map(Cow::Borrowed),
            None => Some(row),
        }
    }

    fn sort(&mut self, tenant: &Tenant, property: &str, downwards: bool) {
        let mut order: Vec<(String, usize)> = (0..self.count)
            .map(|position| {
                let row = self.at(tenant, position);
                (row.map(|row| text_of(&row, property).to_lowercase()).unwrap_or_default(), position)
            })
            .collect();
        order.sort();
        if downwards {
            order.reverse();
        }
        self.order = Some(order.into_iter().map(|(_, position)| position).collect());
    }

    fn start(&self, tenant: &Tenant, place: &Place, mark: &Mark) -> usize {
        if self.order.is_some() || !matches!(self.kind, Kind::Kept { .. }) {
            return mark.position;
        }
        let known = tenant.rows(&place.path).and_then(|rows| rows.position(&mark.last));
        known.map_or(mark.position, |known| known + 1)
    }
}

/// Refuses options that this resource does not take.
fn check_options(tenant: &Tenant, call: &Call, place: &Place) -> Result<(), GraphError> {
    let (query, resource) = (&call.query, place.resource);
    if query.search.is_some() && !(call.eventual && resource.directory) {
        return Err(GraphError::unsupported_query(
            "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
        ));
    }
    if query.skip && resource.directory {
        return Err(GraphError::bad_request("'$skip' is not supported by the service."));
    }
    let counted = call.eventual && query.count;
    let advanced = query.filter.as_ref().is_some_and(|filter| filter.is_advanced() || query.order.is_some());
    if resource.directory && advanced && !counted {
        return Err(GraphError::unsupported_query(
            "Operator or combination is not supported without ConsistencyLevel: eventual and $count=true.",
        ));
    }
    if resource.directory && query.expand.len() > 1 {
        return Err(GraphError::bad_request(
            "The result set size for navigation properties is limited: only one $expand per request.",
        ));
    }
    known_select(tenant, call, place)?;
    sign_in_activity(tenant, call)
}

/// What the directory does with a name in `$select` that it does not know is not settled, hence a switch.
/// Known is what may be written, what is shown, and what one of the first rows carries.
fn known_select(tenant: &Tenant, call: &Call, place: &Place) -> Result<(), GraphError> {
    if !tenant.twin.switches.unknown_select_is_refused {
        return Ok(());
    }
    let resource = place.resource;
    let carried = |name: &str| tenant.each(&place.path).take(DEFAULT_TOP).any(|row| row.contains_key(name));
    let known = |name: &str| {
        ["id", "*"].contains(&name)
            || resource.fields.iter().any(|field| field.name == name)
            || resource.shown.contains(&name)
            || resource.on_demand.contains(&name)
            || carried(name)
    };
    let names = call.query.select.iter().map(|name| name.split('/').next().unwrap_or_default());
    let Some(name) = names.into_iter().find(|name| !known(name)) else { return Ok(()) };
    let message = format!(
        "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.{}'.",
        resource.entity
    );
    Err(GraphError::invalid(message))
}

/// Whoever names one row needs no filter; whoever lists some collections does.
fn required_filter(call: &Call, resource: &Resource) -> Result<(), GraphError> {
    let named = call.query.filter.as_ref().map(super::filter::Filter::properties).unwrap_or_default();
    let on = resource.filter_on;
    if on.is_empty() || call.query.skiptoken.is_some() || named.iter().any(|name| on.contains(name)) {
        return Ok(());
    }
    let message = format!("A filter on {} is required.", on.join(" or "));
    Err(GraphError::new(400, "MissingFilter", message))
}

/// `signInActivity` needs a licence, another permission, and a filter of its own.
fn sign_in_activity(tenant: &Tenant, call: &Call) -> Result<(), GraphError> {
    let filtered = call.query.filter.as_ref().map(super::filter::Filter::properties).unwrap_or_default();
    let in_filter = filtered.contains(&"signInActivity");
    if !in_filter && !call.query.select.iter().any(|name| name.starts_with("signInActivity")) {
        return Ok(());
    }
    call.caller.needs(consent::AUDIT_READ)?;
    if !has_premium(tenant) {
        return Err(without_premium());
    }
    if in_filter && filtered.len() > 1 {
        return Err(GraphError::bad_request(
            "Filter on signInActivity cannot be combined with other filters.",
        ));
    }
    Ok(())
}

/// A path of the file that the table does not know.
pub(super) fn held(tenant: &mut Tenant, call: &Call, path: &str) -> Result<Answer, GraphError> {
    if let Some(mut row) = tenant.read_single(path) {
        row.insert("@odata.context".into(), Value::String(format!("{}#{}", metadata(call), &path[1..])));
        return Ok(Answer::json(200, &Value::Object(row)));
    }
    let source = kept(tenant, path, "id");
    let start = Mark::of(tenant, call)?.position;
    let page = collect(tenant, call, &source, start);
    let rows = page.positions.iter().filter_map(|position| source.at(tenant, *position));
    let rows: Vec<Value> = rows.map(|row| Value::Object(row.into_owned())).collect();
    let mut body =
        serde_json::json!({"@odata.context": format!("{}#{}", metadata(call), &path[1..]), "value": rows});
    if let Some(token) = &page.next {
        body["@odata.nextLink"] = Value::String(next_link(call, token));
    }
    Ok(Answer::json(200, &body))
}
