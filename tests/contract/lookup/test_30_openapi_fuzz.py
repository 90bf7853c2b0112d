"""Checklist 30: nothing that an OpenAPI fuzzer sends brings about a 500, or an answer that the document does not name.

Schemathesis reads the document and makes requests from it, good ones and broken ones, one operation in each test. Half
of the requests are aimed at records that exist: a key out of the blue leads nowhere.
"""

import os
from collections import Counter
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import CheckContext, not_a_server_error
from schemathesis.core.failures import Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tenants.models import Tenant
from tests.api.caller import make_caller
from tests.contract.lookup.openapi_world import OPERATIONS, Told, told
from tests.contract.lookup.served import BY_NAME
from tests.factories import make_address, make_record, put_in_bin

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

MINIMUM = 100
EXAMPLES = int(os.environ.get("OPENAPI_EXAMPLES", "60"))
"""Requests of each kind, good and broken, for an operation: together at least the minimum."""
LIVE = 40
HTTP_HEADERS = {
    *("content-type", "content-length", "content-disposition", "cache-control", "pragma", "vary"),
    *("x-content-type-options", "x-frame-options", "referrer-policy", "cross-origin-opener-policy"),
}
"""Headers that need no word in the document: those of HTTP and of browsers."""


def documented_headers(ctx: CheckContext, response: Response, case: Case) -> None:
    """Every header that an answer carries is in the document."""
    operation = Told(case.operation.path, case.operation.method)
    documented = {name.lower() for name in operation.responses[str(response.status_code)].get("headers", {})}
    unknown = set(response.headers) - documented - HTTP_HEADERS
    if unknown:
        raise Failure(operation=case.operation.label, title="Undocumented header", message=", ".join(sorted(unknown)))


def broken_is_refused(ctx: CheckContext, response: Response, case: Case) -> None:
    """A body that breaks the document is refused; in a bulk, at least one of its rows is."""
    assert case.meta
    if case.meta.is_negative_at(ParameterLocation.BODY) and response.status_code < 400:
        rows = response.json()["data"]
        if not (isinstance(rows, list) and any(not row["success"] for row in rows)):
            raise Failure(operation=case.operation.label, title="A broken body is taken", message=str(case.body)[:500])


CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    documented_headers,
    broken_is_refused,
]


@pytest.fixture
def targets(operation: Told, tenant_a: Tenant, tenant_b: Tenant) -> list[dict[str, Any]]:
    """What the parts of the path may be, so that they lead somewhere: to live records most of the time, to one in the
    bin, one whose key two sources have, and one of another tenant."""
    served = BY_NAME.get(operation.path.split("/")[2])
    if served is None or "{" not in operation.path:
        return [{}]
    live = [make_record(served.model, tenant_a, source="ERP", source_id=f"K-{number}") for number in range(LIVE)]
    doubled = make_record(served.model, tenant_a, source="shop", source_id="K-0")
    binned = make_record(served.model, tenant_a, source="ERP", source_id="gone")
    foreign = make_record(served.model, tenant_b, source="ERP", source_id="theirs")
    found = [{"id": record.pk, "sourceId": record.source_id} for record in (*live, doubled, binned, foreign)]
    if "addressId" in operation.path:
        found = [target | {"addressId": make_address(record).pk} for target, record in zip(found, live, strict=False)]
    put_in_bin(binned)
    return [{}, *found]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_nothing_breaks_it(operation: Told, targets: list[dict[str, Any]], tenant_a: Tenant):
    schema = schemathesis.openapi.from_dict(told())
    schema.app = get_wsgi_application()
    headers = {"Authorization": f"Bearer {make_caller(tenant_a).token}", "Accept-Encoding": "identity"}
    statuses: Counter[int] = Counter()

    def fuzz(mode: GenerationMode) -> None:
        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(schema[operation.path][operation.method].as_strategy(generation_mode=mode), st.sampled_from(targets))
        def send(case: Case, target: dict[str, Any]) -> None:
            assert case.meta
            if not case.meta.is_negative_at(ParameterLocation.PATH):
                case.path_parameters |= {name: target.get(name, sent) for name, sent in case.path_parameters.items()}
            response = case.call(headers=headers)
            statuses[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

        send()

    fuzz(GenerationMode.POSITIVE)
    fuzz(GenerationMode.NEGATIVE if operation.can_be_broken else GenerationMode.POSITIVE)

    assert statuses.total() >= MINIMUM, statuses
