"""Bulk upserts of each resource over HTTP, against the floor of its own table, and what parents by pair cost.

$ .venv/bin/python -m benchmarks.resources [--rounds 5] [--rows 10000] [--table 50000] [--check]
"""

import argparse
import json
import statistics
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from benchmarks.bulk import CASES, LIMITS, Timings, post, settle, take_in
from benchmarks.output import Ratio, progress, report
from benchmarks.people import changed, organisations, people
from benchmarks.stage import Stage, database, served

Rows = list[dict[str, Any]]
COMPANIES = 1_000
"""So many companies share the contacts whose parents are named."""


def users(count: int, *, tag: str, seed: int = 1) -> Rows:
    """Customers without a social security number, which users do not have, with a company."""
    return [
        {member: value for member, value in row.items() if member != "ssn"} | {"company": f"{row['lastName']} BV"}
        for row in people(count, tag=tag, seed=seed)
    ]


MAKE: dict[str, Callable[..., Rows]] = {
    "customers": people,
    "users": users,
    "contacts": people,
    "usergroups": organisations,
    "companies": organisations,
}


def send(stage: Stage, name: str, rows: Rows) -> float:
    """Seconds of one bulk request."""
    return post(stage, f"/v2/{name}/bulk/sourceId", json.dumps({name: rows}).encode())


def with_parents(rows: Rows) -> Rows:
    """The same contacts, each below a company that is named by its pair."""
    return [
        row | {"parent": {"source": "ERP", "sourceId": f"parent-{number % COMPANIES}"}}
        for number, row in enumerate(rows)
    ]


def measure(stage: Stage, *, rounds: int, count: int) -> tuple[Timings, Timings]:
    """The timings by resource and case of the product and of the floor; contacts with parents as ``with parents``."""
    from benchmarks.floor import floor
    from records.resources import resource_named

    product: Timings = defaultdict(list)
    floors: Timings = defaultdict(list)
    send(stage, "companies", organisations(COMPANIES, tag="parent"))
    for round_ in range(-1, rounds):
        for name in [*MAKE, "with parents"]:
            resource = "contacts" if name == "with parents" else name
            tag = f"{name}{round_}".replace(" ", "")
            rows, twins = MAKE[resource](count, tag=tag, seed=round_), MAKE[resource](count, tag=f"f{tag}", seed=round_)
            for case in CASES:
                progress(f"round {round_ + 1} of {rounds}: {name}, {case}")
                if case == "updated":
                    rows, twins = changed(rows, round_ + 1), changed(twins, round_ + 1)
                took = send(stage, resource, with_parents(rows) if name == "with parents" else rows)
                bare = floor(resource_named(resource), f"twin_{resource}", stage.tenant, twins)
                if round_ >= 0:  # the first round warms up
                    product[name, case].append(took)
                    floors[name, case].append(bare)
        take_in()
        settle()
    progress("")
    return product, floors


def fill(stage: Stage, count: int) -> None:
    """Put so many records of each resource into its table and its twin, so that no index is measured empty."""
    from benchmarks.floor import floor
    from benchmarks.peer.models import create_twin
    from records.resources import resource_named

    for name, make in MAKE.items():
        resource = resource_named(name)
        create_twin(resource.model, f"twin_{name}")
        for start in range(0, count, 10_000):
            progress(f"filling {name}: {start:,} of {count:,}")
            rows = make(min(10_000, count - start), tag=f"fill{start}")
            send(stage, name, rows)
            floor(resource, f"twin_{name}", stage.tenant, rows)
        take_in()
    settle()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--table", type=int, default=50_000, help="records in each table beforehand")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a limit is missed")
    options = parser.parse_args()
    with database(), served(workers=1) as stage:
        fill(stage, options.table)
        product, floors = measure(stage, rounds=options.rounds, count=options.rows)
    ratios = [
        Ratio(
            f"{name}, {case}: product / floor",
            statistics.median(product[name, case]) / statistics.median(floors[name, case]),
            at_most=LIMITS[case],
        )
        for name in MAKE
        for case in CASES
    ]
    ratios += [
        Ratio(
            f"contacts, {case}: with parents by pair / without",
            statistics.median(product["with parents", case]) / statistics.median(product["contacts", case]),
            at_most=1.15,
        )
        for case in CASES
    ]
    title = f"Bulk upsert of each resource, {options.rows:,} rows a request, {options.table:,} in each table"
    report(f"{title}, medians of {options.rounds}", ratios, check=options.check)


if __name__ == "__main__":
    main()
