"""Microsoft's Python clients against the twin over TLS: every way to sign in, paging, a typed 404, a 429 that
is retried, a PATCH, and a policy created and deleted. Ends with an error at the first surprise."""

import asyncio
import json
import pathlib
import ssl
import sys
import uuid

import httpx
import jwt
from azure.identity import CertificateCredential, ClientSecretCredential, WorkloadIdentityCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.conditional_access_applications import ConditionalAccessApplications
from msgraph.generated.models.conditional_access_client_app import ConditionalAccessClientApp
from msgraph.generated.models.conditional_access_condition_set import ConditionalAccessConditionSet
from msgraph.generated.models.conditional_access_grant_control import ConditionalAccessGrantControl
from msgraph.generated.models.conditional_access_grant_controls import ConditionalAccessGrantControls
from msgraph.generated.models.conditional_access_policy import ConditionalAccessPolicy
from msgraph.generated.models.conditional_access_policy_state import ConditionalAccessPolicyState
from msgraph.generated.models.conditional_access_users import ConditionalAccessUsers
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.user import User
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core import GraphClientFactory

SCOPE = "https://graph.microsoft.com/.default"
WORK = pathlib.Path(sys.argv[1])
KNOWN = json.loads((WORK / "judge.json").read_text())
AUTHORITY = (WORK / "strict.addresses").read_text().split()[1]
CA = str(WORK / "strict.pem")


def credentials() -> dict:
    """The twin is its own authority, so nobody asks Microsoft whether it is one."""
    common = {"authority": AUTHORITY, "disable_instance_discovery": True, "connection_verify": CA}
    tenant, client = KNOWN["tenant"], KNOWN["client"]
    return {
        "secret": ClientSecretCredential(tenant, client, KNOWN["secret"], **common),
        "certificate": CertificateCredential(tenant, client, str(WORK / "certificate.pem"), **common),
        "workload identity": WorkloadIdentityCredential(
            tenant_id=tenant, client_id=client, token_file_path=str(WORK / "federated.jwt"), **common
        ),
    }


def sign_in(name: str, credential) -> None:
    token = credential.get_token(SCOPE)
    claims = jwt.decode(token.token, options={"verify_signature": False})
    assert claims["appid"] == KNOWN["client"] and "User.ReadWrite.All" in claims["roles"], claims
    print(f"token by {name}")


def graph(credential) -> GraphServiceClient:
    http = httpx.AsyncClient(verify=ssl.create_default_context(cafile=CA))
    http = GraphClientFactory.create_with_default_middleware(client=http)
    provider = AzureIdentityAuthenticationProvider(credential, scopes=[SCOPE], allowed_hosts=["127.0.0.1"])
    adapter = GraphRequestAdapter(provider, client=http)
    adapter.base_url = f"{AUTHORITY}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


async def pages(client: GraphServiceClient) -> None:
    parameters = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(select=["id", "userType"], top=77)
    page = await client.users.get(request_configuration=RequestConfiguration(query_parameters=parameters))
    ids, count = [user.id for user in page.value], 1
    while page.odata_next_link:
        page = await client.users.with_url(page.odata_next_link).get()
        ids += [user.id for user in page.value]
        count += 1
    assert len(ids) == len(set(ids)) == KNOWN["users"], (len(ids), len(set(ids)), KNOWN["users"])
    print(f"{len(ids)} users in {count} pages, each once")


async def missing(call, code: str) -> None:
    try:
        await call
    except ODataError as error:
        assert error.response_status_code == 404 and error.error.code == code, error
        assert error.error.inner_error.request_id, "no request id"
        print(f"404 as ODataError with {code}")
        return
    raise AssertionError("found what is not there")


async def patched(client: GraphServiceClient) -> None:
    page = await client.users.get()
    user = client.users.by_user_id(page.value[40].id)
    await user.patch(User(job_title="Judge"))
    assert (await user.get()).job_title == "Judge"
    print("PATCH of a user, read back")


def policy() -> ConditionalAccessPolicy:
    return ConditionalAccessPolicy(
        display_name="Foreign judge",
        state=ConditionalAccessPolicyState.Disabled,
        conditions=ConditionalAccessConditionSet(
            client_app_types=[ConditionalAccessClientApp.All],
            applications=ConditionalAccessApplications(include_applications=["All"]),
            users=ConditionalAccessUsers(include_users=["All"]),
        ),
        grant_controls=ConditionalAccessGrantControls(
            operator="OR", built_in_controls=[ConditionalAccessGrantControl.Mfa]
        ),
    )


async def policies(client: GraphServiceClient) -> None:
    """Conditional Access has one request per second: the client is refused and tries again by itself."""
    builder = client.identity.conditional_access.policies
    made = await builder.post(policy())
    assert made.id and made.created_date_time and made.state == ConditionalAccessPolicyState.Disabled, made
    one = builder.by_conditional_access_policy_id(made.id)
    await one.patch(ConditionalAccessPolicy(display_name="Foreign judge, changed"))
    assert (await one.get()).display_name == "Foreign judge, changed"
    await one.delete()
    await missing(one.get(), "Request_ResourceNotFound")
    print("policy created, changed, deleted")


def refused() -> int:
    lines = (WORK / "strict.jsonl").read_text().splitlines()
    return sum(json.loads(line)["status"] == 429 for line in lines)


async def main() -> None:
    known = credentials()
    for name, credential in known.items():
        sign_in(name, credential)
    client = graph(known["certificate"])
    await pages(client)
    await missing(client.users.by_user_id(str(uuid.uuid4())).get(), "Request_ResourceNotFound")
    await patched(client)
    await policies(client)
    assert refused(), "nothing was throttled"
    print(f"{refused()} answers 429, each tried again by the client")


asyncio.run(main())
