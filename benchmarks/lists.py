"""Pages of lists at 1,000,000 customers: the first behind a cursor and the 10,000th; keyed filters in a small table and
in the large one.

python -m benchmarks.lists [--rows 1000000] [--pages 10000] [--rounds 30] [--check]
"""

import argparse
import statistics
import time
from collections import defaultdict
from urllib.parse import urlencode

import httpx

from benchmarks.output import Ratio, progress, report
from benchmarks.stage import Stage, database, served

WORKERS = 1
SIZE = 100
ORDERS = ("id", "-id", "dateCreated", "-dateModified", "lastName")
SMALL = 10_000
"""Customers in the small table."""

KEYED = {
    "ids": lambda row: {"ids": str(row)},
    "sourceIds": lambda row: {"sourceIds": f"K-{row}", "source": "ERP"},
    "debtorIds": lambda row: {"debtorIds": f"D{row}"},
    "email": lambda row: {"email": f"Anna.{row}@Example.com"},
    "phone": lambda row: {"phone": f"0031 20 55{row:07}"},
    "parent": lambda row: {"parent.sourceId": f"G-{row % SMALL // 10}", "parent.source": "ERP"},
}
"""Filters that find one customer, or the ten of a group, by the number of a row."""


def fill(tenant: int, first: int, last: int) -> None:
    """Insert customers by SQL, without their history: only reading is measured. Their search text is in its index."""
    from django.db import connection

    from benchmarks.bulk import set_history, settle
    from customers.models import Customer

    progress(f"filling the table up to {last:,} rows")
    fixed = {
        "id": "n",
        "tenant_id": str(tenant),
        "source": "'ERP'",
        "source_id": "'K-' || n",
        "created_at": "timestamptz '2024-01-01' + n * interval '1 second'",
        "modified_at": "timestamptz '2025-01-01' + (n::bigint * 7919 %% 1000003) * interval '1 second'",
        "version": "1",
        "first_name": "'Anna' || n",
        "last_name": "'Berg' || (n::bigint * 7919 %% 10007)",
        "email": "'anna.' || n || '@example.com'",
        "phone": "'+31 20 55' || lpad(n::text, 7, '0')",
        "debtor_id": "'D' || n",
        "date_of_birth": "date '1980-01-01' + mod(n, 9000)",
        "gender": "'f'",
        "primary_language": "'NL'",
        "usergroup_id": "CASE WHEN n <= 10000 THEN (SELECT min(id) FROM users_usergroup) + (n %% 10000) / 10 END",
    }
    empty = {"uid", "erased_at", "deletion_id"}
    columns = [f.column for f in Customer._meta.concrete_fields if f.column not in empty]
    values = ", ".join(fixed.get(column, "''") for column in columns)
    set_history(on=False)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO customers_customer ({', '.join(columns)}) SELECT {values} FROM generate_series(%s, %s) n",
            [first, last],
        )
        cursor.execute(
            "INSERT INTO records_searchtext (type, tenant_id, record, source_id, first_name, last_name, email, phone,"
            " middle_name, full_name, company, mobile, fax, city, postal_code, tax_number)"
            " SELECT 'customer', tenant_id, id, lower(source_id), lower(first_name), lower(last_name), email,"
            " regexp_replace(phone, '[^0-9]', '', 'g'), '', '', '', '', '', '', '', '' FROM customers_customer"
            " WHERE id BETWEEN %s AND %s",
            [first, last],
        )
    set_history(on=True)
    settle()
    progress("")


def make_groups(tenant: int) -> None:
    """The groups of the first customers, ten each."""
    from django.db import connection

    from users.models import Usergroup

    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('users_usergroup_id_seq')")
        (first,) = cursor.fetchone()
    Usergroup.everything.bulk_create(
        Usergroup(id=first + n, tenant_id=tenant, source="ERP", source_id=f"G-{n}", name=f"Group {n}")
        for n in range(SMALL // 10)
    )


def milliseconds(client: httpx.Client, path: str) -> float:
    """How long one answer takes."""
    started = time.perf_counter()
    answer = client.get(path)
    took = (time.perf_counter() - started) * 1000
    if not answer.raise_for_status().json()["data"]:
        raise RuntimeError(f"{path} found nothing")
    return took


def following(client: httpx.Client, order: str, page: int) -> str:
    """The path of the page behind this one, by its cursor."""
    asked = {"sort": order, "offset": SIZE}
    cursor = client.get(f"/v2/customers?{urlencode(asked | {'page': page})}").raise_for_status().json()["next"]
    return f"/v2/customers?{urlencode(asked | {'cursor': cursor})}"


def measure_keyed(client: httpx.Client, rounds: int, name: str) -> dict[str, float]:
    """The median of each filter, over the rows that both tables have."""
    timings: dict[str, list[float]] = defaultdict(list)
    for round_ in range(-3, rounds):
        progress(f"{name}: round {round_ + 1} of {rounds}")
        for keyed, asked in KEYED.items():
            took = milliseconds(client, f"/v2/customers?{urlencode(asked((round_ + 3) * 37 % SMALL + 1))}")
            if round_ >= 0:
                timings[keyed].append(took)
    return {keyed: statistics.median(values) for keyed, values in timings.items()}


def measure_pages(client: httpx.Client, pages: int, rounds: int) -> dict[tuple[str, str], float]:
    """The median of the first page, of the first behind a cursor, and of the last one, for each order."""
    paths = {}
    for order in ORDERS:
        paths[order, "without a cursor"] = f"/v2/customers?{urlencode({'sort': order, 'offset': SIZE})}"
        paths[order, "first"] = following(client, order, 1)
        paths[order, "last"] = following(client, order, pages - 1)
    timings: dict[tuple[str, str], list[float]] = defaultdict(list)
    for round_ in range(-3, rounds):
        progress(f"pages: round {round_ + 1} of {rounds}")
        for place, path in paths.items():
            took = milliseconds(client, path)
            if round_ >= 0:
                timings[place].append(took)
    return {place: statistics.median(values) for place, values in timings.items()}


def connected(stage: Stage) -> httpx.Client:
    """A client of the stage that keeps its connection."""
    return httpx.Client(base_url=stage.base_url, headers={"Authorization": f"Bearer {stage.token}"}, timeout=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a limit is missed")
    options = parser.parse_args()
    if options.rows < max(options.pages * SIZE, SMALL * 2):
        parser.error(f"{options.pages} pages of {SIZE} need {options.pages * SIZE} rows, and at least {SMALL * 2}")
    with database(), served(workers=WORKERS) as stage, connected(stage) as client:
        make_groups(stage.tenant)
        fill(stage.tenant, 1, SMALL)
        small = measure_keyed(client, options.rounds, f"filters at {SMALL:,} rows")
        fill(stage.tenant, SMALL + 1, options.rows)
        large = measure_keyed(client, options.rounds, f"filters at {options.rows:,} rows")
        pages = measure_pages(client, options.pages, options.rounds)
        progress("")
    ratios = []
    for order in ORDERS:
        first, last = pages[order, "first"], pages[order, "last"]
        name = f"{order}: page {options.pages:,} / page 1, or the reverse"
        ratios.append(Ratio(name, max(last / first, first / last), at_most=1.3))
    ratios += [
        Ratio(f"{order}: counting, page 1", pages[order, "without a cursor"] / pages[order, "first"])
        for order in ORDERS
    ]
    ratios += [
        Ratio(f"{keyed}: {options.rows:,} rows / {SMALL:,} rows", large[keyed] / small[keyed]) for keyed in KEYED
    ]
    told = ", ".join(f"{order} {pages[order, 'first']:.1f} ms" for order in ORDERS)
    report(f"Pages of {SIZE} at {options.rows:,} customers\n  page 1: {told}", ratios, check=options.check)


if __name__ == "__main__":
    main()
