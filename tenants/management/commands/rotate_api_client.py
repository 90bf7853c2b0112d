"""``manage.py rotate_api_client``: a new secret for an integration."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.actors import system_actor
from tenants.management.lookups import client_with_id, sentences
from tenants.verbs import rotate_api_client


class Command(BaseCommand):
    """Replace the secret of an API client and print the new one, once."""

    help = (
        "Give an API client a new secret and print it. The old secret stops working at once, the tokens that it brought"
        " within five seconds."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client_id", help="the client's id, as create_api_client printed it")
        parser.add_argument("--json", action="store_true", help="print the result for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        client = client_with_id(options["client_id"])
        try:
            issued = rotate_api_client(actor=system_actor(client.tenant, "rotate_api_client"), client=client)
        except ValidationError as error:
            raise CommandError(sentences(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps({"client_id": client.client_id, "client_secret": issued.secret}))
            return
        self.stdout.write(f"client_id:     {client.client_id}")
        self.stdout.write(f"client_secret: {issued.secret}")
        self.stderr.write(
            f"The API client {client} of {client.tenant} has a new secret, which is not shown again. The old one and"
            " its tokens no longer work."
        )
