"""How commands find what their arguments name, and what they say when it is not there."""

import datetime
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from tenants.models import ApiClient, Tenant

NAMED = 10


def tenant_with_uid(uid: str) -> Tenant:
    """Errors: CommandError that names the tenants there are."""
    tenant = Tenant.objects.filter(uid=uid).first()
    if tenant is None:
        known = _some(Tenant.objects.order_by("uid").values_list("uid", flat=True)[: NAMED + 1])
        hint = f"There are: {known}." if known else "There is none yet: create one with create_tenant."
        raise CommandError(f"No tenant has the uid [{uid}]. {hint}")
    return tenant


def client_with_id(client_id: str) -> ApiClient:
    """Errors: CommandError that names the API clients there are."""
    client: ApiClient | None = ApiClient.objects.select_related("tenant").filter(client_id=client_id).first()
    if client is None:
        rows = ApiClient.objects.order_by("name", "pk").values_list("client_id", "name", "tenant__uid")[: NAMED + 1]
        known = _some(f"{key} ({name}, {tenant})" for key, name, tenant in rows)
        hint = f"There are: {known}." if known else "There is none yet: create one with create_api_client."
        raise CommandError(f"No API client has the id [{client_id}]. {hint}")
    return client


def moment(text: str) -> datetime.datetime:
    """An ISO 8601 date (its first moment) or date-time, in the time zone of the settings unless it names one.

    Errors: CommandError with an example.
    """
    try:
        found = parse_datetime(text)
        day = parse_date(text) if found is None else None
    except ValueError:
        found = day = None
    if day is not None:
        found = datetime.datetime.combine(day, datetime.time())
    if found is None:
        raise CommandError(f"[{text}] is not a date or date-time. Examples: 2030-01-31, 2030-01-31T18:00:00Z.")
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def sentences(error: ValidationError) -> str:
    """A validation error on one line, each message behind the field that it is about."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(
        message if field == "__all__" else f"{field}: {message}"
        for field, messages in error.message_dict.items()
        for message in messages
    )


def _some(names: Iterable[str]) -> str:
    """At most ten names, and a sign when there are more."""
    found = list(names)
    return ", ".join(found[:NAMED]) + (", …" if len(found) > NAMED else "")
