"""Lists of the tenant API (contract, section 6) over plain tables: pages by number or by cursor, in any declared order.

Records have an engine of their own for this; here are the few rows of tables such as stores. Order and place come from
two columns, the one that is sorted by and the id, so a cursor is the pair of the last row that was shown: what is
inserted or deleted meanwhile does not move the rows that follow.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from django.core import signing
from django.db.models import F, Model, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.encoding import force_bytes

from api.responses import Answer, answer
from api.tenant import catalogue
from api.tenant.parameters import Parameter, choice, integer
from api.tenant.problems import Fault, Problem
from api.tenant.serving import Call

PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000
COUNTED = 100_000
"""Up to here ``totalCount`` is said to be exact."""
_FARTHEST = 2**62
"""No list has so many rows; PostgreSQL takes no larger OFFSET."""

_SALT = "api.tenant.cursors"
_LONGEST_CURSOR = 4096

M = TypeVar("M", bound=Model)


class Cursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a walk stands, and which list it belongs to. ``found`` is the total that its first page told."""

    tenant: int
    path: str
    sort: str
    key: str
    last: int
    page: int
    found: int


class Column(msgspec.Struct, frozen=True):
    """A column that a list can be sorted by. Text is compared without case."""

    name: str
    text: bool = True

    @property
    def expression(self) -> Any:
        return Lower(self.name) if self.text else F(self.name)

    def value(self, key: str) -> Any:
        """A key of a cursor as the database compares it. Errors: ValueError."""
        return key if self.text else datetime.fromisoformat(key)


def list_parameters(sorts: Mapping[str, Column]) -> tuple[Parameter, ...]:
    """The parameters that every list has. The first order is the default one."""
    return (
        integer("pageNumber", default=1, least=1),
        integer("pageSize", default=PAGE_SIZE, least=1, most=MAX_PAGE_SIZE),
        choice("sortBy", tuple(sorts), default=next(iter(sorts))),
        choice("sortDirection", ("ASC", "DESC"), default="ASC"),
        Parameter("cursor", str),
    )


def answer_list(
    call: Call, rows: QuerySet[M], sorts: Mapping[str, Column], shape: Callable[[M], dict[str, Any]]
) -> Answer:
    """One page of ``rows``, which hold the tenant's only.

    Cost:   two statements, whatever the size of the page; one with a cursor.
    Errors: Problem INVALID_CURSOR.
    """
    query = call.query
    size, descending = query["pageSize"], query["sortDirection"] == "DESC"
    sort = f"{query['sortBy']} {query['sortDirection']}"
    column = sorts[query["sortBy"]]
    keyed = rows.annotate(_key=column.expression)
    if query["cursor"] is None:
        found, page, skip = rows.count(), query["pageNumber"], (query["pageNumber"] - 1) * size
    else:
        cursor = _read(query["cursor"], call, sort)
        found, page, skip = cursor.found, cursor.page + 1, 0
        keyed = keyed.filter(_beyond(cursor, column, descending))
    sign = "-" if descending else ""
    skip = min(skip, _FARTHEST)
    read = list(keyed.order_by(f"{sign}_key", f"{sign}pk")[skip : skip + size + 1])
    shown = read[:size]
    following = ""
    if len(read) > size:
        last: Any = shown[-1]
        key = last._key if column.text else last._key.isoformat()
        following = _write(Cursor(call.tenant.pk, call.endpoint.path, sort, key, last.pk, page, found))
    paging = {
        "pageNumber": page,
        "pageSize": size,
        "totalCount": found,
        "totalCountIsEstimate": found > COUNTED,
        "nextCursor": following,
    }
    response = answer({"items": [shape(row) for row in shown], "paging": paging})
    response.rows = len(shown)
    return response


def _beyond(cursor: Cursor, column: Column, descending: bool) -> Q:
    try:
        key = column.value(cursor.key)
    except ValueError:
        raise _invalid() from None
    way = "lt" if descending else "gt"
    return Q(**{f"_key__{way}": key}) | Q(**{"_key": key, f"pk__{way}": cursor.last})


def _write(cursor: Cursor) -> str:
    encoded = signing.b64_encode(msgspec.json.encode(cursor)).decode()
    return signing.Signer(salt=_SALT).sign(encoded)


def _read(text: str, call: Call, sort: str) -> Cursor:
    if len(text) > _LONGEST_CURSOR:
        raise _invalid()
    try:
        signed = signing.Signer(salt=_SALT).unsign(text)
        cursor = msgspec.json.decode(signing.b64_decode(force_bytes(signed)), type=Cursor)
    except (signing.BadSignature, msgspec.DecodeError, ValueError):
        raise _invalid() from None
    if (cursor.tenant, cursor.path, cursor.sort) != (call.tenant.pk, call.endpoint.path, sort):
        raise _invalid()
    return cursor


def _invalid() -> Problem:
    message = "The cursor is not one that this list gave in this order. Take paging.nextCursor of the page before."
    return Problem(catalogue.INVALID_CURSOR, message, faults=[Fault("?cursor", catalogue.INVALID_CURSOR.code, message)])
