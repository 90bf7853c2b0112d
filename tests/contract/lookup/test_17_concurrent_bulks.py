"""Checklist 17: bulks that share keys and run at the same time both finish, with every key once in the table."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tests.api.caller import Reply, make_caller
from tests.contract.lookup.served import Served
from tests.factories import make_tenant

KEYS = 300


@pytest.mark.django_db(transaction=True)
def test_concurrent_bulks(served: Served):
    caller = make_caller(make_tenant("a"))
    orders = []
    for seed in range(6):
        keys = list(range(KEYS))
        random.Random(seed).shuffle(keys)
        orders.append(keys)

    def push(number: int) -> Reply:
        try:
            rows = [{"source": "ERP", "sourceId": str(key), served.text: f"Versie {number}"} for key in orders[number]]
            return caller.bulk(served.name, rows)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        replies = list(pool.map(push, range(6)))

    assert [reply.status for reply in replies] == [200] * 6
    assert all(row["success"] for reply in replies for row in reply.data)
    assert sum(row["action"] == "create" for reply in replies for row in reply.data) == KEYS
    assert sorted(map(int, served.model.objects.values_list("source_id", flat=True))) == list(range(KEYS))
