"""What a list or a search is asked for, in the query or in the body (lookup API contract, section 8)."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from django.http import HttpRequest, QueryDict
from msgspec import UNSET, UnsetType

from api import catalogue
from api.bodies import BodyDecoder, read_body
from api.errors import ApiError
from records.cleaning import Invalid
from records.filter_requests import filter_members, filters_in_body, filters_in_query, refuse_unknown
from records.filters import FilterSet
from records.payloads import Text
from records.resources import Resource
from records.sorts import Sort, sort_named

PARAMETERS = ("page", "offset", "sort", "cursor", "expands")
"""What a list takes beside its filters, as query parameters and as members of a search."""

PAGE_SIZE, MAX_PAGE_SIZE = 12, 1_000
MAX_PAGE = 1_000_000_000

_Number = int | str | UnsetType | None
_number = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)


@dataclass(frozen=True)
class Asked:
    """A list that was asked for. ``page`` counts from 1; ``offset`` is its size, None where a cursor may say it."""

    filters: FilterSet
    sort: Sort
    page: int
    offset: int | None
    cursor: str
    expands: frozenset[str]


@cache
def search_decoder(resource: Resource) -> BodyDecoder[Any]:
    """The decoder of the bodies of a search: the filters of the resource, and ``PARAMETERS``."""
    beside: dict[str, Any] = {"page": _Number, "offset": _Number, "sort": Text, "cursor": str | UnsetType | None}
    beside["expands"] = str | list[str] | UnsetType | None
    members = filter_members(resource) | beside
    body = msgspec.defstruct(
        f"{resource.noun}Search",
        [(name, kind, UNSET) for name, kind in members.items()],
        kw_only=True,
        forbid_unknown_fields=True,
    )
    return BodyDecoder(body)


def asked_by_query(resource: Resource, tenant: int, request: HttpRequest) -> Asked:
    """The list that a GET asks for. Errors: ApiError 10015 for the page, 10017 for anything else."""
    filters = filters_in_query(resource, tenant, request, PARAMETERS)
    return _asked(resource, filters, _parameters(request))


def asked_by_body(resource: Resource, tenant: int, request: HttpRequest) -> Asked:
    """The list that a search asks for. A query parameter wins over the member of the same name.

    Errors: ApiError 10007 for the shape of the body, 10015 for the page, 10017 for other values.
    """
    body = search_decoder(resource).decode(read_body(request))
    refuse_unknown(request, PARAMETERS)
    filters = filters_in_body(resource, tenant, body)
    sent = {name: value for name in PARAMETERS if (value := getattr(body, name)) not in (UNSET, None)}
    return _asked(resource, filters, sent | _parameters(request))


def _parameters(request: HttpRequest) -> dict[str, Any]:
    query = request.GET if request.META.get("QUERY_STRING") else QueryDict()
    return {name: query[name] for name in PARAMETERS if name in query}


def _asked(resource: Resource, filters: FilterSet, sent: dict[str, Any]) -> Asked:
    expands = sent.get("expands", "")
    names = expands.replace(" ", "").split(",") if isinstance(expands, str) else expands
    try:
        sort = sort_named(resource, sent.get("sort") or "id")
    except Invalid as invalid:
        raise ApiError(catalogue.PAYLOAD_VALIDATION, str(invalid)) from None
    page = _positive("page", sent.get("page", 1), MAX_PAGE, "pages count from 1")
    offset = _positive("offset", sent["offset"], MAX_PAGE_SIZE, "it is the page size") if "offset" in sent else None
    return Asked(filters, sort, page, offset, sent.get("cursor", ""), frozenset(names))


def _positive(name: str, value: int | str, most: int, meaning: str) -> int:
    """Errors: ApiError 10015."""
    if _number.fullmatch(str(value)) and (number := int(value)) <= most:
        return number
    message = f"{name} [{str(value)[:40]}] must be a positive integer of at most {most}: {meaning}"
    raise ApiError(catalogue.PAGINATION, message)
