"""How PostgreSQL goes about a statement."""

import json
from typing import Any

from django.db import connection


def plan_of(statement: str, parameters: Any = None) -> tuple[set[str], int]:
    """The indexes that a statement uses, and how many blocks it touches; a table that is read whole is named."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
        (plan,) = cursor.fetchone()
    (plan,) = json.loads(plan) if isinstance(plan, str) else plan
    used, waiting = set(), [plan["Plan"]]
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        if "Index Name" in node or node["Node Type"] == "Seq Scan":
            used.add(node.get("Index Name") or f"all of {node['Relation Name']}")
    return used, plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
