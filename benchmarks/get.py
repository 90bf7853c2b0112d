"""GET of one customer by its key at 1,000,000 rows, against a plain ModelSerializer view with the token from the ORM.

python -m benchmarks.get [--rows 1000000] [--seconds 5] [--rounds 5] [--check]
"""

import argparse
import multiprocessing
import random
import re
import selectors
import socket
import statistics
import time
from urllib.parse import urlsplit

from benchmarks.output import Ratio, progress, report
from benchmarks.stage import Stage, database, served

CONNECTIONS = 8
WORKERS = 2
PROCESSES = 2
LIMIT = 10_000_000
"""Requests a minute: they are counted as in production, and never too many."""


def fill(tenant: int, rows: int) -> None:
    """Insert customers by SQL, without their history: only reading is measured here. The twin gets the same rows."""
    from django.db import connection

    from benchmarks.bulk import set_history, settle
    from benchmarks.peer.models import create_twin
    from customers.models import Customer

    progress(f"filling the tables with {rows:,} rows")
    fixed = {
        "tenant_id": str(tenant),
        "source": "'ERP'",
        "source_id": "'K-' || n",
        "created_at": "now()",
        "modified_at": "now()",
        "version": "1",
        "first_name": "'Anna' || n",
        "last_name": "'Berg' || n",
        "email": "'anna' || n || '@example.com'",
        "phone": "'+31 20 ' || n",
        "date_of_birth": "date '1980-01-01' + mod(n, 9000)",
        "gender": "'f'",
        "primary_language": "'NL'",
    }
    empty = {"uid", "erased_at", "deletion_id", "usergroup_id", "id"}
    columns = [f.column for f in Customer._meta.concrete_fields if f.column not in empty]
    values = ", ".join(fixed.get(column, "''") for column in columns)
    create_twin()
    set_history(on=False)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO customers_customer ({', '.join(columns)}) SELECT {values} FROM generate_series(1, %s) n",
            [rows],
        )
        cursor.execute("INSERT INTO twin SELECT * FROM customers_customer")
    set_history(on=True)
    settle()
    progress("")


def hammer(address: tuple[str, int], token: str, template: str, rows: int, seconds: float, seed: int) -> list[float]:
    """One connection after the other in lockstep: send on all, read from all. Returns the latencies in seconds."""
    chance = random.Random(seed)
    sockets = []
    for _ in range(CONNECTIONS // PROCESSES):
        opened = socket.create_connection(address)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets.append(opened)
    head = f" HTTP/1.1\r\nHost: {address[0]}\r\nAuthorization: Bearer {token}\r\n\r\n"
    latencies: list[float] = []
    until = time.perf_counter() + seconds
    started: dict[socket.socket, float] = {}
    received: dict[socket.socket, bytes] = {}

    def send(connection: socket.socket) -> None:
        received[connection] = b""
        started[connection] = time.perf_counter()
        path = template.format(key=f"K-{chance.randrange(1, rows + 1)}")
        connection.sendall(f"GET {path}{head}".encode())

    with selectors.DefaultSelector() as selector:
        for connection in sockets:
            selector.register(connection, selectors.EVENT_READ)
            send(connection)
        while time.perf_counter() < until:
            for event, _ in selector.select(timeout=1):
                connection = event.fileobj
                assert isinstance(connection, socket.socket)
                answer = received[connection] = received[connection] + connection.recv(65536)
                if not is_whole(answer):
                    continue
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(f"{template} answered {answer[:300]!r}")
                latencies.append(time.perf_counter() - started[connection])
                send(connection)
    for connection in sockets:
        connection.close()
    return latencies


def is_whole(answer: bytes) -> bool:
    """Whether an HTTP/1.1 answer with a Content-Length has come in entirely."""
    head, blank, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    return bool(blank) and length is not None and len(body) >= int(length[1])


def requests_per_second(stage: Stage, template: str, rows: int, seconds: float, seed: int) -> tuple[float, float]:
    """Requests per second over all connections, and the median latency in milliseconds."""
    parts = urlsplit(stage.base_url)
    address = (parts.hostname or "", parts.port or 0)
    with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
        jobs = [(address, stage.token, template, rows, seconds, seed * 10 + number) for number in range(PROCESSES)]
        latencies = [latency for part in pool.starmap(hammer, jobs) for latency in part]
    return len(latencies) / seconds, statistics.median(latencies) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--check", action="store_true", help="exit with 1 when the limit is missed")
    options = parser.parse_args()
    templates = {
        "product": "/v2/customers/sourceId/{key}?source=ERP",
        "peer": "/peer/twins/ERP/{key}",
        "process only": "/healthz",
    }
    rates: dict[str, list[float]] = {name: [] for name in templates}
    medians: dict[str, list[float]] = {name: [] for name in templates}
    with database(), served(workers=WORKERS, limit=LIMIT) as stage:
        fill(stage.tenant, options.rows)
        for round_ in range(-1, options.rounds):
            for name, template in templates.items():
                progress(f"round {round_ + 1} of {options.rounds}: {name}")
                rate, median = requests_per_second(stage, template, options.rows, options.seconds, round_ + 2)
                if round_ >= 0:
                    rates[name].append(rate)
                    medians[name].append(median)
        progress("")
    rate = {name: statistics.median(values) for name, values in rates.items()}
    told = ", ".join(f"{name} {rate[name]:,.0f} ({statistics.median(medians[name]):.1f} ms)" for name in templates)
    report(
        f"GET by key at {options.rows:,} rows, {CONNECTIONS} connections, {WORKERS} workers\n  requests/s: {told}",
        [
            Ratio("product / ModelSerializer and ORM token", rate["product"] / rate["peer"], at_least=3.5),
            Ratio("product / a view that answers at once", rate["product"] / rate["process only"]),
        ],
        check=options.check,
    )


if __name__ == "__main__":
    main()
