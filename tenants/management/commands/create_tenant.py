"""``manage.py create_tenant``: a new shop group."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.management.lookups import sentences
from tenants.verbs import create_tenant


class Command(BaseCommand):
    """Add a tenant and print its uid and name."""

    help = "Create a tenant: a shop group whose records no other tenant ever sees."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("uid", help="short permanent name, 1 to 64 letters, digits, hyphens or underscores")
        parser.add_argument("--name", required=True, help="the name that people read")
        parser.add_argument("--country", default="NL", help="ISO 3166-1 alpha-2 code (default: %(default)s)")
        parser.add_argument("--currency", default="EUR", help="ISO 4217 code (default: %(default)s)")
        parser.add_argument("--json", action="store_true", help="print the result for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tenant = create_tenant(
                uid=options["uid"], name=options["name"], country=options["country"], currency=options["currency"]
            )
        except ValidationError as error:
            raise CommandError(sentences(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps({"uid": tenant.uid, "name": tenant.name}))
        else:
            self.stdout.write(f"Created the tenant {tenant.name} with the uid {tenant.uid}.")
