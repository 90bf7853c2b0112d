"""``manage.py prepare_demo``: what ``make run`` shows; nothing is done twice."""

import json
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from backoffice.demo import CUSTOMERS, prepare_demo
from customers.demo import rows_for


class Command(BaseCommand):
    """Create the demo tenant, its logins, its API client and its people, as far as they are missing."""

    help = (
        "Make sure that the demo is there: a tenant, a login for each role, an API client and invented people. The"
        " credentials are kept in the file credentials in BACKOFFICE_DATA_DIR; show_credentials prints them. For"
        " development only: passwords that are written down must not open a production database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--customers", type=int, default=CUSTOMERS, help="how many customers, if they are missing (%(default)s)"
        )
        parser.add_argument("--json", action="store_true", help="print the result for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT.production:
            raise CommandError(
                "The demo is for development only: its passwords are written down. Set BACKOFFICE_MODE=development if"
                " this database is for that."
            )
        if options["customers"] < 1:
            raise CommandError("The demo needs at least one customer.")
        path = Path(settings.DATA_DIR) / "credentials"
        bar: tqdm[Any] | None = None

        def progress(rows: int) -> None:
            nonlocal bar
            bar = bar or tqdm(total=rows_for(options["customers"]), unit="rows", file=sys.stderr, disable=None)
            bar.update(rows)

        try:
            prepared = prepare_demo(path=path, customers=options["customers"], progress=progress)
        except OSError as error:
            raise CommandError(f"Cannot keep the credentials in {path}: {error.strerror or error}.") from error
        finally:
            if bar is not None:
                bar.close()
        if options["json"]:
            values = {"credentials": str(path), "new_credentials": prepared.new_credentials, "loaded": prepared.loaded}
            self.stdout.write(json.dumps(values))
            return
        loaded = f"{prepared.loaded:,} customers loaded" if prepared.loaded else "its customers were there already"
        made = "new credentials made" if prepared.new_credentials else "the credentials are those of before"
        self.stdout.write(f"The demo is ready: {loaded}, {made}.")
