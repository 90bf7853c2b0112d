"""Deleting, restoring and purging 10,000 customers with two addresses each, against plain statements on such rows.

python -m benchmarks.bin [--rounds 5] [--rows 10000] [--table 200000] [--check]
"""

import argparse
import statistics
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from benchmarks.output import Ratio, progress, report
from benchmarks.people import people
from benchmarks.stage import database

if TYPE_CHECKING:
    from tenants.actors import Actor

TABLES = ("customers_customer", "addresses_address")
LIMIT = 3.0
"""In floors, for each act."""
ACTS = ("delete", "restore", "purge")
Timings = dict[tuple[str, str], list[float]]
Ids = dict[str, list[int]]
"""By table."""


def make(actor: "Actor", count: int, tag: str) -> list[int]:
    """So many live customers with two addresses each; their ids."""
    import msgspec

    from customers.contracts import CUSTOMERS, CustomerPayload
    from records.rows import AddressRow, Row
    from records.upsert import upsert
    from records.writes import address_row

    def home(kind: str, number: int) -> AddressRow:
        values = {"type": kind, "street": "Lange Weg", "number": str(number), "city": "Winterdorp", "country": "NL"}
        return address_row(values)

    made: list[int] = []
    for start in range(0, count, 10_000):
        payloads = msgspec.convert(people(min(count - start, 10_000), tag=f"{tag}{start}"), list[CustomerPayload])
        outcomes = upsert(
            resource=CUSTOMERS,
            actor=actor,
            rows=[
                Row(
                    values=tuple(getattr(payload, column.name) for column in CUSTOMERS.columns),
                    source=payload.source,
                    source_id=payload.source_id,
                    addresses=(home("delivery", number), home("invoice", number)),
                )
                for number, payload in enumerate(payloads)
            ],
        )
        made += [outcome.id for outcome in outcomes if outcome.id]
    return made


def timed(act: Callable[[], Any]) -> float:
    """Seconds that it takes, its commit included."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def update(ids: Ids, deletion: uuid.UUID | None) -> None:
    """The floor of deleting and restoring: one UPDATE for each table, in one transaction."""
    run(ids, "UPDATE {} SET deletion_id = %s WHERE id = ANY (%s)", deletion)


def remove(ids: Ids) -> None:
    """The floor of a purge: one DELETE for each table, in one transaction."""
    run(ids, "DELETE FROM {} WHERE id = ANY (%s)")


def blank(ids: Ids) -> None:
    """What a purge has to do besides: one UPDATE of the events of each table, in one transaction."""
    from django.db import connection, transaction

    from records.blanking import neutral_values
    from recyclebin.policies import graph
    from recyclebin.purge_guard import deleting_for_good

    models = {model._meta.db_table: model for model in graph().models}
    with transaction.atomic(), deleting_for_good(), connection.cursor() as cursor:
        for table in TABLES:
            values = neutral_values(models[table])
            columns = ", ".join(f"{column} = %s" for column in values)
            cursor.execute(
                f"UPDATE {table}event SET {columns} WHERE pgh_obj_id = ANY (%s)", [*values.values(), ids[table]]
            )


def run(ids: Ids, statement: str, *parameters: Any) -> None:
    from django.db import connection, transaction

    from recyclebin.purge_guard import deleting_for_good

    with transaction.atomic(), deleting_for_good(), connection.cursor() as cursor:
        for table in reversed(TABLES):
            cursor.execute(statement.format(table), [*parameters, ids[table]])
            if cursor.rowcount != len(ids[table]):
                raise RuntimeError(f"{cursor.rowcount} of {len(ids[table])} rows of {table} were found.")


def measure(*, rounds: int, count: int, table: int) -> Timings:
    """The floor and the verbs once a round, in turn, each from vacuumed tables and on rows that are as old."""
    from benchmarks.bulk import settle, take_in
    from customers.models import Customer
    from recyclebin.many import Many
    from recyclebin.models import Deletion
    from recyclebin.purging import purge
    from recyclebin.verbs import delete, restore
    from tenants.actors import system_actor
    from tenants.models import Tenant

    tenant, _ = Tenant.objects.get_or_create(uid="benchmark", defaults={"name": "Benchmark"})
    actor = system_actor(tenant, "benchmark")
    progress("filling the tables")
    make(actor, table, "fill")
    timings: Timings = defaultdict(list)

    def verb_delete(ids: Ids) -> int:
        chosen = Many(ids["customers_customer"])
        return delete(roots=Customer.objects.filter(pk__any_of=chosen), actor=actor, reason="benchmark").total

    def verb_restore(ids: Ids) -> int:
        return restore(deletions=Deletion.objects.for_tenant(tenant).binned(), actor=actor).total

    def verb_purge(ids: Ids) -> int:
        return purge(deletions=Deletion.objects.for_tenant(tenant).binned(), actor=actor).total

    def check(act: Callable[[Ids], int]) -> Callable[[Ids], None]:
        def checked(ids: Ids) -> None:
            if (done := act(ids)) != 3 * count:
                raise RuntimeError(f"{done} of {3 * count} records were written.")

        return checked

    parking = parking_deletion(tenant)
    ways: dict[str, dict[str, Callable[[Ids], None]]] = {
        "floor": {
            "delete": lambda ids: update(ids, parking),
            "restore": lambda ids: update(ids, None),
            "purge": remove,
        },
        "product": {"delete": check(verb_delete), "restore": check(verb_restore), "purge": check(verb_purge)},
    }
    for round_ in range(-1, rounds):
        made = {way: make(actor, count, f"{way}{round_}") for way in ways}
        take_in()
        rows = {way: {TABLES[0]: chosen, TABLES[1]: addresses_of(chosen)} for way, chosen in made.items()}
        for step in (*ACTS[:2], "delete", "purge"):
            for way, acts in ways.items():
                settle()
                progress(f"round {round_ + 1} of {rounds}: {way}, {step}")
                seconds = timed(lambda act=acts[step], ids=rows[way]: act(ids))
                if round_ >= 0:  # the first round warms up
                    timings[way, step].append(seconds)
        settle()
        seconds = timed(lambda ids=rows["floor"]: blank(ids))
        if round_ >= 0:
            timings["floor", "blank"].append(seconds)
    progress("")
    return timings


def addresses_of(customers: list[int]) -> list[int]:
    from addresses.models import Address
    from recyclebin.many import Many

    return list(Address.objects.filter(customer_id__any_of=Many(customers)).values_list("pk", flat=True))


def parking_deletion(tenant: Any) -> uuid.UUID:
    """A deletion for the floor to point at; it counts as restored, so that no verb finds it."""
    from recyclebin.models import Deletion, State

    made = Deletion.objects.create(
        operation=uuid.uuid4(), tenant=tenant, root_type="customers.customer", root_id=0, actor="floor", origin="job",
        state=State.RESTORED,
    )  # fmt: skip
    return uuid.UUID(str(made.pk))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--table", type=int, default=200_000, help="customers in the table beforehand")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a limit is missed")
    options = parser.parse_args()
    with database():
        timings = measure(rounds=options.rounds, count=options.rows, table=options.table)
    median = {key: statistics.median(seconds) for key, seconds in timings.items()}
    ratios = [Ratio(f"{act}: product / floor", median["product", act] / median["floor", act], LIMIT) for act in ACTS]
    whole = median["floor", "purge"] + median["floor", "blank"]
    ratios.append(Ratio("purge: product / DELETE, and UPDATE of the events", median["product", "purge"] / whole))
    floors = ", ".join(f"{act} {3 * options.rows / median['floor', act]:,.0f}" for act in ACTS)
    title = f"{options.rows:,} customers with two addresses each, {options.table:,} beside, medians of {options.rounds}"
    report(f"{title}\n  floor in rows/s: {floors}", ratios, check=options.check)


if __name__ == "__main__":
    main()
