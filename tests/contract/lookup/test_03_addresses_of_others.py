"""Checklists 3, 6 and 7 for addresses: owners that are another tenant's, several, or named by a key that is none."""

from urllib.parse import quote

import pytest

from addresses.models import Address
from tenants.models import Tenant
from tests.api.caller import Caller
from tests.contract.lookup.below import ABSENT, HOME, Below
from tests.contract.lookup.served import Served
from tests.factories import make_address, make_record, put_in_bin, rows

REQUESTS = [
    ("GET", "", {}),
    ("POST", "", {"body": HOME}),
    ("POST", "/bulk", {"body": {"addresses": [HOME, {"code": "A"}]}}),
    ("GET", "/{}", {}),
    ("PATCH", "/{}", {"body": {"city": "Mine"}}),
    ("DELETE", "/{}", {}),
]
each_request = pytest.mark.parametrize(("method", "rest", "sent"), REQUESTS, ids=lambda value: str(value)[:12])


@each_request
def test_another_tenants_owner_is_not_found(
    owning: Served, tenant_b: Tenant, caller: Caller, method: str, rest: str, sent: dict
):
    theirs = make_record(owning.model, tenant_b, source="ERP", source_id="T-1")
    address = make_address(theirs, code="A", is_default=True)
    before = rows(Address), rows(owning.model)

    for key in (f"id/{theirs.pk}", "sourceId/T-1", "sourceId/T-1?source=ERP"):
        path, _, query = key.partition("?")
        reply = caller.call(method, f"/{owning.name}/{path}/addresses{rest.format(address.pk)}?{query}", **sent)
        name, _, value = path.partition("/")
        message = f"Parent resource [{owning.noun}] with {name} [{value}] not found"
        assert reply.error == (*owning.code(7, "Parent…NotFound", 404), [message])
    put_in_bin(theirs)
    reply = caller.call(method, f"/{owning.name}/id/{theirs.pk}/addresses{rest.format(address.pk)}", **sent)
    assert reply.code == owning.code(7, "Parent…NotFound", 404)
    assert {pk: values | {"deletion_id": None} for pk, values in rows(Address).items()} == before[0]


@each_request
def test_an_owner_that_does_not_exist(book: Below, method: str, rest: str, sent: dict):
    pk = book.added()

    for key in ("id/999999", "id/abc", "id/0", "sourceId/nobody", "sourceId/KL-42?source=WEB", "sourceId/%00"):
        path, _, query = key.partition("?")
        path = f"/{book.served.name}/{path}/addresses{rest.format(pk)}?{query}"
        assert book.caller.call(method, path, **sent).code == book.missing
    assert list(book.stored) == [pk]


@each_request
def test_several_owners_with_the_key(book: Below, tenant_a: Tenant, method: str, rest: str, sent: dict):
    make_record(book.served.model, tenant_a, source="WEB", source_id="KL-42")
    pk = book.added()
    path = f"/{book.served.name}/sourceId/KL-42/addresses{rest.format(pk)}"

    assert book.caller.call(method, path, **sent).code == book.served.several
    assert list(book.stored) == [pk]
    assert book.caller.call(method, f"{path}?source=ERP", **sent).status in {200, 201}
    mine = make_record(book.served.model, tenant_a, source="POS", source_id="KL-43")
    put_in_bin(make_record(book.served.model, tenant_a, source="WEB", source_id="KL-43"))
    address = make_address(mine, is_default=True)
    path = f"/{book.served.name}/sourceId/KL-43/addresses{rest.format(address.pk)}"
    assert book.caller.call(method, path, **sent).status in {200, 201}  # live matches win


@each_request
def test_a_lookup_key_that_is_none(book: Below, method: str, rest: str, sent: dict):
    message = "Invalid lookup key [{}], key must contain one of the following values: [id,sourceId]"

    for key in ("ID", "sourceid", "uid"):
        path = f"/{book.served.name}/{key}/{book.owner.pk}/addresses{rest.format(1)}"
        assert book.caller.call(method, path, **sent).error == (400, 10006, "InvalidLookupKey", [message.format(key)])


@pytest.mark.parametrize("key", ["a/b", "%", "x/addresses", "a/addresses/5", "é 😀", "pricing"])
def test_29_owners_are_found_by_keys_of_any_kind(owning: Served, caller: Caller, key: str):
    made = caller.post(f"/{owning.name}", {"source": "ERP", "sourceId": key})
    path = f"/{owning.name}/sourceId/{quote(key, safe='')}/addresses"

    address = caller.post(path, HOME)

    pk = address.data["id"]
    assert address.headers["Location"] == f"/v2/{owning.name}/id/{made.data['id']}/addresses/{pk}"
    assert caller.get(f"{path}/{pk}").data == address.data
    message = f"Address with id [0] not found for [{owning.name.capitalize()}] with sourceId [{key}]"
    assert caller.get(f"{path}/0").error == (*ABSENT, [message])


def test_contacts_have_none(tenant_a: Tenant, caller: Caller):
    """What would be the suffix belongs to the key of the contact."""
    contact = caller.post("/contacts", {"source": "ERP", "sourceId": "K"}).data["id"]

    assert caller.get(f"/contacts/id/{contact}/addresses").code == (404, 50006, "ContactNotFound")
    assert caller.post(f"/contacts/id/{contact}/addresses", HOME).code == (405, 10023, "MethodNotAllowed")
