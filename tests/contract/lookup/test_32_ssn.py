"""Checklist 32: the scopes of social security numbers."""

import pytest

from customers.models import Customer
from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.factories import make_customer


@pytest.fixture
def blind(tenant_a: Tenant, caller: Caller) -> Caller:
    """A caller that may do everything but read or write social security numbers."""
    return make_caller(tenant_a, *(scope for scope in caller.client.scopes if not scope.startswith("ssn:")))


def test_reading(tenant_a: Tenant, caller: Caller, blind: Caller):
    customer = make_customer(tenant_a, ssn="123456782")
    path = f"/customers/id/{customer.pk}"

    assert caller.get(path).data["ssn"] == "123456782"
    assert blind.get(path).data["ssn"] == ""
    assert blind.patch(path, {"lastName": "X"}).data["ssn"] == ""
    assert Customer.objects.get().ssn == "123456782"


@pytest.mark.parametrize("ssn", ["123456782", 123456782, "", None])
def test_writing(tenant_a: Tenant, blind: Caller, ssn: object):
    """Clearing is writing: who is shown an empty value may well send it back."""
    customer = make_customer(tenant_a, ssn="987654329", source="E", source_id="1")
    refused = (403, 10022, "Forbidden", ["The access token lacks the scope [ssn:write]"])

    assert blind.post("/customers", {"ssn": ssn}).error == refused
    assert blind.patch(f"/customers/id/{customer.pk}", {"ssn": ssn}).error == refused
    rows = [{"source": "E", "sourceId": "2"}, {"source": "E", "sourceId": "1", "ssn": ssn}]
    assert blind.bulk("customers", rows).error == refused
    assert list(Customer.objects.values_list("ssn", flat=True)) == ["987654329"]


def test_an_integer_is_stored_as_text(caller: Caller):
    assert caller.post("/customers", {"ssn": 123456782}).data["ssn"] == "123456782"
