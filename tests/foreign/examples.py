"""Replays the examples of Microsoft's documentation that fit its own schema: the answer must have the status and
the type of the example. Ids of the example's tenant become ids of ours; what a collection of ours lacks is
seeded from the examples.

usage: examples.py seed WORK ORACLE | examples.py replay WORK ORACLE
"""

import collections
import json
import pathlib
import re
import ssl
import sys

import httpx

from graph import Graph

CONTOSO = pathlib.Path(__file__).parents[2] / "daemon/twin/tenants/contoso.json"
GUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.I)
# Whose id stands in a property of a body.
OWNERS = {
    "principalId": "/users", "resourceId": "/servicePrincipals", "clientId": "/servicePrincipals",
    "roleDefinitionId": "/roleManagement/directory/roleDefinitions", "ids": "/users",
    "includeUsers": "/users", "excludeUsers": "/users", "includeGroups": "/groups", "excludeGroups": "/groups",
    "includeRoles": "/roleManagement/directory/roleDefinitions",
    "excludeRoles": "/roleManagement/directory/roleDefinitions",
    "includeLocations": "/identity/conditionalAccess/namedLocations",
    "excludeLocations": "/identity/conditionalAccess/namedLocations",
}
# Reasons that can be seen in the request.
REASONS = [
    (re.compile(r"^/beta/"), "of the beta version"),
    (re.compile(r"/me(/|$)|filterByCurrentUser"), "needs a signed-in user, and the twin signs in applications"),
    (re.compile(r"/entitlementManagement/"), "entitlement management is not in the catalogue"),
]
# Examples that cannot be had as they stand.
CREATED = "the documentation's text says 201 Created, its example 200"
SKIPPED = {
    "permissiongrantpolicy-post-excludes.json": CREATED,
    "permissiongrantpolicy-post-includes.json": CREATED,
    "permissiongrantpolicy-post-permissiongrantpolicies.json": CREATED,
    "rbacapplication-post-roleassignmentschedulerequests.2.json": "selfActivate needs a signed-in user",
    "serviceprincipal-list-memberof.4.json": "the example's query has a typographic quotation mark",
    "application-addkey.1.json": "the example's key and its proof are placeholders, and the twin looks at both",
    "application-addkey.2.json": "the example's key and its proof are placeholders, and the twin looks at both",
    "signin-get.json": "the example asks for one sign-in and shows a collection",
    "user-post-users.2.json": "identities with passwords are of tenants for customers",
}
# What the twin answers to what it does not serve.
UNSERVED = re.compile(r"Resource not found for the segment|Resource 'delta'|HTTP method is not allowed")


class Twin:
    def __init__(self, work: pathlib.Path, name: str) -> None:
        base = (work / f"{name}.addresses").read_text().split()[1]
        self.base = base
        self.http = httpx.Client(base_url=base, verify=ssl.create_default_context(cafile=work / f"{name}.pem"))

    def rows(self, path: str) -> list[dict]:
        answer = self.http.get(f"/v1.0{path}")
        return answer.json().get("value", []) if answer.status_code == 200 else []


def examples(oracle: pathlib.Path) -> list[tuple[dict, dict]]:
    """Entries of the index with their files, those that fit the schema and have a request."""
    folder = oracle / "examples"
    index = json.loads((folder / "index.json").read_text())
    valid = [entry for entry in index if entry.get("schema_valid") and entry["method"]]
    return [(entry, json.loads((folder / entry["file"]).read_text())) for entry in valid]


def seed(work: pathlib.Path, oracle: pathlib.Path) -> None:
    """A tenant file: the demo tenant, its empty collections filled with the rows of examples."""
    twin, tenant = Twin(work, "open"), json.loads(CONTOSO.read_text())
    graph = Graph(oracle)
    for entry, file in examples(oracle):
        path, body = entry["path"], file["response"]["body"]
        if entry["method"] != "GET" or "$select" in entry["query"] or "{" in path or not path.startswith("/v1.0/"):
            continue
        answer = twin.http.get(path)
        rows = body.get("value")
        fits = isinstance(rows, list) and all("id" in row and not graph.fault(entry["schema_type"], row) for row in rows)
        if answer.status_code == 200 and answer.json().get("value") == [] and fits:
            tenant["graph"].setdefault(path, {"value": []})["value"].extend(rows)
    (work / "examples.json").write_text(json.dumps(tenant))


class Replay:
    def __init__(self, twin: Twin, graph: Graph) -> None:
        self.twin, self.graph = twin, graph
        self.lists: dict[str, list[dict]] = {}

    def id_of(self, collection: str, wanted: str, kind: str = "") -> str | None:
        """An id that this collection of ours holds: the wanted one, else that of its last row of a type."""
        if wanted and self.twin.http.get(f"/v1.0{collection}/{wanted}").status_code == 200:
            return wanted
        if collection not in self.lists:
            self.lists[collection] = self.twin.rows(collection)
        rows = self.lists[collection]
        fitting = [row for row in rows if row.get("@odata.type", "").lstrip("#") == kind] or rows
        return fitting[-1].get("id") if fitting else None

    def new_app_id(self) -> str:
        """The client id of an application without a service principal."""
        return self.twin.http.post("/v1.0/applications", json={"displayName": "Example"}).json()["appId"]

    def path(self, path: str, kind: str) -> str | None:
        """The path with our ids in the place of the example's; none if we have no such object."""
        operation = self.graph.operation(path.replace("{", "").replace("}", "") if "{" in path else path)
        if operation is None:
            return path
        done = ""
        for wanted, step in zip(operation.template.strip("/").split("/"), path.strip("/").split("/")):
            if wanted.startswith("{"):
                step = self.id_of(done, step.strip("{}"), kind)
                if step is None:
                    return None
            done += f"/{step}"
        return done

    def body(self, value: object, name: str = "", path: str = "") -> object:
        if isinstance(value, dict):
            return {key: self.body(item, key, path) for key, item in value.items()}
        if isinstance(value, list):
            return [self.body(item, name, path) for item in value]
        if isinstance(value, str) and name.endswith("@odata.bind"):
            return f"{self.twin.base}/v1.0/users/{self.id_of('/users', '')}"
        if name == "appId" and path == "/servicePrincipals":
            return self.new_app_id()
        if isinstance(value, str) and name in OWNERS and GUID.match(value):
            principal = name == "principalId" and path.startswith("/servicePrincipals/")
            return self.id_of("/servicePrincipals" if principal else OWNERS[name], value)
        return value

    def one(self, entry: dict, file: dict) -> tuple[str, str]:
        """What became of an example: matched, skipped or failed, and why."""
        request = file["request"]
        url = request["url"].replace("https://graph.microsoft.com", "")
        path, _, query = url.partition("?")
        if cut_off(query):
            return "skipped", "the record of the example ends in the middle of its query"
        for pattern, reason in REASONS:
            if pattern.search(url):
                return "skipped", reason
        if entry["file"] in SKIPPED:
            return "skipped", SKIPPED[entry["file"]]
        ours = self.path(path.removeprefix("/v1.0").rstrip("/"), entry["schema_type"])
        if ours is None:
            return "skipped", "the tenant holds no such object"
        operation = self.graph.operation(ours)
        served = f"{entry['method']} {operation.template if operation else ours}"
        wanted = operation and entry["method"] in operation.operations and operation.type_of(entry["method"], "body")
        if wanted in self.graph.types and self.graph.fault(wanted, request["body"]):
            return "skipped", "the body of the example's request does not fit Microsoft's schema"
        headers = {name: value for name, value in (request["headers"] or {}).items() if name.lower() == "consistencylevel"}
        body = self.body(request["body"], path=ours) if request["body"] is not None else None
        url = f"/v1.0{ours}" + (f"?{query}" if query else "")
        answer = self.twin.http.request(entry["method"], url, headers=headers, json=body)
        if answer.status_code >= 400 and UNSERVED.search(answer.text):
            return "skipped", f"the twin does not serve {served}"
        return self.compared(entry, file["response"], answer)

    def compared(self, entry: dict, response: dict, answer: httpx.Response) -> tuple[str, str]:
        if answer.status_code != response["status"]:
            return "failed", f"status {answer.status_code}, not {response['status']}: {answer.text[:300]}"
        body, wanted = answer.json(), response["body"]
        if isinstance(wanted.get("value"), list) != isinstance(body.get("value"), list):
            return "failed", "one is a collection, the other is not"
        for row in body["value"] if isinstance(body.get("value"), list) else [body]:
            own = row.get("@odata.type", "").lstrip("#")
            known = self.graph.types.get(entry["schema_type"], {}).get("x-derived", [])
            if own and own != entry["schema_type"] and own not in known:
                return "failed", f"is a {own}, not a {entry['schema_type']}"
            fault = self.graph.fault(entry["schema_type"], row)
            if fault:
                return "failed", fault
        return "matched", ""


def cut_off(query: str) -> bool:
    """Whether a record of a query ends in the middle of a filter, as those with spaces do."""
    brackets = query.count("(") != query.count(")")
    return brackets or re.search(r"\$filter=[\w/.]+(&|$)", query) is not None


def replay(work: pathlib.Path, oracle: pathlib.Path) -> int:
    graph = Graph(oracle)
    # What an example wants to create must not be there already, so writes go to the tenant without the seed.
    reads, writes = Replay(Twin(work, "examples"), graph), Replay(Twin(work, "open"), graph)
    results: dict[str, list] = collections.defaultdict(list)
    reasons: dict[str, int] = collections.Counter()
    for entry, file in examples(oracle):
        result, why = (reads if entry["method"] == "GET" else writes).one(entry, file)
        results[result].append((entry, why))
        if result == "skipped":
            reasons[why] += 1
    replayed = len(results["matched"]) + len(results["failed"])
    print(f"{replayed} replayed, {len(results['matched'])} matched, {len(results['skipped'])} skipped")
    for why, count in sorted(reasons.items()):
        print(f"  skipped {count}: {why}")
    for entry, why in results["failed"]:
        print(f"FAULT {entry['file']}: {entry['method']} {entry['path']}?{entry['query']}: {why}")
    return 1 if results["failed"] or not results["matched"] else 0


if __name__ == "__main__":
    verb = {"seed": seed, "replay": replay}[sys.argv[1]]
    sys.exit(verb(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])))
