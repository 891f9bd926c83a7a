//! Requests as text (a line with method and target, headers, a blank line, the body) sent to a twin in memory,
//! and what holds of every answer. The fuzz target `twin_request` compiles this file, too.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::Value;
use tower::ServiceExt;
use trueconfig_twin::Twin;

/// Largest answer that is read.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// The request of a text; nothing if HTTP itself would not carry it.
fn request(text: &[u8]) -> Option<Request<Body>> {
    let mut lines = text.splitn(2, |byte| *byte == b'\n');
    let first = std::str::from_utf8(lines.next()?).ok()?;
    let (method, target) = first.split_once(' ')?;
    let mut rest = lines.next().unwrap_or_default();
    // The corpus is written to be read; a client would have encoded these.
    let target = target.replace(' ', "%20").replace('"', "%22");
    let mut request = Request::builder().method(method).uri(target).header("host", "127.0.0.1");
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let line = std::str::from_utf8(&rest[..end]).ok()?;
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ")?;
        request = request.header(name, value);
    }
    request.body(Body::from(rest.to_vec())).ok()
}

/// Sends it and judges the answer: a success, or an error of Graph or of the token endpoint; never a panic
/// and never a 5xx. Gives the status, nothing if the text is no request.
pub async fn judged(twin: &Twin, text: &[u8]) -> Option<u16> {
    let request = request(text)?;
    let shown = String::from_utf8_lossy(text);
    let answer = twin.router().oneshot(request).await.expect("an answer");
    let status = answer.status().as_u16();
    assert!((200..500).contains(&status), "{status} for {shown}");
    let is_graph = answer.headers().contains_key("request-id");
    let body = to_bytes(answer.into_body(), MAX_ANSWER).await.expect("a body");
    if status >= 400 && is_graph {
        let body: Value = serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{error} for {shown}"));
        let of_graph =
            body["error"]["code"].is_string() && body["error"]["innerError"]["request-id"].is_string();
        let of_login = body["error_codes"].is_array();
        assert!(of_graph || of_login, "{body} for {shown}");
    }
    Some(status)
}
