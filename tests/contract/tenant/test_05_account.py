"""5. POST /account with right data; the access token reads its tenant and is 401 after one hour."""

import gzip
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenants.actors import staff_actor
from tenants.credentials import Device, Token
from tenants.models import Membership, StaffAccount, Store, Tenant
from tenants.token_verbs import issue_auth_token, issue_integration_token, unlink_device
from tenants.verbs import change_password
from tests.api.caller import Caller
from tests.contract.tenant.conftest import PASSWORD, five_seconds_pass, tenant_caller, token_caller, user_caller
from tests.factories import make_staff, owner_of


@pytest.fixture
def login(till: Caller, eddies_code: str) -> dict[str, str]:
    """Eddie's login at the till."""
    return {"userCode": eddies_code, "password": PASSWORD}


def as_stored(moment) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.mark.parametrize("path", ["/account", "/v2/account", "/account/", "/v2/account/"])
def test_a_login(till: Caller, login: dict[str, str], eddie: StaffAccount, stores: list[Store], path: str):
    StaffAccount.objects.filter(pk=eddie.pk).update(
        first_name="Eddie", last_name="Ek", mobile="+47 912 34 567", language_code="nb-NO"
    )
    eddie.memberships.update(default_store=stores[0])

    answer = till.post(path, login)

    member = Membership.objects.get(staff=eddie)
    assert answer.status == 200
    assert list(answer.body) == ["accessToken", "expiresIn", "tenantUser"]
    assert (answer.body["expiresIn"], len(answer.body["accessToken"]) > 43) == (3600, True)
    assert list(answer.body["tenantUser"].items()) == [
        ("tenantUserUid", str(eddie.pk)),
        ("tenantUid", "a"),
        ("tenantName", "Shops of A"),
        ("userCode", "17"),
        ("displayName", "Eddie"),
        ("firstname", "Eddie"),
        ("lastname", "Ek"),
        ("email", "eddie@staff.example"),
        ("mobile", "+47 912 34 567"),
        ("languageCode", "nb-NO"),
        ("accountType", "FULL"),
        ("status", "ACTIVE"),
        ("tenantRole", "ACCESS"),
        ("permissions", ["TENANT.ACCESS"]),
        ("readOnly", False),
        ("defaultStoreUid", "oslo"),
        ("storeAccess", []),
        ("createdAt", as_stored(member.created_at)),
        ("lastModifiedAt", as_stored(member.modified_at)),
    ]
    assert token_caller(answer.body["accessToken"]).get("/tenants/a/stores").status == 200


def test_an_access_token_is_over_after_an_hour(till: Caller, login: dict[str, str]):
    user = token_caller(till.post("/account", login).body["accessToken"])
    (token,) = Token.objects.filter(kind="access")
    assert token.expires_at - token.created_at == pytest.approx(timedelta(hours=1), abs=timedelta(seconds=1))
    assert user.get("/tenants/a/stores").status == 200
    Token.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    five_seconds_pass()

    assert user.get("/tenants/a/stores").problem == (401, "INVALID_TOKEN")


def test_only_a_hash_is_kept(till: Caller, login: dict[str, str]):
    text = till.post("/account", login).body["accessToken"]

    stored = repr([list(row.values()) for row in Token.objects.values()])
    assert text not in stored
    assert text.rpartition("_")[2] not in stored


def test_an_access_token_is_for_its_tenant(tenant_a: Tenant, tenant_b: Tenant):
    nina = make_staff("Nina", (tenant_a, "editor"), (tenant_b, "viewer"))
    user = user_caller(nina, tenant_a)

    assert user.get("/tenants/a/stores").status == 200
    assert user.get("/tenants/b/stores").problem == (404, "TENANT_NOT_FOUND")


def test_an_auth_token_is_exchanged(tenant_a: Tenant, tenant_b: Tenant, eddie: StaffAccount):
    auth = token_caller(issue_auth_token(staff=eddie).text)

    answers = [auth.call("POST", f"{prefix}/tenants/a/account") for prefix in ("", "/v2")] + [
        auth.post("/tenants/a/account/", {})
    ]

    assert [answer.status for answer in answers] == [200] * 3
    assert list(answers[0].body) == ["accessToken", "expiresIn", "tenantUser"]
    assert answers[0].body["tenantUser"]["tenantUid"] == "a"
    assert token_caller(answers[0].body["accessToken"]).get("/tenants/a/stores").status == 200


def test_a_tenant_that_the_user_does_not_work_in_is_like_none(eddie: StaffAccount, tenant_b: Tenant):
    auth = token_caller(issue_auth_token(staff=eddie).text)
    auth.get("/account")
    bodies, statements = [], []
    for uid in ("b", "unknown", "%00"):
        with CaptureQueriesContext(connection) as captured:
            answer = auth.post(f"/tenants/{uid}/account", {})
        assert answer.problem == (404, "TENANT_NOT_FOUND")
        bodies.append({**answer.body, "instance": "", "requestId": ""})
        statements.append(len(captured))

    assert bodies == [bodies[0]] * 3
    assert statements == [statements[0]] * 3


def test_which_token_is_accepted_where(
    caller: Caller, till: Caller, eddie: StaffAccount, tenant_a: Tenant, stores: list[Store]
):
    integration = issue_integration_token(actor=owner_of(tenant_a), client=caller.client).text
    callers = {
        "client": caller,
        "integration": token_caller(integration),
        "access": user_caller(eddie, tenant_a),
        "auth": token_caller(issue_auth_token(staff=eddie).text),
        "device": till,
    }
    calls = [("GET", "/tenants/a/stores"), ("GET", "/account"), ("POST", "/tenants/a/account"), ("POST", "/account")]

    told = {name: [one.call(*call).status for call in calls] for name, one in callers.items()}

    assert told == {
        "client": [200, 200, 401, 401],
        "integration": [200, 200, 401, 401],
        "access": [200, 200, 401, 401],
        "auth": [401, 200, 200, 401],
        "device": [401, 401, 401, 400],
    }
    assert caller.get("/v2/customers", authorization=f"Bearer {integration}").code == (401, 10021, "Unauthorized")


def test_who_an_api_client_is(tenant_a: Tenant):
    client = tenant_caller(tenant_a, "TENANT.ACCESS", "TENANT.BACKOFFICE", read_only=True, name="Webshop")

    answer = client.get("/account")

    assert (answer.status, answer.body["globalRoles"], answer.body["defaultTenantUid"]) == (200, [], "a")
    (told,) = answer.body["tenants"]
    assert [told[name] for name in ("userCode", "firstname", "lastname", "email", "mobile", "languageCode")] == [""] * 6
    assert (told["displayName"], told["tenantUserUid"]) == ("Webshop", client.client.client_id)
    assert (told["permissions"], told["readOnly"], told["tenantRole"]) == (
        ["TENANT.ACCESS", "TENANT.BACKOFFICE"],
        True,
        "BACKOFFICE",
    )


def test_a_user_of_two_tenants(tenant_a: Tenant, tenant_b: Tenant, django_assert_num_queries):
    Tenant.objects.create(uid="c", name="Not hers")
    Tenant.objects.create(uid="d", name="Asleep", is_active=False).memberships.create(
        staff=make_staff("Other"), role="owner"
    )
    nina = make_staff("Nina", (tenant_a, "owner"), (tenant_b, "viewer"))
    auth = token_caller(issue_auth_token(staff=nina).text)
    auth.get("/account")

    with django_assert_num_queries(2):
        answer = auth.get("/account")

    assert [(one["tenantUid"], one["tenantRole"], one["readOnly"]) for one in answer.body["tenants"]] == [
        ("a", "ADMIN", False),
        ("b", "ACCESS", True),
    ]
    assert answer.body["defaultTenantUid"] == "a"
    assert user_caller(nina, tenant_b).get("/account").body["defaultTenantUid"] == "b"


@pytest.mark.parametrize(
    "ending",
    [
        lambda eddie, device: StaffAccount.objects.filter(pk=eddie.pk).update(is_active=False),
        lambda eddie, device: change_password(account=eddie, password="another long password"),
        lambda eddie, device: unlink_device(actor=owner_of(device.tenant), device=device),
        lambda eddie, device: Tenant.objects.update(is_active=False),
    ],
    ids=["deactivated", "another password", "device unlinked", "tenant switched off"],
)
def test_what_ends_access_tokens(till: Caller, login: dict[str, str], eddie: StaffAccount, ending):
    user = token_caller(till.post("/account", login).body["accessToken"])
    assert user.get("/tenants/a/stores").status == 200
    ending(eddie, Device.objects.get())
    five_seconds_pass()

    assert user.get("/tenants/a/stores").problem == (401, "INVALID_TOKEN")


def test_an_auth_token_ends_with_the_password_and_one_of_another_user_does_not(
    eddie: StaffAccount, olivia: StaffAccount
):
    eddies, olivias = (token_caller(issue_auth_token(staff=staff).text) for staff in (eddie, olivia))
    change_password(account=eddie, password="another long password")

    assert [one.get("/account").status for one in (eddies, olivias)] == [401, 200]


def test_an_unlinked_device_logs_nobody_in(till: Caller, login: dict[str, str], olivia: StaffAccount, tenant_a: Tenant):
    unlink_device(actor=staff_actor(olivia, tenant_a), device=Device.objects.get())

    assert till.post("/account", login).problem == (401, "INVALID_TOKEN")


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("/userCode", "REQUIRED"), ("/password", "REQUIRED")]),
        ({"userCode": "", "password": None}, [("/userCode", "REQUIRED"), ("/password", "REQUIRED")]),
        ({"userCode": 17, "password": ["x"]}, [("/userCode", "WRONG_TYPE"), ("/password", "WRONG_TYPE")]),
        ({"userCode": "17", "password": "x", "a/b": 1}, [("/a~1b", "UNKNOWN_MEMBER")]),
        ({"userCode": "1" * 256, "password": "x" * 4097}, [("/userCode", "TOO_LONG"), ("/password", "TOO_LONG")]),
        ([], [("", "WRONG_TYPE")]),
    ],
)
def test_a_body_that_is_not_valid(till: Caller, body: object, faults: list[tuple[str, str]]):
    answer = till.post("/account", body)

    assert (answer.problem, answer.faults) == ((422, "VALIDATION_FAILED"), faults)


@pytest.mark.parametrize(
    ("body", "headers", "problem"),
    [
        (b"", {}, (400, "MALFORMED_JSON")),
        (b"{", {}, (400, "MALFORMED_JSON")),
        (b'{"userCode": "1", "userCode": "2", "password": "x"}', {}, (400, "MALFORMED_JSON")),
        (b'{"userCode": "1\\u0000", "password": "x"}', {}, (400, "MALFORMED_JSON")),
        (b'{"userCode": "\xff"}', {}, (400, "MALFORMED_JSON")),
        (b"[" * 40 + b"]" * 40, {}, (400, "MALFORMED_JSON")),
        (b"{}", {"content_type": "text/plain"}, (415, "UNSUPPORTED_MEDIA_TYPE")),
        (b"{}", {"content_type": ""}, (415, "UNSUPPORTED_MEDIA_TYPE")),
        (b"{}", {"content_type": "application/merge-patch+json"}, (415, "UNSUPPORTED_MEDIA_TYPE")),
        (b"{}", {"content_type": "application/json; charset=latin-1"}, (415, "UNSUPPORTED_MEDIA_TYPE")),
        (b"{}", {"content-encoding": "br"}, (415, "UNSUPPORTED_MEDIA_TYPE")),
        (b" " * (1024 * 1024 + 1), {}, (413, "PAYLOAD_TOO_LARGE")),
    ],
)
def test_a_body_that_is_none(till: Caller, body: bytes, headers: dict[str, str], problem: tuple[int, str]):
    assert till.post("/account", body, **headers).problem == problem


def test_a_body_that_grows_when_it_is_unpacked(till: Caller, login: dict[str, str]):
    bomb = gzip.compress(b" " * (1024 * 1024 + 1))
    packed = gzip.compress(json.dumps(login).encode())

    assert till.post("/account", bomb, **{"content-encoding": "gzip"}).problem == (413, "PAYLOAD_TOO_LARGE")
    assert till.post("/account", packed, **{"content-encoding": "gzip"}).status == 200


def test_an_exchange_takes_no_members(eddie: StaffAccount):
    answer = token_caller(issue_auth_token(staff=eddie).text).post("/tenants/a/account", {"life": 9})

    assert (answer.problem, answer.faults) == ((422, "VALIDATION_FAILED"), [("/life", "UNKNOWN_MEMBER")])
