"""Checklist 32: the scopes of social security numbers, which customers and contacts have."""

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.contract.lookup.served import BY_NAME, Served
from tests.factories import make_record, rows

HAVING = [BY_NAME["customers"], BY_NAME["contacts"]]
every_holder = pytest.mark.parametrize("served", HAVING, ids=lambda served: served.name)
REFUSED = (403, 10022, "Forbidden", ["The access token lacks the scope [ssn:write]"])


@pytest.fixture
def blind(tenant_a: Tenant, caller: Caller) -> Caller:
    """A caller that may do everything but read or write social security numbers."""
    return make_caller(tenant_a, *(scope for scope in caller.client.scopes if not scope.startswith("ssn:")))


@every_holder
def test_reading(served: Served, tenant_a: Tenant, caller: Caller, blind: Caller):
    record = make_record(served.model, tenant_a, ssn="123456782")
    path = f"/{served.name}/id/{record.pk}"

    assert caller.get(path).data["ssn"] == "123456782"
    assert blind.get(path).data == caller.get(path).data | {"ssn": ""}
    assert blind.patch(path, {"lastName": "X"}).data["ssn"] == ""
    assert served.model.objects.get().ssn == "123456782"


@every_holder
def test_the_scope_to_read_is_not_the_scope_to_write(served: Served, tenant_a: Tenant, caller: Caller):
    reader = make_caller(tenant_a, *(scope for scope in caller.client.scopes if scope != "ssn:write"))
    writer = make_caller(tenant_a, *(scope for scope in caller.client.scopes if scope != "ssn:read"))
    path = f"/{served.name}/id/{make_record(served.model, tenant_a, ssn='123456782').pk}"

    assert reader.patch(path, {"ssn": "987654329"}).error == REFUSED
    assert reader.get(path).data["ssn"] == "123456782"
    assert writer.patch(path, {"ssn": "987654329"}).data["ssn"] == ""
    assert reader.get(path).data["ssn"] == "987654329"


@every_holder
@pytest.mark.parametrize("ssn", ["123456782", 123456782, "", None])
def test_writing(served: Served, tenant_a: Tenant, blind: Caller, ssn: object):
    """Clearing is writing: who is shown an empty value may well send it back."""
    record = make_record(served.model, tenant_a, ssn="987654329", source="E", source_id="1")
    before = rows(served.model)

    assert blind.post(f"/{served.name}", {"ssn": ssn}).error == REFUSED
    assert blind.patch(f"/{served.name}/id/{record.pk}", {"ssn": ssn}).error == REFUSED
    by_key = [{"source": "E", "sourceId": "2"}, {"source": "E", "sourceId": "1", "ssn": ssn}]
    assert blind.bulk(served.name, by_key).error == REFUSED
    assert blind.bulk(served.name, [{"id": record.pk, "ssn": ssn}], "id").error == REFUSED
    assert rows(served.model) == before


def test_those_who_have_none_need_no_scope(tenant_a: Tenant, blind: Caller):
    for name in ("users", "usergroups", "companies"):
        assert "ssn" not in blind.post(f"/{name}", {}).data
        assert blind.post(f"/{name}", {"ssn": "1"}).error[3] == ["#: extraneous key [ssn] is not permitted"]


@every_holder
def test_an_integer_is_stored_as_text(served: Served, caller: Caller):
    assert caller.post(f"/{served.name}", {"ssn": 123456782}).data["ssn"] == "123456782"
