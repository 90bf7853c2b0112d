"""Exports over HTTP against COPY … TO STDOUT of the same rows, read by a bare psycopg client: CSV against COPY's CSV,
NDJSON against its text format.

python -m benchmarks.export [--rows 1000000] [--rounds 5] [--check]
"""

import argparse
import http.client
import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.output import Ratio, progress, report
from benchmarks.stage import Stage, database, served

LIMITS = {"csv": 1.3, "ndjson": 3.5}
FLOORS = {"csv": "FORMAT csv", "ndjson": "FORMAT text"}
"""The COPY that each format is compared with."""
MEMORY_LIMIT = 40  # MB
READ = 1 << 20
GROUPS = 50


def fill(tenant: int, rows: int) -> None:
    """Insert customers by SQL, without their history, each in one of some usergroups: about 420 bytes of JSON each."""
    from django.db import connection

    from benchmarks.bulk import set_history, settle
    from customers.models import Customer
    from users.models import Usergroup

    progress(f"filling the table with {rows:,} rows")
    groups = [
        Usergroup.objects.create(tenant_id=tenant, name=f"Group {number}", source="ERP", source_id=f"G-{number}").pk
        for number in range(GROUPS)
    ]
    values = {
        "tenant_id": str(tenant),
        "source": "'ERP'",
        "source_id": "'K-' || n",
        "created_at": "timestamptz '2024-01-01' + n * interval '1 second'",
        "modified_at": "timestamptz '2025-01-01' + n * interval '1.1 seconds'",
        "version": "1",
        "debtor_id": "'D' || lpad(n::text, 8, '0')",
        "first_name": "'Anna' || substr(md5(n::text), 1, 3)",
        "middle_name": "CASE WHEN n % 2 = 0 THEN 'van' ELSE '' END",
        "last_name": "initcap(substr(md5((n + 1)::text), 1, 4)) || 'berg'",
        "abbreviation": "'A.'",
        "title": "CASE WHEN n % 3 = 0 THEN 'dr.' ELSE '' END",
        "date_of_birth": "date '1940-01-01' + (n % 25000)",
        "gender": "'f'",
        "login": "'anna.' || n || '@berg'",
        "phone": "'+31 20 ' || lpad((n % 10000000)::text, 7, '0')",
        "mobile": "'06 ' || lpad(n::text, 8, '0')",
        "email": "'anna.berg.' || n || '@example.com'",
        "pricelist_percentage": "'P10'",
        "primary_language": "'NL'",
        "ssn": "lpad(n::text, 9, '0')",
        "usergroup_id": f"(ARRAY{groups})[1 + n % {GROUPS}]",
    }
    empty = {"uid", "erased_at", "deletion_id", "id"}
    columns = [field.column for field in Customer._meta.concrete_fields if field.column not in empty]
    chosen = ", ".join(values.get(column, "''") for column in columns)
    set_history(on=False)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO customers_customer ({', '.join(columns)}) SELECT {chosen} FROM generate_series(1, {rows}) n"
        )
    set_history(on=True)
    settle()
    progress("")


def floor(tenant: int, options: str) -> tuple[float, int]:
    """Seconds and bytes of a COPY of what is stored: the columns behind the members of a record, nothing computed."""
    from django.db import connection

    from customers.contracts import CUSTOMERS

    stored = ["id", *(column.name for column in CUSTOMERS.columns), "source", "source_id", "created_at", "modified_at"]
    statement = f"SELECT {', '.join(stored)}, usergroup_id FROM customers_customer WHERE tenant_id = {tenant}"
    size = 0
    started = time.perf_counter()
    with connection.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT ({options})") as rows:
        for row in rows:
            size += len(row)
    return time.perf_counter() - started, size


def export(stage: Stage, format: str, rows: int) -> tuple[float, int]:
    """Seconds and bytes of one export, read to its end."""
    address = urlsplit(stage.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=600)
    started = time.perf_counter()
    connection.request(
        "GET", f"/v2/customers/export?format={format}", headers={"Authorization": f"Bearer {stage.token}"}
    )
    answer = connection.getresponse()
    size = lines = 0
    while piece := answer.read(READ):
        size += len(piece)
        lines += piece.count(b"\n")
    took = time.perf_counter() - started
    connection.close()
    if answer.status != 200 or lines != rows + (format == "csv"):
        raise RuntimeError(f"{format} answered {answer.status} with {lines:,} lines of {rows:,}")
    return took, size


def web_workers() -> list[int]:
    """The processes that serve requests: below the web server, which is below ``manage.py serve``."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text()
        except OSError:
            continue
        parents[int(folder.name)] = int(text.rpartition(")")[2].split()[1])
    family = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    above = {parents[pid] for pid in family - {os.getpid()}}
    return [pid for pid in family - above if b"backoffice.wsgi" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def memory(pids: list[int]) -> float:
    """Megabytes that these processes have in memory together."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Watch:
    """Looks at the memory of processes again and again. ``most`` is the most that they had, in megabytes."""

    def __init__(self, pids: list[int]) -> None:
        self.pids = pids
        self.most = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._ended.wait(0.05):
            self.most = max(self.most, memory(self.pids))

    @contextmanager
    def looking(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a limit is missed")
    options = parser.parse_args()
    ways = {f"COPY {chosen}": partial(floor, options=chosen) for chosen in FLOORS.values()}
    seconds: dict[str, list[float]] = {way: [] for way in (*ways, *LIMITS)}
    sizes: dict[str, int] = {}
    with database(), served(workers=1) as stage:
        fill(stage.tenant, options.rows)
        pids = web_workers()
        for _ in range(20):  # what a worker needs for any request
            warm = http.client.HTTPConnection(urlsplit(stage.base_url).netloc)
            warm.request("GET", "/v2/customers/sourceId/K-1", headers={"Authorization": f"Bearer {stage.token}"})
            warm.getresponse().read()
            warm.close()
        before, watch = memory(pids), Watch(pids)
        with watch.looking():
            for round_ in range(-1, options.rounds):
                for way, measured in seconds.items():
                    progress(f"round {round_ + 1} of {options.rounds}: {way}")
                    took, sizes[way] = ways[way](stage.tenant) if way in ways else export(stage, way, options.rows)
                    if round_ >= 0:  # the first round warms up
                        measured.append(took)
        progress("")
    median = {way: statistics.median(took) for way, took in seconds.items()}
    told = ", ".join(f"{way} {options.rows / median[way]:,.0f} ({sizes[way] / 1e6:,.0f} MB)" for way in median)
    report(
        f"Export of {options.rows:,} customers, medians of {options.rounds}\n  rows/s: {told}",
        [
            *(
                Ratio(
                    f"{way} / COPY TO STDOUT ({FLOORS[way]})", median[way] / median[f"COPY {FLOORS[way]}"], at_most=most
                )
                for way, most in LIMITS.items()
            ),
            Ratio("growth of the web worker's memory, MB", watch.most - before, at_most=MEMORY_LIMIT),
        ],
        check=options.check,
    )


if __name__ == "__main__":
    main()
