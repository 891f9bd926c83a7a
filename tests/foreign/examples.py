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
    (re.compile(r"\$search="), "$search is refused by the twin, and nothing of ours sends it"),
]
# Examples that cannot be had as they stand.
SKIPPED: dict[str, str] = {}


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
        self.first: dict[str, str | None] = {}

    def id_of(self, collection: str, wanted: str) -> str | None:
        """An id that this collection of ours holds: the wanted one, else that of its first row."""
        if self.twin.http.get(f"/v1.0{collection}/{wanted}").status_code == 200:
            return wanted
        if collection not in self.first:
            rows = self.twin.rows(collection)
            self.first[collection] = rows[0].get("id") if rows else None
        return self.first[collection]

    def path(self, path: str) -> str | None:
        """The path with our ids in the place of the example's; none if we have no such object."""
        operation = self.graph.operation(path.replace("{", "").replace("}", "") if "{" in path else path)
        if operation is None:
            return path
        done = ""
        for wanted, step in zip(operation.template.strip("/").split("/"), path.strip("/").split("/")):
            if wanted.startswith("{"):
                step = self.id_of(done, step.strip("{}"))
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
        if isinstance(value, str) and name in OWNERS and GUID.match(value):
            principal = name == "principalId" and path.startswith("/servicePrincipals/")
            return self.id_of("/servicePrincipals" if principal else OWNERS[name], value)
        return value

    def one(self, entry: dict, file: dict) -> tuple[str, str]:
        """What became of an example: matched, skipped or failed, and why."""
        request = file["request"]
        url = request["url"].replace("https://graph.microsoft.com", "")
        path, _, query = url.partition("?")
        for pattern, reason in REASONS:
            if pattern.search(url):
                return "skipped", reason
        if entry["file"] in SKIPPED:
            return "skipped", SKIPPED[entry["file"]]
        ours = self.path(path.removeprefix("/v1.0").rstrip("/"))
        if ours is None:
            return "skipped", "the demo tenant holds no such object"
        headers = {name: value for name, value in (request["headers"] or {}).items() if name.lower() == "consistencylevel"}
        body = self.body(request["body"], path=ours) if request["body"] is not None else None
        answer = self.twin.http.request(entry["method"], f"/v1.0{ours}" + (f"?{query}" if query else ""), headers=headers, json=body)
        if answer.status_code == 400 and "Resource not found for the segment" in answer.text:
            return "skipped", "the twin does not serve the path: " + (self.graph.operation(ours).template if self.graph.operation(ours) else ours)
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


def replay(work: pathlib.Path, oracle: pathlib.Path) -> int:
    replays = Replay(Twin(work, "examples"), Graph(oracle))
    results: dict[str, list] = collections.defaultdict(list)
    reasons: dict[str, int] = collections.Counter()
    for entry, file in examples(oracle):
        result, why = replays.one(entry, file)
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
