"""``manage.py create_staff``: a login to the back office."""

import getpass
import json
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.actors import system_actor
from tenants.choices import Role
from tenants.management.lookups import sentences, tenant_with_uid
from tenants.models import StaffAccount, Tenant
from tenants.verbs import StaffChange, create_staff


class Command(BaseCommand):
    """Give someone a role in a tenant, with a new account when there is none."""

    help = (
        "Give someone a role in a tenant. A new e-mail address gets an account, whose password is asked for twice or"
        " read from standard input; an account that exists gets the role and keeps its password."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="the login; upper and lower case are one")
        parser.add_argument("--role", required=True, choices=Role.values, help="what the account may do in the tenant")
        parser.add_argument("--tenant", required=True, metavar="UID", help="the tenant that the role is for")
        parser.add_argument("--name", default="", help="the name that others see (default: the e-mail address)")
        parser.add_argument("--superuser", action="store_true", help="let the account do all, in every tenant")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        parser.add_argument("--json", action="store_true", help="print the result for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenant_with_uid(options["tenant"])
        known = StaffAccount.objects.filter(email=options["email"].strip().lower()).exists()
        password = None if known else _password(from_stdin=options["password_stdin"])
        try:
            change = create_staff(
                actor=system_actor(tenant, "create_staff"),
                email=options["email"],
                role=options["role"],
                password=password,
                display_name=options["name"],
                superuser=options["superuser"],
            )
        except ValidationError as error:
            raise CommandError(sentences(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(_plain(change, tenant, options["role"])))
        else:
            self.stdout.write(_told(change, tenant, options["role"]))


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask for a password. Use --password-stdin.")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Password, again: "):
        raise CommandError("The two passwords differ. Nothing was created.")
    return first


def _plain(change: StaffChange, tenant: Tenant, role: str) -> dict[str, Any]:
    return {
        "email": change.account.email,
        "created": change.created,
        "tenant": tenant.uid,
        "role": role,
        "role_before": change.role_before,
        "superuser": change.account.is_superuser,
    }


def _told(change: StaffChange, tenant: Tenant, role: str) -> str:
    email = change.account.email
    if change.created:
        told = f"Created the account {email}: {role} in {tenant}."
    elif change.role_before is None:
        told = f"The account {email} existed already and is now {role} in {tenant}, too. It keeps its password."
    elif change.role_before == role:
        told = f"The account {email} is {role} in {tenant} already. It keeps its password."
    else:
        told = f"The account {email} was {change.role_before} in {tenant} and is now {role}. It keeps its password."
    if change.account.is_superuser:
        told += " It is a superuser: it may do all, in every tenant."
    if not change.account.is_active:
        told += " It is deactivated and cannot log in until someone activates it in the admin."
    return told
