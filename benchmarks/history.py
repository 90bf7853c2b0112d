"""The page of a record's history, and that of an operation, at many events and at a hundredth of them.

python -m benchmarks.history [--events 20000000] [--rounds 30] [--check]
"""

import argparse
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable

from benchmarks.output import Ratio, progress, report
from benchmarks.stage import database

OF_CUSTOMER = {"customers_customerevent": 40, "addresses_addressevent": 20, "pricing_priceevent": 7}
"""How many events of each kind every customer has. A page shows the newest fifty of all."""

PER_CUSTOMER = sum(OF_CUSTOMER.values())
OPERATION = 100
"""Events of a table in one operation."""

PLAIN = {
    "customers_customerevent": {"last_name": "'Berg' || n", "email": "'anna.' || n || '@example.com'"},
    "addresses_addressevent": {"customer_id": "{owner}", "type": "'home'", "city": "'City ' || n", "country": "'NL'"},
    "pricing_priceevent": {
        "customer_id": "{owner}",
        "target_kind": "'product'",
        "target_id": "n",
        "type": "'SP'",
        "amount": "mod(n, 100)",
    },
}
"""What the events hold, besides what all have; every other column is as empty as it may be."""


def fill(tenant: int, first: int, last: int) -> None:
    """Insert the events of these customers by SQL, in the order in which a shop would write them: mixed by record."""
    from django.db import connection

    from benchmarks.bulk import settle
    from records.events import event_model
    from records.operations import kinds

    tables = {event_model(model)._meta.db_table: event_model(model) for model in kinds()}
    with connection.cursor() as cursor:
        _customers(cursor, tenant, first, last)
        for table, times in OF_CUSTOMER.items():
            progress(f"{table}: {times * (last - first + 1):,} events")
            indexes = _without_indexes(cursor, table)
            columns = _columns(tables[table], tenant)
            owners = last - first + 1
            # Each customer once in every round; a row below one has an id of its own.
            owner = f"({first} + mod(n * 7919, {owners}))"
            named = {name: value.format(owner=owner) for name, value in (columns | PLAIN[table]).items()}
            record = owner if table.startswith("customers") else f"({owner} * 10)"
            named |= {"id": record, "pgh_obj_id": record}
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(named)}) SELECT {', '.join(named.values())}"
                f" FROM generate_series(0::bigint, {times * owners - 1}) n"
            )
            for definition in indexes:
                cursor.execute(definition)
        cursor.execute(
            "INSERT INTO pghistory_context (id, created_at, updated_at, metadata)"
            " SELECT DISTINCT pgh_context_id, now(), now(), jsonb_build_object('actor', 'Import', 'origin', 'bulk',"
            f" 'tenant', {tenant}) FROM customers_customerevent ON CONFLICT DO NOTHING"
        )
    settle()
    progress("")


def _customers(cursor, tenant: int, first: int, last: int) -> None:
    from benchmarks.bulk import set_history
    from customers.models import Customer

    empty = {"uid", "erased_at", "deletion_id", "usergroup_id", "date_of_birth"}
    fixed = {"id": "n", "tenant_id": str(tenant), "created_at": "now()", "modified_at": "now()", "version": "40"}
    columns = [field.column for field in Customer._meta.concrete_fields if field.column not in empty]
    values = ", ".join(fixed.get(column, "''") for column in columns)
    set_history(on=False)
    cursor.execute(
        f"INSERT INTO customers_customer ({', '.join(columns)}) SELECT {values} FROM generate_series({first}, {last}) n"
    )
    set_history(on=True)


def _columns(events, tenant: int) -> dict[str, str]:
    """What every event has, and something neutral where a column wants a value."""
    named = {
        "tenant_id": str(tenant),
        "created_at": "now()",
        "modified_at": "now()",
        "version": "1",
        "pgh_created_at": "timestamptz '2025-01-01' + n * interval '1 second'",
        "pgh_label": "'update'",
        "pgh_context_id": f"md5((n / {OPERATION})::text)::uuid",
        "pgh_position": "n + 1",
        "pgh_xid": "'0'::xid8",
    }
    for field in events._meta.concrete_fields:
        if not field.null and field.column not in {"pgh_id", *named}:
            named[field.column] = "false" if field.get_internal_type() == "BooleanField" else "''"
    return named


def _without_indexes(cursor, table: str) -> list[str]:
    """Drop the indexes of a table, which are made anew faster than filled. Returns how."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT LIKE '%%_pkey'", [table]
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _name, definition in found]


def measure(rounds: int, first: int, last: int, name: str) -> dict[str, float]:
    """Milliseconds of each page, as medians over customers that were not looked at before."""
    from django.test import Client

    from customers.models import Customer
    from records.events import event_model, page_of_changes
    from tenants.models import StaffAccount, Tenant

    staff, _ = StaffAccount.objects.get_or_create(email="bench@staff.example", defaults={"is_superuser": True})
    tenant = Tenant.objects.get(uid="benchmark").pk
    client = Client()
    client.force_login(staff)
    chosen = random.Random(7).sample(range(first, last + 1), rounds + 5)
    timings: dict[str, list[float]] = defaultdict(list)

    def get(path: str) -> str:
        answer = client.get(path, headers={"host": "localhost"})
        if answer.status_code != 200 or b"Import" not in answer.content:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        return str(answer.context_data.get("older", ""))

    def took(what: str, call: Callable[[], str], counts: bool) -> str:
        started = time.perf_counter()
        result = call()
        if counts:
            timings[what].append((time.perf_counter() - started) * 1000)
        return result

    for number, customer in enumerate(chosen):
        progress(f"{name}: round {number + 1} of {len(chosen)}")
        counts = number >= 5
        path = f"/admin/customers/customer/{customer}/history/"
        took("statements alone", lambda pk=customer: str(page_of_changes(Customer, pk, tenant)), counts)
        older = took("first page", lambda path=path: get(path), counts)
        took("second page", lambda path=path, older=older: get(f"{path}?before={older}"), counts)
        event = event_model(Customer).objects.filter(pgh_obj_id=customer).first()
        operation = f"/admin/operations/{event.pgh_context_id}/"
        took("operation", lambda path=operation: get(path), counts)
    return {what: statistics.median(values) for what, values in timings.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a limit is missed")
    options = parser.parse_args()
    few = options.events // 100 // PER_CUSTOMER
    many = options.events // PER_CUSTOMER
    if few < options.rounds + 5:
        parser.error(f"{options.rounds} rounds need at least {(options.rounds + 5) * 100 * PER_CUSTOMER:,} events")
    with database():
        from tenants.models import Tenant

        tenant, _ = Tenant.objects.get_or_create(uid="benchmark", defaults={"name": "Benchmark"})
        fill(tenant.pk, 1, few)
        small = measure(options.rounds, 1, few, "a hundredth")
        fill(tenant.pk, few + 1, many)
        large = measure(options.rounds, few + 1, many, "all")
        progress("")
    told = ", ".join(f"{what} {value:.1f} ms" for what, value in large.items())
    ratios = [Ratio(f"{what}: all events / a hundredth", large[what] / small[what], at_most=1.5) for what in large]
    report(f"Histories of {many:,} customers with {options.events:,} events\n  {told}", ratios, check=options.check)


if __name__ == "__main__":
    main()
