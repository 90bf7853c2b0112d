"""3. A token of tenant A on tenant B and on an unknown tenant: two 404 bodies, equal but for instance and requestId."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.caller import Caller

PATHS = ["/stores", "/stores/theirs", "/stores/nowhere"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
@pytest.mark.parametrize("path", PATHS)
def test_another_tenant_is_like_none(caller: Caller, stores: object, path: str, method: str):
    caller.get("/tenants/a/stores")  # the token is known by now
    bodies, statements = [], []
    for tenant in ("b", "unknown", "A", "%00", "x" * 200):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = caller.call(method, f"/tenants/{tenant}{path}", b"{broken")
        assert answer.problem == (404, "TENANT_NOT_FOUND")
        bodies.append({**answer.body, "instance": "", "requestId": ""})
        statements.append([query["sql"] for query in captured])

    assert bodies == [bodies[0]] * 5
    assert statements == [[]] * 5


def test_a_store_of_another_tenant_is_like_none(caller: Caller, stores: object):
    caller.get("/tenants/a/stores")
    answers, statements = [], []
    for uid in ("theirs", "nowhere"):
        with CaptureQueriesContext(connection) as captured:
            answers.append(caller.get(f"/tenants/a/stores/{uid}"))
        statements.append([query["sql"].replace(uid, "?") for query in captured])

    assert [answer.problem for answer in answers] == [(404, "STORE_NOT_FOUND")] * 2
    assert statements[0] == statements[1] != []
    bodies = [{**answer.body, "instance": "", "requestId": ""} for answer in answers]
    assert bodies[0] == bodies[1]
