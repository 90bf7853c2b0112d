"""Checklist 25: ETag and If-Match."""

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller
from tests.contract.lookup.served import Served
from tests.factories import make_record, rows


@pytest.fixture
def record(served: Served, tenant_a: Tenant):
    return make_record(served.model, tenant_a)


@pytest.mark.parametrize("sent", ['"{}-1"', '"9-9", "{}-1"', "*", "", 'W/"x", "{}-1"'])
def test_a_match_goes_through(served: Served, caller: Caller, record, sent: str):
    path = f"/{served.name}/id/{record.pk}"

    reply = caller.patch(path, {served.second: "X"}, if_match=sent.format(record.pk))

    assert (reply.status, reply.headers["ETag"]) == (200, f'"{record.pk}-2"')
    assert caller.delete(path, if_match=sent.replace("-1", "-2").format(record.pk)).status == 200


@pytest.mark.parametrize("sent", ['"{}-2"', "{}-1", 'W/"{}-1"', '"1"', "x", '"é"'])
def test_no_match_writes_nothing(served: Served, caller: Caller, record, sent: str):
    path, before = f"/{served.name}/id/{record.pk}", rows(served.model)

    for method, body in (("PATCH", {"body": {served.second: "X"}}), ("DELETE", {})):
        reply = caller.call(method, path, if_match=sent.format(record.pk), **body)
        assert reply.code == (412, 10026, "PreconditionFailed")
    assert rows(served.model) == before


def test_the_etag_moves_with_real_changes_only(served: Served, caller: Caller, record):
    path = f"/{served.name}/id/{record.pk}"

    tags = [caller.patch(path, {served.second: value}).headers["ETag"] for value in ("A", "A", "B")]

    assert tags == [f'"{record.pk}-2"', f'"{record.pk}-2"', f'"{record.pk}-3"']
    assert caller.get(path).headers["ETag"] == tags[-1]
