"""Create, rotate and revoke an API client: the verbs."""

import datetime

import pytest
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from tenants.actors import Actor, staff_actor, system_actor
from tenants.errors import PermissionDenied
from tenants.models import ApiClient
from tenants.scopes import SCOPES
from tenants.verbs import change_api_client, create_api_client, revoke_api_client, rotate_api_client
from tests.factories import make_api_client, make_tenant

AccessToken = get_access_token_model()


def make_token(client: ApiClient, text: str) -> None:
    AccessToken.objects.create(
        application=client, token=text, scope="customers:read", expires=timezone.now() + datetime.timedelta(hours=1)
    )


def tokens() -> list[str]:
    return sorted(AccessToken.objects.values_list("application__name", flat=True))


def test_a_new_client_holds_what_was_granted_and_nothing_else(actor: Actor) -> None:
    expires_at = timezone.now() + datetime.timedelta(days=1)

    issued = create_api_client(
        actor=actor,
        name=" Webshop ",
        scopes=["customers:write", "customers:read", "customers:read"],
        permissions=["TENANT.ACCESS"],
        read_only=True,
        expires_at=expires_at,
    )

    stored = ApiClient.objects.values(
        "tenant__uid",
        "name",
        "scopes",
        "permissions",
        "read_only",
        "expires_at",
        "is_active",
        "client_type",
        "authorization_grant_type",
        "user",
        "redirect_uris",
    )
    assert list(stored) == [
        {
            "tenant__uid": "a",
            "name": "Webshop",
            "scopes": ["customers:read", "customers:write"],
            "permissions": ["TENANT.ACCESS"],
            "read_only": True,
            "expires_at": expires_at,
            "is_active": True,
            "client_type": "confidential",
            "authorization_grant_type": "client-credentials",
            "user": None,
            "redirect_uris": "",
        }
    ]
    assert ApiClient.objects.get().client_id == issued.client.client_id


def test_the_secret_is_stored_as_a_hash_only_and_hidden_from_logs(actor: Actor) -> None:
    issued = create_api_client(actor=actor, name="Webshop", scopes=SCOPES)

    stored = ApiClient.objects.get().client_secret
    assert check_password(issued.secret, stored)
    assert len(issued.secret) == 64
    assert issued.secret not in repr(issued)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenants_apiclient c WHERE c::text LIKE %s", [f"%{issued.secret}%"])
        assert cursor.fetchone() == (0,)


def test_every_secret_is_another(actor: Actor) -> None:
    secrets = {create_api_client(actor=actor, name=f"Shop {n}", scopes=SCOPES).secret for n in range(3)}

    assert len(secrets) == 3


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        ({"scopes": ["customers:fly"]}, "scopes", f"Unknown: customers:fly. Valid are: {', '.join(SCOPES)}."),
        (
            {"permissions": ["TENANT.ALL"]},
            "permissions",
            "Unknown: TENANT.ALL. Valid are: TENANT.ACCESS, TENANT.BACKOFFICE, TENANT.ADMIN.",
        ),
        ({"scopes": []}, "scopes", "Give the client at least one scope or permission."),
        ({"name": "  "}, "name", "Give the client a name."),
        (
            {"expires_at": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)},
            "expires_at",
            "This moment has passed already.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(actor: Actor, changed, field, message) -> None:
    with pytest.raises(ValidationError) as refused:
        create_api_client(**{"actor": actor, "name": "Webshop", "scopes": ["customers:read"]} | changed)

    assert refused.value.message_dict == {field: [message]}
    assert list(ApiClient.objects.all()) == []


@pytest.mark.parametrize("who", ["eddie", "vera", "tom"])
def test_only_an_owner_of_the_tenant_handles_its_clients(cast, tenant_a, integration, who) -> None:
    stranger = staff_actor(cast[who], tenant_a)

    for call in (
        lambda: create_api_client(actor=stranger, name="Webshop", scopes=SCOPES),
        lambda: rotate_api_client(actor=stranger, client=integration),
        lambda: revoke_api_client(actor=stranger, client=integration),
    ):
        with pytest.raises(PermissionDenied, match=r"TENANT\.ADMIN"):
            call()

    integration.refresh_from_db()
    assert (integration.is_active, check_password("secret", integration.client_secret)) == (True, True)
    assert ApiClient.objects.count() == 1


def test_an_owner_of_another_tenant_does_not_reach_the_client_from_there(tom, tenant_b, integration) -> None:
    elsewhere = staff_actor(tom, tenant_b)

    for verb in (rotate_api_client, revoke_api_client):
        with pytest.raises(PermissionDenied):
            verb(actor=elsewhere, client=integration)


def test_rotating_replaces_the_secret_and_ends_the_tokens_of_this_client_only(actor, integration) -> None:
    other = make_api_client(make_tenant("b"), name="Other")
    make_token(integration, "first")
    make_token(integration, "second")
    make_token(other, "third")

    issued = rotate_api_client(actor=actor, client=integration)

    integration.refresh_from_db()
    assert check_password(issued.secret, integration.client_secret)
    assert not check_password("secret", integration.client_secret)
    assert tokens() == ["Other"]


def test_rotating_a_revoked_client_is_refused(actor, integration) -> None:
    revoke_api_client(actor=actor, client=integration)

    with pytest.raises(ValidationError, match="is revoked"):
        rotate_api_client(actor=actor, client=integration)

    integration.refresh_from_db()
    assert check_password("secret", integration.client_secret)


def test_revoking_ends_the_client_and_its_tokens_only(actor, integration) -> None:
    other = make_api_client(integration.tenant, name="Other")
    make_token(integration, "first")
    make_token(other, "second")

    assert revoke_api_client(actor=actor, client=integration) is True
    assert revoke_api_client(actor=actor, client=integration) is False

    states = ApiClient.objects.order_by("pk").values_list("pk", "is_active")
    assert list(states) == [(integration.pk, False), (other.pk, True)]
    assert tokens() == ["Other"]


def test_changing_a_client_keeps_its_secret_and_its_tokens(actor, integration) -> None:
    make_token(integration, "first")
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    wanted = {
        "name": "Till",
        "scopes": ["customers:read"],
        "permissions": ["TENANT.ACCESS"],
        "read_only": True,
        "expires_at": past,
        "requests_per_minute": 60,
    }

    change_api_client(actor=actor, client=integration, **wanted)

    assert ApiClient.objects.values(*wanted).get() == wanted
    integration.refresh_from_db()
    assert (integration.is_usable(), check_password("secret", integration.client_secret)) == (False, True)
    assert tokens() == ["Till"]


@pytest.mark.parametrize(("changed", "field"), [({"name": " "}, "name"), ({"scopes": ["fly"]}, "scopes")])
def test_a_change_that_makes_no_sense_is_refused_by_field(actor, tenant_b, integration, changed, field) -> None:
    values = {
        "name": "Till",
        "scopes": ["customers:read"],
        "permissions": [],
        "read_only": False,
        "expires_at": None,
        "requests_per_minute": 60,
    }
    name = integration.name

    with pytest.raises(ValidationError) as refused:
        change_api_client(actor=actor, client=integration, **values | changed)
    assert list(refused.value.message_dict) == [field]
    with pytest.raises(PermissionDenied):
        change_api_client(actor=system_actor(tenant_b, "test"), client=integration, **values)

    integration.refresh_from_db()
    assert integration.name == name


def test_credentials_that_are_known_already_can_be_brought_back(tenant_a) -> None:
    issued = create_api_client(
        actor=system_actor(tenant_a, "test"), name="Demo", scopes=SCOPES, client_id="known-id", secret="known-secret"
    )

    stored = ApiClient.objects.get()
    assert (stored.client_id, issued.secret) == ("known-id", "known-secret")
    assert check_password("known-secret", stored.client_secret)


@pytest.mark.parametrize("held", [1, 30])
def test_rotating_costs_the_same_however_many_tokens_there_are(
    actor, integration, django_assert_num_queries, held
) -> None:
    for number in range(held):
        make_token(integration, f"token-{number}")

    with django_assert_num_queries(7):
        rotate_api_client(actor=actor, client=integration)

    assert tokens() == []
