"""``manage.py create_api_client``: credentials for an integration."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.actors import system_actor
from tenants.management.lookups import moment, sentences, tenant_with_uid
from tenants.models import REQUESTS_PER_MINUTE
from tenants.permissions import ALL_PERMISSIONS
from tenants.scopes import SCOPES
from tenants.verbs import create_api_client


class Command(BaseCommand):
    """Add an API client to a tenant and print its id and secret, once."""

    help = (
        "Create an API client of a tenant and print its client_id and client_secret. The secret is shown now and never"
        " again: the database keeps a hash of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="UID", help="the tenant whose data the client reaches")
        parser.add_argument("--name", required=True, help="what the client is, for the people who read lists of them")
        scopes = parser.add_mutually_exclusive_group()
        scopes.add_argument(
            "--scope",
            action="extend",
            nargs="+",
            default=[],
            metavar="SCOPE",
            dest="scopes",
            help=f"what the client may do in the lookup API, any of: {', '.join(SCOPES)}",
        )
        scopes.add_argument("--all-scopes", action="store_true", help="grant every scope")
        parser.add_argument(
            "--permission",
            action="extend",
            nargs="+",
            default=[],
            metavar="PERMISSION",
            dest="permissions",
            help=f"what the client may do in the tenant API, any of: {', '.join(ALL_PERMISSIONS)}",
        )
        parser.add_argument("--read-only", action="store_true", help="let the client read only in the tenant API")
        parser.add_argument(
            "--expires", metavar="DATE", help="when it stops working, such as 2030-01-31 (default: never)"
        )
        parser.add_argument(
            "--requests-per-minute",
            type=int,
            default=REQUESTS_PER_MINUTE,
            metavar="N",
            help="the limit of the lookup API for this client, 0 for none (default: %(default)s)",
        )
        parser.add_argument("--json", action="store_true", help="print the result for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenant_with_uid(options["tenant"])
        try:
            issued = create_api_client(
                actor=system_actor(tenant, "create_api_client"),
                name=options["name"],
                scopes=SCOPES if options["all_scopes"] else options["scopes"],
                permissions=options["permissions"],
                read_only=options["read_only"],
                expires_at=moment(options["expires"]) if options["expires"] else None,
                requests_per_minute=options["requests_per_minute"],
            )
        except ValidationError as error:
            raise CommandError(sentences(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps({"client_id": issued.client.client_id, "client_secret": issued.secret}))
            return
        self.stdout.write(f"client_id:     {issued.client.client_id}")
        self.stdout.write(f"client_secret: {issued.secret}")
        self.stderr.write(
            f"Created the API client {issued.client} of {tenant}. Keep the secret: it is not shown again."
        )
