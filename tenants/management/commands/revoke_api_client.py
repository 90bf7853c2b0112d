"""``manage.py revoke_api_client``: shut an integration out."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tenants.actors import system_actor
from tenants.management.lookups import client_with_id
from tenants.verbs import revoke_api_client


class Command(BaseCommand):
    """Deactivate an API client together with its tokens."""

    help = "Shut an API client out for good: it gets no token any more, those that it holds end within five seconds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client_id", help="the client's id, as create_api_client printed it")
        parser.add_argument("--json", action="store_true", help="print the result for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        client = client_with_id(options["client_id"])
        was_active = revoke_api_client(actor=system_actor(client.tenant, "revoke_api_client"), client=client)
        if options["json"]:
            self.stdout.write(json.dumps({"client_id": client.client_id, "revoked": True, "was_active": was_active}))
        elif was_active:
            self.stdout.write(f"Revoked the API client {client} of {client.tenant}: it and its tokens no longer work.")
        else:
            self.stdout.write(f"The API client {client} of {client.tenant} was revoked before.")
