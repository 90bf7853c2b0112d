"""``manage.py show_credentials``: how to get into the demo."""

import json
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice import demo_credentials
from backoffice.demo_credentials import DemoCredentials
from customers.demo_rows import SOURCE, customer_key


class Command(BaseCommand):
    """Print where the admin is, the logins, the API client, and a line that uses it. Needs no database."""

    help = "Print the demo's address, logins and API client, and a curl line to paste. prepare_demo makes them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="where the server listens (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="default: %(default)s")
        parser.add_argument("--json", action="store_true", help="print the result for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.DATA_DIR) / "credentials"
        credentials = demo_credentials.read(path)
        if credentials is None:
            raise CommandError(f"There are no credentials in {path}. Make them with: manage.py prepare_demo")
        base = f"http://{options['host']}:{options['port']}"
        curl = curl_line(base, credentials)
        if options["json"]:
            plain = msgspec.to_builtins(credentials) | {"admin": f"{base}/admin/", "curl": curl}
            del plain["hashes"]
            self.stdout.write(json.dumps(plain))
            return
        logins = [f"{login.role:<11}{login.email:<24}{login.password}" for login in credentials.staff]
        lines = [
            *_block("Admin", [f"{base}/admin/"]),
            *_block("Logins", logins),
            *_block("API client", [f"id      {credentials.client_id}", f"secret  {credentials.client_secret}"]),
            "Paste this to read a customer over the API:",
            "",
            curl,
        ]
        self.stdout.write("\n".join(["", *lines]))


def curl_line(base: str, credentials: DemoCredentials) -> str:
    """One line for a POSIX shell: it gets a token and reads the first demo customer with it."""
    form = f"grant_type=client_credentials&client_id={credentials.client_id}&client_secret={credentials.client_secret}"
    token = rf"""$(curl -s -d '{form}' {base}/oauth2/token | sed 's/.*"access_token": *"\([^"]*\)".*/\1/')"""
    url = f"{base}/v2/customers/sourceId/{customer_key(1)}?source={SOURCE}"
    return f"""curl -s -H "Authorization: Bearer {token}" '{url}'"""


def _block(title: str, lines: list[str]) -> list[str]:
    """A title in front of its lines, and a blank line after them."""
    leads = [title] + [""] * (len(lines) - 1)
    return [f"{lead:<12}{line}" for lead, line in zip(leads, lines, strict=True)] + [""]
