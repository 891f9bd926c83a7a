//! From HTTP to the tenant and back: addresses, tokens, faults, headers, the log.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::faults::{Edit, Effect, Fault, FaultControl, Moment};
use crate::graph::{Answer, Call, Caller, GraphError, batch, path, query, serve};
use crate::limits::{Asker, Buckets, Limits, costs};
use crate::login::{self, TokenCall, tokens};
use crate::requests::{Recording, RequestLine, RequestLog, redacted};
use crate::tenant::Tenant;
use crate::tenant::audit::Actor;
use crate::{Auth, Clock, Ids};

mod http;

pub use http::Hangup;
pub(crate) use http::Scheme;

const AUTHORIZATION: HeaderName = axum::http::header::AUTHORIZATION;
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// Who edits beside our clients.
pub(crate) const SECOND_ADMINISTRATOR: &str = "second.administrator";

/// The whole twin without its listeners.
pub(crate) struct Service {
    pub(crate) tenant: Mutex<Tenant>,
    pub(crate) faults: Arc<FaultControl>,
    pub(crate) log: RequestLog,
    recording: Recording,
    pub(crate) clock: Clock,
    ids: Ids,
    buckets: Mutex<Buckets>,
    issuer: tokens::Issuer,
    auth: Auth,
    date: http::DateLine,
}

/// One request, or one item of a batch.
struct Incoming<'r> {
    method: String,
    /// As the client wrote it.
    raw_path: String,
    /// Without the slashes that mean nothing.
    path: String,
    query: String,
    headers: HeaderMap,
    body: &'r [u8],
    base: String,
    batched: bool,
}

/// An answer with what the log and the headers need.
struct Reply {
    answer: Answer,
    request_id: String,
    client_request_id: String,
    hangup: bool,
}

impl Service {
    pub(crate) fn new(
        tenant: Tenant,
        faults: FaultControl,
        (log, recording): (RequestLog, Recording),
        (clock, ids): (Clock, Ids),
        auth: Auth,
    ) -> Self {
        let (tenant, faults) = (Mutex::new(tenant), Arc::new(faults));
        let buckets = Mutex::new(Buckets::default());
        Self {
            tenant,
            faults,
            log,
            recording,
            clock,
            ids,
            buckets,
            issuer: tokens::Issuer::new(),
            auth,
            date: http::DateLine::default(),
        }
    }

    pub(crate) fn tenant(&self) -> MutexGuard<'_, Tenant> {
        // Writes are checked before they are made, so a panic cannot leave half of one behind.
        self.tenant.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reply(&self, incoming: &Incoming<'_>, effect: Option<Effect>) -> Reply {
        let request_id = (self.ids)().to_string();
        let client_request_id = incoming.header("client-request-id").to_owned();
        let caller = self.caller(incoming);
        let app_id = match &caller {
            Ok(Caller { actor: Actor::Application { app_id }, .. }) => Some(app_id.clone()),
            _ => None,
        };
        let dropped = matches!(effect, Some(Effect::DropBefore | Effect::DropAfter));
        let late = effect == Some(Effect::TimeoutAfter);
        self.spring(Moment::Before, incoming);
        let result = match effect {
            Some(Effect::Status { status, code, retry_after }) => Err(refusal(status, &code, retry_after)),
            Some(Effect::DropBefore) => Ok(Answer::empty(503)),
            _ => self.answer(incoming, caller),
        };
        self.spring(Moment::After, incoming);
        let refused = |error: GraphError| self.refused(&error, &request_id, &client_request_id);
        let mut answer = result.unwrap_or_else(&refused);
        let unseen = effect_applied(dropped || late, incoming, &answer);
        if late {
            answer = refused(refusal(504, "GatewayTimeout", None));
        }
        self.note(incoming, &answer, &request_id, app_id, dropped, unseen);
        Reply { answer, request_id, client_request_id, hangup: dropped }
    }

    /// Edits of somebody else who waited for this request.
    fn spring(&self, moment: Moment, incoming: &Incoming<'_>) {
        for edit in self.faults.sprung(moment, &incoming.method, &incoming.path) {
            if let Err(error) = self.edit(&edit, SECOND_ADMINISTRATOR, &incoming.base) {
                tracing::warn!(method = %edit.method, path = %edit.path, %error, "an ambush was refused");
            }
        }
    }

    /// A request by a person: no token, no faults, no log, all permissions.
    pub(crate) fn edit(&self, edit: &Edit, who: &str, base: &str) -> Result<Value, GraphError> {
        let (raw_path, raw_query) = edit.path.split_once('?').unwrap_or((&edit.path, ""));
        let actor = Actor::User { user_principal_name: who.to_owned() };
        let call = Call {
            method: edit.method.clone(),
            path: path::parse(raw_path)?,
            query: query::parse(raw_query)?,
            raw_path: raw_path.to_owned(),
            base: base.to_owned(),
            eventual: true,
            body: edit.body.as_ref().map(|body| body.to_string().into_bytes()),
            client_request_id: String::new(),
            caller: Caller { actor, roles: None },
        };
        let answer = serve(&mut self.tenant(), &call)?;
        Ok(answer.body.and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or_default())
    }

    fn refused(&self, error: &GraphError, request_id: &str, client_request_id: &str) -> Answer {
        let client = if client_request_id.is_empty() { request_id } else { client_request_id };
        let mut answer = Answer::json(error.status, &error.body((self.clock)(), request_id, client));
        answer.headers.extend(error.headers.iter().cloned());
        if error.status == 401 {
            answer.headers.push(("www-authenticate", "Bearer realm=\"\"".to_owned()));
        }
        answer
    }

    fn answer(
        &self,
        incoming: &Incoming<'_>,
        caller: Result<Caller, GraphError>,
    ) -> Result<Answer, GraphError> {
        if let Some(answer) = self.login(incoming) {
            return Ok(answer);
        }
        let path = path::parse(&incoming.raw_path)?;
        let caller = caller?;
        let write = matches!(incoming.method.as_str(), "POST" | "PATCH" | "PUT");
        if write
            && !incoming.body.is_empty()
            && !incoming.header("content-type").starts_with("application/json")
        {
            return Err(GraphError::invalid(
                "Write requests (excluding DELETE) must contain the Content-Type header declaration.",
            ));
        }
        if path.segments == [path::Segment::Plain("$batch".to_owned())] && !incoming.batched {
            return self.batch(incoming);
        }
        let call = Call {
            method: incoming.method.clone(),
            path,
            query: query::parse(&incoming.query)?,
            raw_path: incoming.raw_path.clone(),
            base: incoming.base.clone(),
            eventual: incoming.header("consistencylevel").eq_ignore_ascii_case("eventual"),
            body: Some(incoming.body.to_vec()).filter(|body| !body.is_empty()),
            client_request_id: incoming.header("client-request-id").to_owned(),
            caller,
        };
        let mut tenant = self.tenant();
        let usage = self.throttle(&tenant, incoming, &call.caller)?;
        tenant.set_conditions(self.faults.conditions());
        let mut answer = serve(&mut tenant, &call)?;
        answer.headers.extend(usage);
        Ok(answer)
    }

    /// Takes the cost of a request; gives the headers that tell how much is used.
    fn throttle(
        &self,
        tenant: &Tenant,
        incoming: &Incoming<'_>,
        caller: &Caller,
    ) -> Result<Vec<(&'static str, String)>, GraphError> {
        let Actor::Application { app_id } = &caller.actor else { return Ok(Vec::new()) };
        if self.faults.limits() == Limits::Off {
            return Ok(Vec::new());
        }
        let asker = Asker {
            app_id,
            tenant: &tenant.id,
            users: tenant.rows("/v1.0/users").map_or(0, crate::tenant::Rows::len),
        };
        let costs = costs(&incoming.method, &incoming.raw_path, &incoming.query);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.take(&costs, &asker, (self.clock)())
    }

    fn login(&self, incoming: &Incoming<'_>) -> Option<Answer> {
        let steps: Vec<&str> = incoming.raw_path.split('/').filter(|step| !step.is_empty()).collect();
        match (incoming.method.as_str(), steps.as_slice()) {
            ("POST", [tenant, "oauth2", "v2.0", "token"]) => {
                let life = tokens::Life {
                    seconds: self.faults.token_lifetime(),
                    generation: self.faults.generation(),
                };
                let call = TokenCall {
                    tenant,
                    body: incoming.body,
                    client_request_id: incoming.header("client-request-id"),
                    base: &incoming.base,
                    life,
                    revoked: &self.faults.revoked(),
                };
                Some(login::token(&self.tenant(), &self.issuer, &call))
            }
            ("GET", [_, "v2.0", ".well-known", "openid-configuration"]) => {
                Some(login::metadata(&self.tenant(), &incoming.base))
            }
            ("GET", ["common", "discovery", "instance"]) => {
                Some(login::instances(&incoming.base, &self.tenant().id))
            }
            _ => None,
        }
    }

    fn caller(&self, incoming: &Incoming<'_>) -> Result<Caller, GraphError> {
        let token =
            incoming.header("authorization").strip_prefix("Bearer ").map(str::trim).unwrap_or_default();
        let claims = self.issuer.read(token);
        if self.auth == Auth::None {
            let app_id = claims.map_or_else(|| "anonymous".to_owned(), |claims| claims.app_id);
            return Ok(Caller { actor: Actor::Application { app_id }, roles: None });
        }
        if token.is_empty() {
            return Err(GraphError::unauthenticated("Access token is empty."));
        }
        let Some(claims) = claims else {
            return Err(GraphError::unauthenticated(
                "IDX14100: JWT is not well formed, or it was not issued for this tenant.",
            ));
        };
        if claims.expires <= (self.clock)().timestamp() || claims.generation != self.faults.generation() {
            return Err(GraphError::unauthenticated("Lifetime validation failed, the token is expired."));
        }
        let revoked = self.faults.revoked();
        let roles = claims.roles.into_iter().filter(|role| !revoked.contains(role)).collect();
        Ok(Caller { actor: Actor::Application { app_id: claims.app_id }, roles: Some(roles) })
    }

    fn batch(&self, incoming: &Incoming<'_>) -> Result<Answer, GraphError> {
        if incoming.method != "POST" {
            return Err(GraphError::method(&incoming.method));
        }
        let items = batch::parse(incoming.body)?;
        let mut done = BTreeMap::new();
        let mut responses = Vec::new();
        for item in &items {
            let blocked = batch::blocked(item, &done);
            let reply = if blocked { self.blocked() } else { self.batched(incoming, item) };
            done.insert(item.id.clone(), reply.answer.status);
            responses.push(batch::response(
                &item.id,
                reply.answer.status,
                &http::headers_of(&reply),
                reply.answer.body.as_deref(),
            ));
        }
        Ok(Answer::json(200, &json!({"responses": responses})))
    }

    fn blocked(&self) -> Reply {
        let request_id = (self.ids)().to_string();
        let answer = self.refused(&batch::failed_dependency(), &request_id, "");
        Reply { answer, request_id, client_request_id: String::new(), hangup: false }
    }

    fn batched(&self, outer: &Incoming<'_>, item: &batch::Item) -> Reply {
        let (path, query) = item.url.split_once('?').unwrap_or((&item.url, ""));
        let version = outer.raw_path.split('/').find(|step| !step.is_empty()).unwrap_or("v1.0");
        let raw_path = format!("/{version}/{}", path.trim_start_matches('/'));
        let inner = Incoming {
            method: item.method.clone(),
            path: http::collapsed(&raw_path),
            raw_path,
            query: query.to_owned(),
            headers: headers_of_item(item, &outer.headers),
            body: item.body.as_deref().unwrap_or_default(),
            base: outer.base.clone(),
            batched: true,
        };
        // One connection carries them all, so a single request can only time out.
        let effect = match self.faults.take(&inner.method, &inner.raw_path) {
            Some(Effect::DropBefore) => Some(Fault::status(&inner.raw_path, 1, 504).effect),
            Some(Effect::DropAfter) => Some(Effect::TimeoutAfter),
            effect => effect,
        };
        self.reply(&inner, effect)
    }

    fn note(
        &self,
        incoming: &Incoming<'_>,
        answer: &Answer,
        request_id: &str,
        app_id: Option<String>,
        dropped: bool,
        applied_unseen: bool,
    ) {
        let is_write = matches!(incoming.method.as_str(), "POST" | "PATCH" | "PUT");
        let is_json = incoming.header("content-type").starts_with("application/json");
        let time: DateTime<Utc> = (self.clock)();
        let line = RequestLine {
            time,
            method: incoming.method.clone(),
            path: incoming.raw_path.clone(),
            query: incoming.query.clone(),
            status: if dropped { 0 } else { answer.status },
            client_request_id: incoming.header("client-request-id").to_owned(),
            request_id: request_id.to_owned(),
            app_id,
            batched: incoming.batched,
            applied_unseen,
            body: redacted(incoming.body).filter(|_| is_write && is_json),
        };
        self.recording.note(&line, answer);
        self.log.note(line);
    }
}

impl Incoming<'_> {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// The headers of an item, and those it has of the batch around it.
fn headers_of_item(item: &batch::Item, outer: &HeaderMap) -> HeaderMap {
    let pair = |(name, value): (&String, &String)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
    };
    let mut headers: HeaderMap = item.headers.iter().filter_map(pair).collect();
    headers.remove(AUTHORIZATION);
    for name in [AUTHORIZATION, CLIENT_REQUEST_ID] {
        if let Some(value) = outer.get(&name).filter(|_| !headers.contains_key(&name)) {
            headers.insert(name, value.clone());
        }
    }
    headers
}

fn refusal(status: u16, code: &str, retry_after: Option<String>) -> GraphError {
    if status == 429 {
        return GraphError::throttled(retry_after);
    }
    GraphError::new(status, code, "The service refused the request.").with_retry_after(retry_after)
}

fn effect_applied(dropped: bool, incoming: &Incoming<'_>, answer: &Answer) -> bool {
    dropped && incoming.method != "GET" && answer.status < 400
}
