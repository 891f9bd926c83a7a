//! A twin of the demo tenant and a client for it.

use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use trueconfig_twin::{Options, TenantFile, Twin, serve};

/// Template id of Global Administrator.
pub const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

/// Index of the client of the demo tenant that reads.
pub const READER: usize = 0;
/// Index of the client of the demo tenant that writes.
pub const WRITER: usize = 1;

/// A client with a token.
pub struct Client {
    pub base: String,
    pub token: String,
    http: reqwest::Client,
}

/// Status, headers, body.
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// Graph's error code.
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// Graph's error message.
    pub fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    /// The rows of a collection.
    pub fn rows(&self) -> &Vec<Value> {
        self.body["value"].as_array().expect("a collection")
    }
}

/// A bare HTTP client.
pub fn http() -> reqwest::Client {
    let provider = rustls::crypto::ring::default_provider();
    // Another test of this process may have been first.
    let _ = provider.install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// A twin of the demo tenant.
pub async fn contoso() -> Twin {
    start(TenantFile::contoso().expect("the demo tenant")).await
}

/// A twin of a file.
pub async fn start(file: TenantFile) -> Twin {
    // Judges read afterwards what was said; see `tests/foreign`.
    let recording = std::env::var_os("TRUECONFIG_RECORDING").map(std::path::PathBuf::from);
    serve(Options { recording, ..Options::new(file) }).await.expect("a twin")
}

/// A twin of a small tenant with one generated client that may do everything.
pub async fn small(graph: Value) -> (Twin, Client) {
    let file = TenantFile::parse(&json!({"graph": graph}).to_string(), "small").expect("a tenant file");
    let twin = start(file).await;
    let client = Client::of(&twin, 0).await;
    (twin, client)
}

impl Client {
    /// A client with the token of one registration of the tenant.
    pub async fn of(twin: &Twin, registration: usize) -> Self {
        let client = Self { base: format!("http://{}", twin.http), token: String::new(), http: http() };
        let credentials = &twin.credentials()[registration];
        let secret = credentials.client_secret.as_ref().expect("a secret").expose_secret().to_owned();
        let answer = client
            .token(&twin.tenant_id(), &[("client_id", &credentials.client_id), ("client_secret", &secret)])
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        Self { token: answer.body["access_token"].as_str().expect("a token").to_owned(), ..client }
    }

    /// A client without a token.
    pub fn anonymous(twin: &Twin) -> Self {
        Self { base: format!("http://{}", twin.http), token: String::new(), http: http() }
    }

    /// Asks for a token with client credentials and the default scope.
    pub async fn token(&self, tenant: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form =
            vec![("grant_type", "client_credentials"), ("scope", "https://graph.microsoft.com/.default")];
        form.retain(|(name, _)| !fields.iter().any(|(other, _)| other == name));
        form.extend(fields);
        let url = format!("{}/{tenant}/oauth2/v2.0/token", self.base);
        let response = self.http.post(url).form(&form).send().await.expect("an answer");
        read(response).await
    }

    /// Any request with extra headers.
    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> reqwest::Result<Answer> {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let mut request = self.http.request(Method::from_bytes(method.as_bytes()).expect("a method"), url);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Ok(read(request.send().await?).await)
    }

    pub async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.try_send(method, path, &[], body).await.expect("an answer")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }
}

async fn read(response: reqwest::Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("a body");
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status, headers, body }
}
