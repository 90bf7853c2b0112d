"""The order of checks (lookup API contract, section 1): of several faults, the first in this order is told."""

from typing import Any, NamedTuple

import pytest

from tenants.models import Tenant
from tests.api.caller import Caller, make_caller
from tests.factories import make_customer, put_in_bin

HUGE = b" " * (33 * 1024 * 1024)
GOOD: Any = {"lastName": "X"}


class Fault(NamedTuple):
    """One thing wrong with a request, and the code that tells it."""

    code: int
    change: dict


# Every request below breaks this rule and all that follow it, as far as one request can.
PATCH_FAULTS = [
    Fault(10008, {"path": "/nothing/here"}),
    Fault(10023, {"method": "PUT"}),
    Fault(10025, {"body": HUGE}),
    Fault(10021, {"token": "unknown"}),
    Fault(10022, {"scopes": ("customers:read",)}),
    Fault(10024, {"content_type": "text/plain"}),
    Fault(10005, {"body": b"{"}),
    Fault(10006, {"path": "/customers/Id/{pk}"}),
    Fault(60006, {"path": "/customers/id/{absent}"}),
    Fault(60008, {"path": "/customers/id/{binned}"}),
    Fault(10026, {"if_match": '"0-0"'}),
    Fault(10007, {"body": {"lastNam": "X"}}),
    Fault(10017, {"body": {"email": "no address", "source": "ERP", "sourceId": "taken"}}),
    Fault(60004, {"body": {"source": "ERP", "sourceId": "taken"}}),
]


@pytest.mark.parametrize("first", range(len(PATCH_FAULTS)), ids=lambda index: str(PATCH_FAULTS[index].code))
def test_of_all_faults_the_first_is_told(tenant_a: Tenant, first: int):
    customer, binned = make_customer(tenant_a), make_customer(tenant_a)
    put_in_bin(binned)
    make_customer(tenant_a, source="ERP", source_id="taken")
    request: dict[str, Any] = {"method": "PATCH", "path": "/customers/id/{pk}", "body": GOOD, "scopes": ()}
    # The earlier fault wins where two want the same part of the request.
    for fault in reversed(PATCH_FAULTS[first:]):
        request |= fault.change
    caller = make_caller(tenant_a, *request.pop("scopes"))
    caller.token = request.pop("token", caller.token)
    path = request.pop("path").format(pk=customer.pk, binned=binned.pk, absent=customer.pk + 1000)
    method = request.pop("method")

    assert caller.call(method, path, **request).error[1] == PATCH_FAULTS[first].code


def test_rows_over_the_limit_come_before_their_shape(caller: Caller):
    assert caller.bulk("customers", [{"nonsense": 1}] * 10_001).error[1] == 10025


def test_a_bulk_key_is_told_before_the_shape_and_after_the_json(caller: Caller):
    assert caller.post("/customers/bulk/nothing", {"nonsense": 1}).error[1] == 10006
    assert caller.post("/customers/bulk/nothing", b"{").error[1] == 10005
