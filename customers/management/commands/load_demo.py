"""``manage.py load_demo``: as many invented customers as wanted."""

import json
import sys
import time
from argparse import ArgumentTypeError
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from customers.demo import load_demo, rows_for
from tenants.actors import system_actor
from tenants.management.lookups import tenant_with_uid


class Command(BaseCommand):
    """Write demo customers, users, companies, contacts and usergroups through the upsert engine."""

    help = (
        "Fill a tenant with invented customers from eight countries, and with usergroups, users, companies and contacts"
        " to go with them. The same number and seed write the same people: a second run changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=_count, required=True, metavar="N", help="how many customers")
        parser.add_argument("--tenant", default="demo", metavar="UID", help="whose they are (default: %(default)s)")
        parser.add_argument(
            "--seed", type=int, default=1, help="another seed gives other people (default: %(default)s)"
        )
        parser.add_argument("--json", action="store_true", help="print the result for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenant_with_uid(options["tenant"])
        started = time.monotonic()
        with tqdm(total=rows_for(options["customers"]), unit="rows", file=sys.stderr, disable=None) as bar:
            tallies = load_demo(
                actor=system_actor(tenant, "load_demo"),
                customers=options["customers"],
                seed=options["seed"],
                progress=bar.update,
            )
        seconds = time.monotonic() - started
        if options["json"]:
            counts = {tally.resource: asdict(tally) for tally in tallies}
            for values in counts.values():
                del values["resource"]
            self.stdout.write(json.dumps({"tenant": tenant.uid, "seconds": round(seconds, 1), **counts}))
            return
        for tally in tallies:
            self.stdout.write(
                f"{tally.resource:<12}{tally.created:>9,} created{tally.changed:>9,} changed"
                f"{tally.unchanged:>9,} unchanged{tally.refused.total():>9,} refused"
            )
        for tally in tallies:
            for message, count in tally.refused.most_common(5):
                self.stdout.write(f"  {count:,} {tally.resource} refused, for example: {message}")
        self.stdout.write(f"Loaded into {tenant} in {seconds:.1f} seconds.")


def _count(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)
