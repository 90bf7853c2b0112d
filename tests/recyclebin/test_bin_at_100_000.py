"""The bin list with 100,000 deletions: how many rows PostgreSQL reads for a page, a search, a filter, a chunk of a job.

Rows, not seconds: they are the same on every machine. What cannot be bounded by an index says here how much it reads.
"""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recyclebin.models import Deletion
from recyclebin.restore_runs import Chosen
from tests.factories import browser, integration_of
from tests.records.admin_pages import page, shown

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

LIST = page(Deletion, "changelist")
BINNED = 100_000
SCANS = ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan")

# Every thousandth is a user of an integration's, the others customers of a member of staff.
FILL = """
INSERT INTO recyclebin_deletion (id, operation, tenant_id, label, root_type, root_id, root_source, root_source_id,
    staff_id, client_id, actor, origin, reason, counts, deleted_at, expires_at, state, restored_by, purge_origin,
    purge_reason, purged_by, sought)
SELECT gen_random_uuid(), gen_random_uuid(), %(tenant)s, 'Robin Meander ' || n,
    CASE WHEN n %% 1000 = 0 THEN 'users.user' ELSE 'customers.customer' END, %(first)s + n, 'ERP', 'KL-' || n,
    CASE WHEN n %% 1000 = 0 THEN NULL ELSE %(staff)s::bigint END, CASE WHEN n %% 1000 = 0 THEN %(client)s::bigint END,
    'somebody', CASE WHEN n %% 1000 = 0 THEN 'lookup_api' ELSE 'admin' END, 'closed in round ' || n %% 7,
    '{"customers.customer": 1}', now() - make_interval(mins => n::int), now() + make_interval(days => 30), %(state)s,
    '', '', '', '',
    format(E' robin meander %%s\\n robin%%s@people.example\\n kl-%%s\\n closed in round %%s\\n', n, n, n, n %% 7)
  FROM generate_series(1, %(number)s) n
"""


@pytest.fixture
def shelves(olivia, tenant_a, tenant_b):
    """100,000 in the bin of tenant A, 20,000 in that of B, and 20,000 that A restored."""
    client = integration_of(tenant_a).client
    of_a = {"tenant": tenant_a.pk, "staff": olivia.pk, "client": client.pk}
    with connection.cursor() as cursor:
        cursor.execute(FILL, of_a | {"first": 0, "number": BINNED, "state": "binned"})
        cursor.execute(FILL, of_a | {"first": 200_000, "number": 20_000, "state": "restored"})
        foreign = {"tenant": tenant_b.pk, "staff": None, "client": None}
        cursor.execute(FILL, foreign | {"first": 400_000, "number": 20_000, "state": "binned"})
        cursor.execute("SELECT gin_clean_pending_list('deletion_sought_idx'), 1")
        cursor.execute("ANALYZE recyclebin_deletion")
    return {"client": client.pk, "staff": olivia.pk}


def rows_read(captured) -> list[int]:
    """For each statement that reads deletions, how many rows its scans looked at."""
    return [_read(_plan(query["sql"])) for query in captured if 'FROM "recyclebin_deletion"' in query["sql"]]


def _plan(statement):
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement.replace("%", "%%"), [])
        found = cursor.fetchone()[0]
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def _read(node) -> int:
    own = 0
    if node["Node Type"] in SCANS:
        removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        own = round((node["Actual Rows"] + removed) * node["Actual Loops"])
    return own + sum(map(_read, node.get("Plans", ())))


def test_what_is_read(shelves, olivia, tenant_a):
    surf = browser(olivia)
    few, once = 400, BINNED + 40_000 + 100
    limits = {
        "": once,  # the count: the table once when nearly all of it counts, the index otherwise; it ends at 100,000
        "?p=1500": 2 * once,  # a deep page walks the index to where it is
        "?q=77123": few,
        "?q=robin77123@people.example": few,
        "?q=kl-77123": few,
        "?q=nobody-like-this": few,
        "?q=meander+77123": few,
        "?type=users.user": few,
        f"?actor=client-{shelves['client']}": few,
        "?deleted_at_from=2100-01-01": few,
        "?deleted_at_to=1999-12-31": few,
        "?state=purged": few,
    }
    read = {}
    for query in limits:
        with CaptureQueriesContext(connection) as captured:
            response = surf.get(LIST + query)
        assert response.status_code == 200, query
        read[query] = sum(rows_read(captured))

    assert {query: number for query, number in read.items() if number > limits[query]} == {}
    assert [each.root_id for each in shown(surf.get(f"{LIST}?q=robin77123@people.example"))] == [77123]
    assert [each.root_id for each in shown(surf.get(f"{LIST}?q=77123"))] == [77123]
    assert surf.get(f"{LIST}?q=meander").context_data["cl"].paginator.label == "more than 10,000"

    chosen = Chosen(filter={}).of(tenant_a).filter(root_type="customers.customer", root_id__gt=50_000)
    with CaptureQueriesContext(connection) as captured:
        assert len(chosen.order_by("root_id").only("pk", "root_id", "counts")[:500]) == 500
    assert sum(rows_read(captured)) <= 600
