"""The commands of the tenants room: what they print, and what they say when they refuse."""

import getpass
import io
import json
import sys

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.utils.dateparse import parse_datetime

from tenants.models import ApiClient, Membership, StaffAccount, Tenant
from tenants.scopes import SCOPES
from tests.factories import make_api_client, make_staff, make_tenant

pytestmark = pytest.mark.django_db

GOOD = "winterdorp-lange-weg"


def run(*arguments: str) -> tuple[str, str]:
    """Run a command; what it wrote to standard output and to standard error."""
    out, err = io.StringIO(), io.StringIO()
    call_command(*arguments, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    return str(refused.value)


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def prompted(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Someone at a terminal who answers the prompts."""
    left = list(answers)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda prompt: left.pop(0))


def test_create_tenant() -> None:
    assert run("create_tenant", "north", "--name", "Shops of the North") == (
        "Created the tenant Shops of the North with the uid north.\n",
        "",
    )
    out, _ = run("create_tenant", "south", "--name", "South", "--json")
    assert json.loads(out) == {"uid": "south", "name": "South"}
    assert sorted(Tenant.objects.values_list("uid", flat=True)) == ["north", "south"]


def test_create_tenant_says_what_is_wrong() -> None:
    make_tenant("taken")

    assert refusal("create_tenant", "taken", "--name", "North") == "uid: Tenant with this Uid already exists."
    assert refusal("create_tenant", "a b", "--name", "North") == (
        "uid: Use 1 to 64 letters, digits, hyphens or underscores, and nothing else."
    )
    assert refusal("create_tenant", "north") == "Error: the following arguments are required: --name"


def test_create_api_client_prints_the_secret_once(tenant_a: Tenant) -> None:
    out, err = run("create_api_client", "--tenant", "a", "--name", "Till", "--scope", "customers:read", "bulk:write")

    client = ApiClient.objects.get()
    lines = dict(line.split(":", 1) for line in out.splitlines())
    assert lines["client_id"].strip() == client.client_id
    assert check_password(lines["client_secret"].strip(), client.client_secret)
    assert err == "Created the API client Till of Shops of A. Keep the secret: it is not shown again.\n"
    assert (client.tenant, client.scopes) == (tenant_a, ["customers:read", "bulk:write"])


def test_create_api_client_for_a_program(tenant_a: Tenant) -> None:
    out, err = run(
        *("create_api_client", "--tenant", "a", "--name", "Till", "--all-scopes", "--json"),
        *("--permission", "TENANT.ACCESS", "--permission", "TENANT.ADMIN", "--expires", "2999-12-31"),
    )

    client = ApiClient.objects.get()
    printed = json.loads(out)
    assert (list(printed), err) == (["client_id", "client_secret"], "")
    assert printed["client_id"] == client.client_id
    assert check_password(printed["client_secret"], client.client_secret)
    assert (client.scopes, client.permissions) == (list(SCOPES), ["TENANT.ACCESS", "TENANT.ADMIN"])
    assert client.expires_at == parse_datetime("2999-12-31T00:00:00Z")


def test_create_api_client_says_what_is_wrong(tenant_a: Tenant) -> None:
    base = ("create_api_client", "--tenant", "a", "--name", "Till")

    assert refusal(*base, "--scope", "fly") == f"scopes: Unknown: fly. Valid are: {', '.join(SCOPES)}."
    assert refusal(*base) == "scopes: Give the client at least one scope or permission."
    assert refusal(*base, "--all-scopes", "--expires", "soon") == (
        "[soon] is not a date or date-time. Examples: 2030-01-31, 2030-01-31T18:00:00Z."
    )
    assert refusal(*base, "--all-scopes", "--expires", "2030-02-31").startswith("[2030-02-31] is not a date")
    assert refusal(*base, "--all-scopes", "--expires", "2020-01-31") == "expires_at: This moment has passed already."
    assert "not allowed with" in refusal(*base, "--all-scopes", "--scope", "bulk:write")
    assert list(ApiClient.objects.all()) == []


def test_an_unknown_tenant_is_answered_with_those_there_are() -> None:
    base = ("create_api_client", "--tenant", "x", "--name", "Till", "--all-scopes")

    assert refusal(*base) == "No tenant has the uid [x]. There is none yet: create one with create_tenant."
    for number in range(10):
        make_tenant(f"t{number}")
    ten = "t0, t1, t2, t3, t4, t5, t6, t7, t8, t9"
    assert refusal(*base) == f"No tenant has the uid [x]. There are: {ten}."
    make_tenant("u")
    assert refusal(*base) == f"No tenant has the uid [x]. There are: {ten}, …."


def test_rotate_api_client(integration: ApiClient) -> None:
    out, err = run("rotate_api_client", integration.client_id)
    shown = out.split()[-1]
    integration.refresh_from_db()
    assert check_password(shown, integration.client_secret)
    assert "no longer work" in err

    out, err = run("rotate_api_client", integration.client_id, "--json")
    integration.refresh_from_db()
    assert json.loads(out)["client_id"] == integration.client_id
    assert check_password(json.loads(out)["client_secret"], integration.client_secret)
    assert not check_password(shown, integration.client_secret)
    assert err == ""


def test_revoke_api_client(integration: ApiClient) -> None:
    key = integration.client_id
    out, _ = run("revoke_api_client", key)
    assert out == f"Revoked the API client {integration} of Shops of A: it and its tokens no longer work.\n"
    assert run("revoke_api_client", key)[0] == f"The API client {integration} of Shops of A was revoked before.\n"
    out, _ = run("revoke_api_client", key, "--json")
    assert json.loads(out) == {"client_id": key, "revoked": True, "was_active": False}
    assert refusal("rotate_api_client", key).startswith("This API client is revoked")
    integration.refresh_from_db()
    assert integration.is_active is False


@pytest.mark.parametrize("command", ["rotate_api_client", "revoke_api_client"])
def test_an_unknown_client_is_answered_with_those_there_are(command: str) -> None:
    assert refusal(command, "x") == (
        "No API client has the id [x]. There is none yet: create one with create_api_client."
    )
    make_api_client(make_tenant("a"), name="Till", client_id="till-1")
    assert refusal(command, "x") == "No API client has the id [x]. There are: till-1 (Till, a)."


def staff_arguments(role: str = "editor") -> tuple[str, ...]:
    return ("create_staff", "--email", "Nora@Shops.Example", "--role", role, "--tenant", "a")


def test_create_staff_with_the_password_from_standard_input(tenant_a: Tenant, monkeypatch) -> None:
    typed(monkeypatch, f"{GOOD}\nnot this line\n")

    out, _ = run(*staff_arguments(), "--password-stdin", "--name", "Nora")

    account = StaffAccount.objects.get()
    assert out == "Created the account nora@shops.example: editor in Shops of A.\n"
    assert (account.display_name, account.is_superuser, account.check_password(GOOD)) == ("Nora", False, True)
    assert list(Membership.objects.values_list("tenant__uid", "role")) == [("a", "editor")]


def test_create_staff_asks_for_the_password_twice(tenant_a: Tenant, monkeypatch) -> None:
    prompted(monkeypatch, GOOD, "something else")
    assert refusal(*staff_arguments()) == "The two passwords differ. Nothing was created."
    assert list(StaffAccount.objects.all()) == []

    prompted(monkeypatch, GOOD, GOOD)
    run(*staff_arguments())
    assert StaffAccount.objects.get().check_password(GOOD)


def test_create_staff_without_a_terminal_points_at_the_option(tenant_a: Tenant, monkeypatch) -> None:
    typed(monkeypatch, GOOD)

    assert refusal(*staff_arguments()) == "There is no terminal to ask for a password. Use --password-stdin."


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("", "password: A new account needs a password."),
        ("\n", "password: A new account needs a password."),
        ("meander\n", "password: This password is too short. It must contain at least 10 characters."),
    ],
)
def test_create_staff_says_what_is_wrong_with_a_password(tenant_a: Tenant, monkeypatch, password, message) -> None:
    typed(monkeypatch, password)

    assert refusal(*staff_arguments(), "--password-stdin") == message
    assert list(StaffAccount.objects.all()) == []


def test_create_staff_for_an_account_that_exists_asks_no_password(tenant_a: Tenant, tenant_b: Tenant) -> None:
    make_staff("Nora", (tenant_b, "owner"), email="nora@shops.example")

    assert run(*staff_arguments("viewer"))[0] == (
        "The account nora@shops.example existed already and is now viewer in Shops of A, too. It keeps its password.\n"
    )
    assert run(*staff_arguments("viewer"))[0] == (
        "The account nora@shops.example is viewer in Shops of A already. It keeps its password.\n"
    )
    assert run(*staff_arguments("owner"))[0] == (
        "The account nora@shops.example was viewer in Shops of A and is now owner. It keeps its password.\n"
    )
    assert sorted(Membership.objects.values_list("tenant__uid", "role")) == [("a", "owner"), ("b", "owner")]


def test_create_staff_tells_of_superusers_and_deactivated_accounts(tenant_a: Tenant) -> None:
    make_staff("Nora", email="nora@shops.example", is_active=False)

    out, _ = run(*staff_arguments("viewer"), "--superuser")

    assert out == (
        "The account nora@shops.example existed already and is now viewer in Shops of A, too. It keeps its password."
        " It is a superuser: it may do all, in every tenant."
        " It is deactivated and cannot log in until someone activates it in the admin.\n"
    )


def test_create_staff_for_a_program(tenant_a: Tenant, monkeypatch) -> None:
    typed(monkeypatch, GOOD)

    out, _ = run(*staff_arguments(), "--password-stdin", "--superuser", "--json")

    assert json.loads(out) == {
        "email": "nora@shops.example",
        "created": True,
        "tenant": "a",
        "role": "editor",
        "role_before": None,
        "superuser": True,
    }


def test_create_staff_knows_its_roles(tenant_a: Tenant) -> None:
    assert "invalid choice: 'king'" in refusal(
        "create_staff", "--email", "n@shops.example", "--role", "king", "--tenant", "a"
    )


@pytest.mark.parametrize(
    "command", ["create_tenant", "create_api_client", "rotate_api_client", "revoke_api_client", "create_staff"]
)
def test_every_command_has_help(command: str, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        run(command, "--help")

    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out
