//! What the story believes: the tenant's own answers, its request log, and the journal's files.
//! Never what the daemon says of itself.

use super::Stage;
use miette::{IntoDiagnostic, miette};
use secrecy::ExposeSecret;
use serde_json::Value;

const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

/// Asks the tenant and reads files.
pub(super) struct Witness<'a> {
    stage: &'a Stage,
    http: reqwest::Client,
    token: String,
}

impl<'a> Witness<'a> {
    /// Signs in to the tenant as its reader.
    pub(super) async fn new(stage: &'a Stage) -> miette::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build().into_diagnostic()?;
        let credentials =
            stage.twin.credentials().first().ok_or_else(|| miette!("the twin has no client"))?;
        let secret = credentials.client_secret.as_ref().ok_or_else(|| miette!("the client has no secret"))?;
        let url = format!("http://{}/{}/oauth2/v2.0/token", stage.twin.http, stage.twin.tenant_id());
        let form = [
            ("client_id", credentials.client_id.as_str()),
            ("grant_type", "client_credentials"),
            ("scope", "https://graph.microsoft.com/.default"),
            ("client_secret", secret.expose_secret()),
        ];
        let answer = http.post(url).form(&form).send().await.into_diagnostic()?;
        let body: Value = answer.json().await.into_diagnostic()?;
        let token = body["access_token"].as_str().ok_or_else(|| miette!("no token: {body}"))?.to_owned();
        Ok(Self { stage, http, token })
    }

    /// How many hold Global Administrator, as the tenant says.
    pub(super) async fn global_administrators(&self) -> miette::Result<usize> {
        let path = "/v1.0/roleManagement/directory/roleAssignments";
        let filter = format!("roleDefinitionId%20eq%20%27{GLOBAL_ADMINISTRATOR}%27");
        let url = format!("http://{}{path}?$filter={filter}", self.stage.twin.http);
        let answer = self.http.get(url).bearer_auth(&self.token).send().await.into_diagnostic()?;
        let body: Value = answer.json().await.into_diagnostic()?;
        body["value"].as_array().map(Vec::len).ok_or_else(|| miette!("no list: {body}"))
    }

    /// Writes the tenant saw, as `METHOD path status`.
    pub(super) fn writes(&self) -> Vec<String> {
        let lines = self.stage.twin.requests();
        let written = lines.iter().filter(|line| line.method != "GET" && line.path.starts_with("/v1.0/"));
        written
            .filter(|line| !line.path.ends_with("/$batch"))
            .map(|line| format!("{} {} {}", line.method, line.path, line.status))
            .collect()
    }

    /// Kinds of the journal's records about a remediation, in order, from the files.
    pub(super) fn journal(&self, id: &str) -> miette::Result<Vec<Value>> {
        let tenant = self.stage.config.tenants.first().ok_or_else(|| miette!("no tenant"))?;
        let folder = self.stage.config.state_dir.join(tenant.name.as_str()).join("journal");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .into_diagnostic()?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .collect();
        files.sort();
        let mut records = Vec::new();
        for file in files {
            let text = std::fs::read_to_string(file).into_diagnostic()?;
            for line in text.lines() {
                let json = line.splitn(3, ' ').nth(2).ok_or_else(|| miette!("a line without JSON"))?;
                let record: Value = serde_json::from_str(json).into_diagnostic()?;
                if record["body"]["id"] == id {
                    records.push(record);
                }
            }
        }
        Ok(records)
    }
}
