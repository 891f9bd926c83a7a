// Microsoft's JavaScript clients against the twin over TLS: every way to sign in, paging, a 404, a 429 that is
// retried, a PATCH, and a policy created and deleted. Ends with an error at the first surprise.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { ClientCertificateCredential, ClientSecretCredential, WorkloadIdentityCredential } from "@azure/identity";
import { Client, GraphError, PageIterator } from "@microsoft/microsoft-graph-client";
import authProviders from "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";

const SCOPE = "https://graph.microsoft.com/.default";
const work = process.argv[2];
const read = (name) => readFileSync(`${work}/${name}`, "utf8");
const known = JSON.parse(read("judge.json"));
const authority = read("strict.addresses").trim().split(" ")[1];

// The twin is its own authority, so nobody asks Microsoft whether it is one.
function credentials() {
  const options = { authorityHost: authority, disableInstanceDiscovery: true };
  const { tenant, client, secret } = known;
  return {
    secret: new ClientSecretCredential(tenant, client, secret, options),
    certificate: new ClientCertificateCredential(tenant, client, { certificate: read("certificate.pem") }, options),
    "workload identity": new WorkloadIdentityCredential({
      tenantId: tenant,
      clientId: client,
      tokenFilePath: `${work}/federated.jwt`,
      ...options,
    }),
  };
}

async function signIn(name, credential) {
  const { token } = await credential.getToken(SCOPE);
  const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
  assert.equal(claims.appid, known.client);
  console.log(`token by ${name}`);
}

function graph(credential) {
  const authProvider = new authProviders.TokenCredentialAuthenticationProvider(credential, { scopes: [SCOPE] });
  const customHosts = new Set(["127.0.0.1"]);
  return Client.initWithMiddleware({ authProvider, baseUrl: `${authority}/`, customHosts });
}

async function pages(client) {
  const ids = [];
  const first = await client.api("/users").select(["id", "userType"]).top(77).get();
  const iterator = new PageIterator(client, first, (user) => ids.push(user.id) > 0);
  await iterator.iterate();
  assert.equal(ids.length, known.users);
  assert.equal(new Set(ids).size, known.users);
  console.log(`${ids.length} users, each once`);
}

async function missing(call, code) {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof GraphError);
    assert.equal(error.statusCode, 404);
    assert.equal(error.code, code);
    assert.ok(error.requestId);
    return true;
  });
  console.log(`404 as GraphError with ${code}`);
}

async function patched(client) {
  const page = await client.api("/users").get();
  const user = client.api(`/users/${page.value[41].id}`);
  await user.update({ jobTitle: "Judge" });
  assert.equal((await user.get()).jobTitle, "Judge");
  console.log("PATCH of a user, read back");
}

async function policies(client) {
  const made = await client.api("/identity/conditionalAccess/policies").post({
    displayName: "Foreign judge",
    state: "disabled",
    conditions: {
      clientAppTypes: ["all"],
      applications: { includeApplications: ["All"] },
      users: { includeUsers: ["All"] },
    },
    grantControls: { operator: "OR", builtInControls: ["mfa"] },
  });
  assert.ok(made.id && made.createdDateTime);
  const one = client.api(`/identity/conditionalAccess/policies/${made.id}`);
  await one.update({ displayName: "Foreign judge, changed" });
  assert.equal((await one.get()).displayName, "Foreign judge, changed");
  await one.delete();
  await missing(one.get(), "Request_ResourceNotFound");
  console.log("policy created, changed, deleted");
}

const refused = () => read("strict.jsonl").trim().split("\n").filter((line) => JSON.parse(line).status === 429).length;

const all = credentials();
for (const [name, credential] of Object.entries(all)) {
  await signIn(name, credential);
}
const client = graph(all.certificate);
await pages(client);
await missing(client.api(`/users/${randomUUID()}`).get(), "Request_ResourceNotFound");
await patched(client);
const before = refused();
await policies(client);
assert.ok(refused() > before, "nothing was throttled");
console.log(`${refused() - before} answers 429, each tried again by the client`);
