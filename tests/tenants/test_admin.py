"""Tenants, staff, API clients, organizations and stores in the admin: who looks after what."""

import pytest
from django.contrib.auth.hashers import check_password

from tenants.models import ApiClient, Membership, Organization, StaffAccount, Store, Tenant
from tests.factories import browser, make_api_client, make_staff
from tests.records.admin_pages import errors_of, fields_of, page, shown, texts

PASSWORD = "correct horse battery"


@pytest.fixture
def people(cast):
    return cast | {"sue": make_staff("Sue", is_superuser=True)}


@pytest.fixture
def surf(people):
    return lambda who: browser(people[who])


@pytest.fixture
def olivias(surf):
    return surf("olivia")


@pytest.mark.parametrize("model", [Membership, ApiClient, Organization, Store], ids=lambda model: model.__name__)
@pytest.mark.parametrize(
    ("who", "status"), [("vera", 403), ("eddie", 403), ("olivia", 200), ("tom", 200), ("sue", 200)]
)
def test_owners_look_after_their_tenant(surf, model, who, status):
    assert surf(who).get(page(model, "changelist")).status_code == status
    assert surf(who).get(page(model, "add")).status_code == status


@pytest.mark.parametrize("model", [Tenant, StaffAccount], ids=lambda model: model.__name__)
@pytest.mark.parametrize(
    ("who", "status"), [("vera", 403), ("eddie", 403), ("olivia", 403), ("tom", 403), ("sue", 200)]
)
def test_superusers_look_after_tenants_and_accounts(surf, model, who, status):
    assert surf(who).get(page(model, "changelist")).status_code == status


def test_lists_hold_the_rows_of_the_current_tenant(surf, tenant_a, tenant_b, people):
    ours, theirs = make_api_client(tenant_a), make_api_client(tenant_b)

    assert shown(surf("olivia").get(page(ApiClient, "changelist"))) == [ours]
    assert shown(surf("tom").get(page(ApiClient, "changelist"))) == [theirs]
    members = [membership.staff for membership in shown(surf("olivia").get(page(Membership, "changelist")))]
    assert members == [people["eddie"], people["olivia"], people["vera"]]


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize(("model", "statements"), [(Membership, 10), (ApiClient, 10), (Store, 10)])
def test_the_number_of_statements_of_a_list(olivias, tenant_a, django_assert_num_queries, rows, model, statements):
    organization = Organization.objects.create(tenant=tenant_a, uid="o", name="O")
    for number in range(rows):
        make_staff("", (tenant_a, "viewer"))
        make_api_client(tenant_a)
        Store.objects.create(tenant=tenant_a, organization=organization, uid=f"s{number}", name=f"S{number}")

    # session, account, access; savepoint, time limit, count, keys, rows, release; the other tenants for the menu
    with django_assert_num_queries(statements):
        olivias.get(page(model, "changelist"))


def test_an_owner_adds_a_colleague(olivias, tenant_a):
    fields = fields_of(olivias.get(page(Membership, "add")))
    fields |= {"email": "Nora@Staff.example", "display_name": "Nora", "role": "editor", "password": PASSWORD}

    assert olivias.post(page(Membership, "add"), fields).status_code == 302

    nora = StaffAccount.objects.get(email="nora@staff.example")
    assert (nora.display_name, nora.is_superuser, check_password(PASSWORD, nora.password)) == ("Nora", False, True)
    assert list(nora.memberships.values_list("tenant", "role")) == [(tenant_a.pk, "editor")]


def test_what_the_verb_refuses_stands_at_its_field(olivias):
    fields = fields_of(olivias.get(page(Membership, "add")))
    fields |= {"email": "nora@staff.example", "role": "editor", "password": "short"}

    response = olivias.post(page(Membership, "add"), fields)

    assert list(errors_of(response)) == ["password"]
    assert StaffAccount.objects.filter(email="nora@staff.example").count() == 0


def test_nobody_changes_their_own_role_or_removes_themselves(olivias, people, tenant_a):
    own = people["olivia"].memberships.get()
    fields = {"email": people["olivia"].email, "display_name": "", "role": "viewer", "password": ""}

    assert errors_of(olivias.post(page(Membership, "add"), fields)) == {"email": ["You cannot change your own role."]}
    assert olivias.post(page(Membership, "change", own.pk), {"role": "viewer"}).status_code == 403
    assert olivias.post(page(Membership, "delete", own.pk), {"post": "yes"}).status_code == 403
    assert Membership.objects.get(pk=own.pk).role == "owner"


def test_an_owner_changes_and_removes_a_colleague(olivias, people):
    eddies = people["eddie"].memberships.get()

    olivias.post(page(Membership, "change", eddies.pk), {"role": "viewer"})
    assert Membership.objects.get(pk=eddies.pk).role == "viewer"

    olivias.post(page(Membership, "delete", eddies.pk), {"post": "yes"})
    assert not Membership.objects.filter(pk=eddies.pk).exists()
    assert StaffAccount.objects.filter(pk=people["eddie"].pk).exists()


def test_the_secret_of_a_new_client_is_shown_once(olivias, tenant_a):
    fields = fields_of(olivias.get(page(ApiClient, "add")), name="Till", scopes=["customers:read"], permissions=[])

    response = olivias.post(page(ApiClient, "add"), fields | {"requests_per_minute": "60"})

    client = ApiClient.objects.get(tenant=tenant_a)
    secret = response.context_data["secret"]
    assert (client.name, client.scopes, client.requests_per_minute) == ("Till", ["customers:read"], 60)
    assert check_password(secret, client.client_secret)
    assert secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert secret not in olivias.get(page(ApiClient, "change", client.pk)).content.decode()
    assert client.client_secret not in olivias.get(page(ApiClient, "change", client.pk)).content.decode()


def test_a_client_without_any_right_is_refused(olivias):
    fields = fields_of(olivias.get(page(ApiClient, "add")), name="Till", scopes=[], permissions=[])

    assert errors_of(olivias.post(page(ApiClient, "add"), fields)) == {
        "scopes": ["Give the client at least one scope or permission."]
    }


def test_changing_rotating_and_revoking_a_client(olivias, tenant_a):
    client = make_api_client(tenant_a)
    fields = fields_of(olivias.get(page(ApiClient, "change", client.pk)), scopes=["users:read"], permissions=[])

    olivias.post(page(ApiClient, "change", client.pk), fields | {"name": "Renamed"})
    rotated = olivias.post(page(ApiClient, "rotate", client.pk))
    revoked = olivias.post(page(ApiClient, "revoke", client.pk), follow=True)

    client.refresh_from_db()
    assert (client.name, client.scopes, client.is_active) == ("Renamed", ["users:read"], False)
    assert check_password(rotated.context_data["secret"], client.client_secret)
    assert texts(revoked) == ["Renamed is revoked and gets no token any more."]


@pytest.mark.parametrize("name", ["rotate", "revoke"])
@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("eddie", 403), ("tom", 404)])
def test_others_leave_a_client_alone(surf, tenant_a, name, who, status):
    client = make_api_client(tenant_a)
    before = ApiClient.objects.values().get()

    assert surf(who).post(page(ApiClient, name, client.pk)).status_code == status
    assert ApiClient.objects.values().get() == before


@pytest.mark.parametrize("name", ["rotate", "revoke"])
def test_a_link_changes_no_client(olivias, tenant_a, name):
    client = make_api_client(tenant_a)
    before = ApiClient.objects.values().get()

    assert olivias.get(page(ApiClient, name, client.pk)).status_code == 302
    assert ApiClient.objects.values().get() == before


def test_organizations_and_stores_of_the_own_tenant(olivias, tenant_a, tenant_b):
    theirs = Organization.objects.create(tenant=tenant_b, uid="main", name="Theirs")
    olivias.post(page(Organization, "add"), {"name": "Ours", "uid": "main"})
    ours = Organization.objects.get(tenant=tenant_a)

    again = olivias.post(page(Organization, "add"), {"name": "Twice", "uid": "main"})
    foreign = olivias.post(page(Store, "add"), {"name": "S", "uid": "s", "organization": theirs.pk, "is_active": "on"})
    olivias.post(page(Store, "add"), {"name": "S", "uid": "s", "organization": ours.pk, "is_active": "on"})

    assert list(errors_of(again)) == ["__all__"]
    assert list(errors_of(foreign)) == ["organization"]
    assert list(Store.objects.values_list("tenant", "organization")) == [(tenant_a.pk, ours.pk)]


def test_a_superuser_makes_a_tenant_and_keeps_its_uid(surf):
    sue = surf("sue")
    fields = {"name": "Shops of C", "uid": "c", "country": "BE", "currency": "EUR"}

    sue.post(page(Tenant, "add"), fields)

    tenant = Tenant.objects.get(uid="c")
    fields = fields_of(
        sue.get(page(Tenant, "change", tenant.pk)), name="Shops of Cé", uid="other", reason_rule="mandatory"
    )
    sue.post(page(Tenant, "change", tenant.pk), fields)
    tenant.refresh_from_db()
    assert (tenant.uid, tenant.name, tenant.reason_rule) == ("c", "Shops of Cé", "mandatory")


def test_a_superuser_gives_an_account_a_new_password(surf, people):
    sue = surf("sue")
    fields = fields_of(sue.get(page(StaffAccount, "change", people["eddie"].pk)), new_password=PASSWORD)

    sue.post(page(StaffAccount, "change", people["eddie"].pk), fields)
    weak = sue.post(page(StaffAccount, "change", people["eddie"].pk), fields | {"new_password": "1"})

    assert check_password(PASSWORD, StaffAccount.objects.get(pk=people["eddie"].pk).password)
    assert list(errors_of(weak)) == ["new_password"]


def test_a_superuser_cannot_lock_themselves_out(surf, people):
    sue = surf("sue")
    fields = fields_of(sue.get(page(StaffAccount, "change", people["sue"].pk)))
    del fields["is_active"]

    assert list(errors_of(sue.post(page(StaffAccount, "change", people["sue"].pk), fields))) == ["is_active"]


@pytest.mark.parametrize("path", ["oauth2_provider/accesstoken/", "oauth2_provider/grant/", "auth/group/"])
def test_tokens_and_groups_have_no_page(surf, path):
    assert surf("sue").get(f"/admin/{path}").status_code == 404
