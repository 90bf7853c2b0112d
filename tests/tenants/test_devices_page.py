"""Devices, integration tokens, user codes and stores in the admin."""

import re

import pytest
from django.test import Client

from tenants.credentials import Device, Token
from tenants.models import ApiClient, Membership, Organization, Store
from tenants.token_verbs import find_token, issue_integration_token, link_device
from tests.factories import browser, make_api_client, make_staff, owner_of
from tests.records.admin_pages import errors_of, fields_of, page, shown, texts


@pytest.fixture
def olivias(olivia) -> Client:
    return browser(olivia)


def token_on(response) -> str:
    (text,) = re.findall(r'<code class="secret" id="token">([^<]+)</code>', response.content.decode())
    return text


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("eddie", 403), ("olivia", 200), ("tom", 200)])
def test_owners_look_after_devices(cast, who, status):
    assert browser(cast[who]).get(page(Device, "changelist")).status_code == status
    assert browser(cast[who]).get(page(Device, "add")).status_code == status


def test_a_device_is_linked_and_its_token_is_shown_once(olivias, tenant_a, tenant_b):
    link_device(actor=owner_of(tenant_b), name="Theirs")
    answer = olivias.post(page(Device, "add"), {"name": "Till 1"})

    text = token_on(answer)
    device = Device.objects.get(tenant=tenant_a)
    assert "no-store" in answer.headers["Cache-Control"]
    assert (find_token(text).device, device.name, device.linked_by) == (device, "Till 1", "Olivia")
    assert shown(olivias.get(page(Device, "changelist"))) == [device]
    assert text not in olivias.get(page(Device, "change", device.pk)).content.decode()


def test_a_device_needs_a_name(olivias):
    assert errors_of(olivias.post(page(Device, "add"), {"name": " "})) == {"name": ["This field is required."]}
    assert Device.objects.count() == 0


def test_a_device_is_unlinked(olivias, tenant_a):
    issued = link_device(actor=owner_of(tenant_a), name="Till 1")
    device = issued.token.device

    answer = olivias.post(page(Device, "unlink", device.pk), follow=True)

    assert texts(answer) == ["Till 1 is unlinked."]
    assert b"Unlink this device" not in answer.content
    assert find_token(issued.text) is None


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("eddie", 403), ("tom", 404)])
def test_nobody_else_unlinks_it(cast, tenant_a, who, status):
    issued = link_device(actor=owner_of(tenant_a), name="Till 1")

    answer = browser(cast[who]).post(page(Device, "unlink", issued.token.device_id))

    assert answer.status_code == status
    assert find_token(issued.text) == issued.token


def test_an_integration_token_is_made_shown_once_and_revoked(olivias, integration):
    address = page(ApiClient, "change", integration.pk)

    text = token_on(olivias.post(page(ApiClient, "token", integration.pk), {"token_name": "Nightly"}))

    token = find_token(text)
    listed = olivias.get(address).content.decode()
    assert (token.client, token.name, token.expires_at) == (integration, "Nightly", None)
    assert ("Nightly" in listed, text in listed) == (True, False)
    answer = olivias.post(page(ApiClient, "end_token", integration.pk, token.pk), follow=True)
    assert texts(answer) == ["The token is revoked. It stops working within 5 seconds."]
    assert (find_token(text), Token.objects.count()) == (None, 0)


def test_a_get_makes_and_ends_nothing(olivias, integration):
    issued = issue_integration_token(actor=owner_of(integration.tenant), client=integration)
    for address in (
        page(ApiClient, "token", integration.pk),
        page(ApiClient, "end_token", integration.pk, issued.token.pk),
    ):
        assert olivias.get(address).status_code == 302
    assert list(Token.objects.all()) == [issued.token]


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("eddie", 403), ("tom", 404)])
def test_nobody_else_has_a_say_about_tokens(cast, integration, who, status):
    issued = issue_integration_token(actor=owner_of(integration.tenant), client=integration)
    surf = browser(cast[who])

    assert surf.post(page(ApiClient, "token", integration.pk)).status_code == status
    assert surf.post(page(ApiClient, "end_token", integration.pk, issued.token.pk)).status_code == status
    assert list(Token.objects.all()) == [issued.token]


def test_a_token_of_another_client_is_not_ended(olivias, integration, tenant_a):
    issued = issue_integration_token(actor=owner_of(tenant_a), client=make_api_client(tenant_a))

    olivias.post(page(ApiClient, "end_token", integration.pk, issued.token.pk))

    assert find_token(issued.text) == issued.token


def test_a_revoked_client_gets_none_and_loses_those_it_has(olivias, integration):
    issued = issue_integration_token(actor=owner_of(integration.tenant), client=integration)
    olivias.post(page(ApiClient, "revoke", integration.pk))

    answer = olivias.post(page(ApiClient, "token", integration.pk), follow=True)

    assert texts(answer)[-1:] == ["This API client is revoked: a token would not work. Create another client."]
    assert (find_token(issued.text), Token.objects.count()) == (None, 0)


def change_member(olivias, member: Membership, **changes: str):
    address = page(Membership, "change", member.pk)
    return olivias.post(address, fields_of(olivias.get(address), **changes))


def test_a_member_gets_a_code_and_a_store(olivias, eddie, tenant_a):
    organization = Organization.objects.create(tenant=tenant_a, uid="o", name="O")
    store = Store.objects.create(tenant=tenant_a, organization=organization, uid="s", name="S")
    member = eddie.memberships.get()

    answer = change_member(olivias, member, user_code="17", default_store=str(store.pk))

    after = eddie.memberships.get()
    assert answer.status_code == 302
    assert (after.role, after.user_code, after.default_store) == ("editor", "17", store)
    assert after.modified_at > member.modified_at
    change_member(olivias, after)
    assert eddie.memberships.get().modified_at == after.modified_at


def test_a_code_is_unique_in_the_tenant_and_in_no_other(olivias, eddie, vera, tom):
    vera.memberships.update(user_code="17")
    tom.memberships.update(user_code="99")

    taken = change_member(olivias, eddie.memberships.get(), user_code="17")
    malformed = change_member(olivias, eddie.memberships.get(), user_code="1 7")
    free = change_member(olivias, eddie.memberships.get(), user_code="99")

    assert errors_of(taken) == {"user_code": ["Somebody else in this tenant has this user code."]}
    assert list(errors_of(malformed)) == ["user_code"]
    assert (free.status_code, eddie.memberships.get().user_code) == (302, "99")


def test_a_store_of_another_tenant_is_not_offered(olivias, eddie, tenant_b):
    organization = Organization.objects.create(tenant=tenant_b, uid="o", name="O")
    theirs = Store.objects.create(tenant=tenant_b, organization=organization, uid="s", name="S")

    answer = change_member(olivias, eddie.memberships.get(), default_store=str(theirs.pk))

    assert list(errors_of(answer)) == ["default_store"]


def test_a_new_member_with_a_code(olivias, tenant_a):
    values = {"email": "new@staff.example", "display_name": "New", "role": "editor", "user_code": "18"}
    answer = olivias.post(page(Membership, "add"), values | {"password": "correct horse battery", "default_store": ""})

    assert answer.status_code == 302
    assert Membership.objects.get(staff__email="new@staff.example").user_code == "18"


def test_a_store_is_changed_and_says_when(olivias, tenant_a):
    organization = Organization.objects.create(tenant=tenant_a, uid="o", name="O")
    store = Store.objects.create(tenant=tenant_a, organization=organization, uid="s", name="S")
    address = page(Store, "change", store.pk)

    same = olivias.post(address, fields_of(olivias.get(address)))
    unchanged = Store.objects.get()
    olivias.post(address, fields_of(olivias.get(address), city="Hamar", country="NO", external_id="S-1"))
    wrong = olivias.post(address, fields_of(olivias.get(address), country="no"))

    after = Store.objects.get()
    assert (same.status_code, unchanged.modified_at) == (302, store.modified_at)
    assert (after.city, after.country, after.external_id) == ("Hamar", "NO", "S-1")
    assert after.modified_at > store.modified_at
    assert errors_of(wrong) == {"country": ["Use the two capital letters of ISO 3166-1."]}


def test_a_superuser_without_a_membership_links_devices(tenant_a):
    answer = browser(make_staff("Sue", is_superuser=True)).post(page(Device, "add"), {"name": "Till 9"})

    assert find_token(token_on(answer)).device.tenant == tenant_a
