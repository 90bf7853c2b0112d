"""Checklist 16: directives, in both forms."""

import pytest

from customers.models import Customer
from tenants.models import Tenant
from tests.api.caller import Caller
from tests.factories import make_customer, make_usergroup


def both_forms(operation: str, *fields: str) -> list:
    return [{operation: list(fields)}, [{"operation": operation, "fields": list(fields)}]]


@pytest.mark.parametrize("directives", both_forms("skipIfNotEmpty", "firstName", "phone"))
def test_skip_if_not_empty(tenant_a: Tenant, caller: Caller, directives):
    make_customer(tenant_a, source="E", source_id="1", first_name="Robin", phone="", last_name="Oud")
    row = {"source": "E", "sourceId": "1", "firstName": "Anders", "phone": "020", "lastName": "Nieuw"}

    assert caller.bulk("customers", [row], directives=directives).data[0]["changed"] is True

    stored = Customer.objects.get()
    assert (stored.first_name, stored.phone, stored.last_name) == ("Robin", "020", "Nieuw")


@pytest.mark.parametrize("directives", both_forms("skipIfNotEmpty", "parent"))
def test_skip_if_not_empty_for_the_parent(tenant_a: Tenant, caller: Caller, directives):
    old, new = make_usergroup(tenant_a), make_usergroup(tenant_a)
    make_customer(tenant_a, source="E", source_id="1", usergroup=old)
    make_customer(tenant_a, source="E", source_id="2")
    rows = [{"source": "E", "sourceId": key, "parent": {"id": new.pk}} for key in ("1", "2")]

    reply = caller.bulk("customers", rows, directives=directives)

    assert [row["changed"] for row in reply.data] == [False, True]
    assert dict(Customer.objects.values_list("source_id", "usergroup")) == {"1": old.pk, "2": new.pk}


@pytest.mark.parametrize("directives", both_forms("skipMoveOnUpdate"))
def test_skip_move_on_update(tenant_a: Tenant, caller: Caller, directives):
    old, new = make_usergroup(tenant_a), make_usergroup(tenant_a)
    make_customer(tenant_a, source="E", source_id="1", usergroup=old)
    rows = [{"source": "E", "sourceId": key, "parent": {"id": new.pk}} for key in ("1", "2")]

    reply = caller.bulk("customers", rows, directives=directives)

    assert [(row["action"], row.get("changed")) for row in reply.data] == [("update", False), ("create", None)]
    assert dict(Customer.objects.values_list("source_id", "usergroup")) == {"1": old.pk, "2": new.pk}


@pytest.mark.parametrize("directives", both_forms("skipCreate"))
def test_skip_create(tenant_a: Tenant, caller: Caller, directives):
    make_customer(tenant_a, source="E", source_id="1")

    reply = caller.bulk(
        "customers", [{"source": "E", "sourceId": key, "lastName": "X"} for key in ("2", "1")], directives=directives
    )

    assert reply.data[0] == {
        "action": "create",
        "code": 60006,
        "error": "Customer with sourceId [2] not found",
        "key": "2",
        "lookupKey": "sourceId",
        "success": False,
        "type": "CustomerNotFound",
    }
    assert reply.data[1]["success"] is True
    assert list(Customer.objects.values_list("source_id", flat=True)) == ["1"]


@pytest.mark.parametrize(
    "directives",
    [None, {}, [], *both_forms("mergeTranslationsOnUpdate"), [{"operation": "mergeTranslationsOnUpdate"}]],
)
def test_directives_without_effect(caller: Caller, directives):
    reply = caller.bulk("customers", [{"source": "E", "sourceId": "1"}], directives=directives)

    assert reply.data[0]["success"] is True


@pytest.mark.parametrize(
    "directives", [*both_forms("skipAll"), *both_forms("skipIfNotEmpty", "lastName", "surname"), {"": []}]
)
def test_unknown_directives_and_fields(caller: Caller, directives):
    reply = caller.bulk("customers", [{"source": "E", "sourceId": "1"}], directives=directives)

    assert reply.code == (400, 10017, "PayloadValidationError")
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    ("directives", "message"),
    [
        ("skipCreate", "#/directives: expected type: JSONObject, found: String"),
        ({"skipCreate": True}, "#/directives/skipCreate: expected type: JSONArray, found: Boolean"),
        ([{"fields": []}], "#/directives/0: required key [operation] not found"),
        ([{"operation": "skipCreate", "when": 1}], "#/directives/0: extraneous key [when] is not permitted"),
        ({"skipIfNotEmpty": [1]}, "#/directives/skipIfNotEmpty/0: expected type: String, found: Integer"),
    ],
)
def test_malformed_directives(caller: Caller, directives, message: str):
    reply = caller.bulk("customers", [{"source": "E", "sourceId": "1"}], directives=directives)

    assert reply.error == (400, 10007, "SchemaValidationException", [message])
