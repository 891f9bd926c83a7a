"""Asks the twins for everything they hold, so that the recording holds all of it for the schema to judge."""

import json
import pathlib
import ssl
import sys

import httpx

WORK = pathlib.Path(sys.argv[1])
CONTOSO = pathlib.Path(__file__).parents[2] / "daemon/twin/tenants/contoso.json"
# Rows of a collection that are asked for one by one.
SINGLE = 3
# Properties that Graph shows only if they are selected.
ON_DEMAND = {"/v1.0/users": "id,accountEnabled,userType,createdDateTime,assignedLicenses,signInActivity"}
# Collections that want a filter.
FILTERED = {
    "/v1.0/identityGovernance/privilegedAccess/group/": "?$filter=groupId eq '00000000-0000-0000-0000-000000000000'",
    "/v1.0/policies/roleManagementPolic": "?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'",
}
# The large tenant's generated collections, and how many pages of each are enough.
GENERATED = [
    "/v1.0/users?$top=999", "/v1.0/users?$top=500&$select=" + ON_DEMAND["/v1.0/users"],
    "/v1.0/reports/authenticationMethods/userRegistrationDetails?$top=999",
    "/v1.0/applications?$top=999&$expand=owners($select=id,displayName)", "/v1.0/servicePrincipals?$top=999",
    "/v1.0/identity/conditionalAccess/policies", "/v1.0/roleManagement/directory/roleAssignments",
    "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances",
]
PAGES = 3


def client(name: str) -> httpx.Client:
    base = (WORK / f"{name}.addresses").read_text().split()[1]
    return httpx.Client(base_url=base, verify=ssl.create_default_context(cafile=WORK / f"{name}.pem"))


def get(http: httpx.Client, url: str) -> dict:
    answer = http.get(url)
    assert answer.status_code == 200, (url, answer.status_code, answer.text)
    return answer.json()


def whole(http: httpx.Client, paths: list[str]) -> int:
    asked = 0
    for path in paths:
        wanted = next((query for start, query in FILTERED.items() if path.startswith(start)), "")
        urls = [path + wanted] + ([f"{path}?$select={ON_DEMAND[path]}"] if path in ON_DEMAND else [])
        rows = [row for url in urls for row in get(http, url).get("value", [])]
        ids = [row["id"] for row in rows[:SINGLE] if "id" in row and "/owners" not in path and "/members" not in path]
        for id in ids:
            get(http, f"{path}/{id}")
        asked += len(urls) + len(ids)
    return asked


def pages(http: httpx.Client, url: str) -> int:
    count = 0
    while url and count < PAGES:
        url = get(http, url).get("@odata.nextLink")
        count += 1
    return count


def main() -> None:
    held = json.loads(CONTOSO.read_text())["graph"]
    print(f"demo tenant: {whole(client('open'), list(held))} requests")
    large = client("large")
    print(f"large tenant: {sum(pages(large, url) for url in GENERATED)} requests")


main()
