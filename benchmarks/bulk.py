"""10,000-row upserts over HTTP against psycopg's COPY and one merge, and against plain Django REST framework.

python -m benchmarks.bulk [--rounds 5] [--rows 10000] [--table 200000] [--check]
"""

import argparse
import http.client
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from benchmarks.output import Ratio, progress, report
from benchmarks.people import changed, people
from benchmarks.stage import Stage, database, served

CASES = ("new", "unchanged", "updated")
LIMITS = {"new": 2.5, "updated": 2.2, "unchanged": 1.0}
"""In floors, for each resource."""
Timings = dict[tuple[str, str], list[float]]


def post(stage: Stage, path: str, body: bytes) -> float:
    """Seconds that one request takes, its answer read to the end."""
    address = urlsplit(stage.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=600)
    headers = {"Authorization": f"Bearer {stage.token}", "Content-Type": "application/json"}
    started = time.perf_counter()
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    took = time.perf_counter() - started
    connection.close()
    if answer.status != 200 or b'"success":false' in text:
        raise RuntimeError(f"{path} answered {answer.status}: {text[:500]!r}")
    return took


def fill(tenant: int, rows: int) -> None:
    """Put so many customers into both tables, so that no index is measured empty."""
    import msgspec
    from django.db import connection

    from benchmarks.peer.models import create_twin
    from customers.contracts import CUSTOMERS, CustomerPayload
    from records.rows import Row
    from records.upsert import upsert
    from tenants.actors import system_actor
    from tenants.models import Tenant

    create_twin()
    actor = system_actor(Tenant.objects.get(pk=tenant), "benchmark")
    for start in range(0, rows, 50_000):
        progress(f"filling the tables: {start:,} of {rows:,}")
        payloads = msgspec.convert(people(50_000, tag=f"fill{start}"), list[CustomerPayload])
        upsert(
            resource=CUSTOMERS,
            actor=actor,
            rows=[
                Row(
                    values=tuple(getattr(payload, column.name) for column in CUSTOMERS.columns),
                    source=payload.source,
                    source_id=payload.source_id,
                )
                for payload in payloads
            ],
        )
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO twin SELECT * FROM customers_customer")
        cursor.execute("SELECT setval('twin_id_seq', (SELECT max(id) FROM twin))" if _has_sequence() else "SELECT 1")
    take_in()
    settle()


def _has_sequence() -> bool:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence('twin', 'id') IS NOT NULL")
        return bool((cursor.fetchone() or (False,))[0])


def settle() -> None:
    """Vacuum and write back, so that no way pays for another's remains, or finds its pages already in the log."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def set_history(*, on: bool) -> None:
    """Switch the history triggers of customers."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'customers_customer'::regclass"
            " AND tgname LIKE 'pgtrigger_%' AND tgname NOT LIKE '%refuse_delete%'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE customers_customer {'ENABLE' if on else 'DISABLE'} TRIGGER {name}")


def take_in() -> float:
    """Seconds to take the changes of search text into its index: the job's work, outside the request."""
    from records.jobs import take_in_search_text

    started = time.perf_counter()
    take_in_search_text(timestamp=0)
    return time.perf_counter() - started


def measure(product: Stage, plain: Stage, *, rounds: int, count: int) -> tuple[Timings, list[float]]:
    """Every way and every case once a round, in turn."""
    from benchmarks.floor import floor
    from customers.contracts import CUSTOMERS

    timings: Timings = defaultdict(list)
    taken_in: list[float] = []

    def bulk(stage: Stage) -> Callable[[list[dict[str, Any]]], float]:
        return lambda rows: post(stage, "/v2/customers/bulk/sourceId", json.dumps({"customers": rows}).encode())

    def peer(rows: list[dict[str, Any]]) -> float:
        snake = [{_snake(member): value for member, value in row.items()} for row in rows]
        return post(product, "/peer/bulk", json.dumps({"customers": snake}).encode())

    def without_history(rows: list[dict[str, Any]]) -> float:
        set_history(on=False)
        try:
            return bulk(product)(rows)
        finally:
            set_history(on=True)

    ways: dict[str, Callable[[list[dict[str, Any]]], float]] = {
        "floor": lambda rows: floor(CUSTOMERS, "twin", product.tenant, rows),
        "product": bulk(product),
        "without history": without_history,
        "without search text": bulk(plain),
        "peer": peer,
    }
    for round_ in range(-1, rounds):
        for way, run in ways.items():
            settle()
            rows = people(count, tag=f"{way}{round_}".replace(" ", ""), seed=round_)
            for case in CASES:
                progress(f"round {round_ + 1} of {rounds}: {way}, {case}")
                if case == "updated":
                    rows = changed(rows, round_ + 1)
                seconds = run(rows)
                if round_ >= 0:  # the first round warms up
                    timings[way, case].append(seconds)
            took = take_in()
            if way == "product" and round_ >= 0:
                taken_in.append(took)
    progress("")
    return timings, taken_in


def _snake(member: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in member)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--table", type=int, default=200_000, help="customers in the table beforehand")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a limit is missed")
    options = parser.parse_args()
    with database(), served(workers=1) as product, served(workers=1, without="search_text") as plain:
        fill(product.tenant, options.table)
        timings, taken_in = measure(product, plain, rounds=options.rounds, count=options.rows)
    median = {key: statistics.median(seconds) for key, seconds in timings.items()}
    ratios = [
        Ratio(f"{case}: product / floor", median["product", case] / median["floor", case], at_most=LIMITS[case])
        for case in LIMITS
    ]
    ratios += [
        Ratio(f"{case}: Django REST framework / product", median["peer", case] / median["product", case], at_least=5)
        for case in LIMITS
    ]
    for part in ("history", "search text"):
        ratios += [
            Ratio(
                f"{case}: share of {part}, in floors",
                (median["product", case] - median[f"without {part}", case]) / median["floor", case],
            )
            for case in LIMITS
        ]
    both = median["floor", "new"] + median["floor", "updated"]
    ratios.append(
        Ratio("taking search text into its index (job), new + updated, in floors", statistics.median(taken_in) / both)
    )
    title = f"Bulk upsert, {options.rows:,} rows a request, {options.table:,} in the table, medians of {options.rounds}"
    floors = ", ".join(f"{case} {options.rows / median['floor', case]:,.0f}" for case in LIMITS)
    report(f"{title}\n  floor in rows/s: {floors}", ratios, check=options.check)


if __name__ == "__main__":
    main()
