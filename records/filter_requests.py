"""The filters of a request, in its query or in its body (lookup API contract, section 8)."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Annotated, Any

import msgspec
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from msgspec import UNSET, Meta, UnsetType

from api import catalogue
from api.errors import ApiError
from records.api_errors import refused
from records.filter_fields import MAX_VALUES, FilterListField
from records.filters import FilterSet, FiltersInvalid, ParentRefused, filter_set, filters_of
from records.payloads import Text, TextOrInteger
from records.resources import Resource
from records.rows import ParentKey

_Value = Annotated[str, Meta(max_length=255)] | int
_Values = Annotated[list[_Value], Meta(min_length=1, max_length=MAX_VALUES)] | UnsetType | None
MAX_FAULTS = 20
_PARENT = {"parent.id": "id", "parent.sourceId": "source_id", "parent.source": "source"}


class Span(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """From when to when, both inclusive."""

    from_: Text = UNSET
    to: Text = UNSET


@cache
def filter_members(resource: Resource) -> dict[str, Any]:
    """The filters of a resource as members of a body, and their types."""
    members: dict[str, Any] = {}
    for name, one in filter_set(resource).base_filters.items():
        if name == "parent":
            members[name] = ParentKey | UnsetType | None
        elif "." in name:
            members[name.partition(".")[0]] = Span | UnsetType | None
        elif issubclass(one.field_class, FilterListField):
            members[name] = _Values
        else:
            members[name] = TextOrInteger if name == "phone" else Text
    return members


def filters_in_body(resource: Resource, tenant: int, body: msgspec.Struct) -> FilterSet:
    """The filters of a decoded body, which has ``filter_members`` among its members.

    Errors: ApiError 10017 with every fault, each with its pointer.
    """
    sent: dict[str, Any] = {}
    for name in filter_members(resource):
        value = getattr(body, name)
        if isinstance(value, Span):
            sent |= {f"{name}.from": value.from_, f"{name}.to": value.to}
        else:
            sent[name] = value
    given = {name: value for name, value in sent.items() if value is not UNSET}
    return _checked(resource, tenant, given, lambda name: f"#/{name.replace('.', '/')}")


def filters_in_query(resource: Resource, tenant: int, request: HttpRequest, besides: Collection[str] = ()) -> FilterSet:
    """The filters among the query parameters; ``besides`` names the parameters that are something else.

    Errors: ApiError 10017 with every fault: a name that is not known, one that is given twice, a bad value.
    """
    query = request.GET if request.META.get("QUERY_STRING") else QueryDict()
    known = filter_set(resource).base_filters
    sent: dict[str, Any] = {}
    parent: dict[str, Any] = {}
    faults: list[str] = []
    for name in query:
        values = query.getlist(name)
        if name in besides:
            continue
        if name in _PARENT and "parent" in known:
            parent[_PARENT[name]] = values[-1]
        elif name not in known or name == "parent":
            names = [*(known.keys() - {"parent"}), *(_PARENT if "parent" in known else ()), *besides]
            faults.append(_unknown(name, names))
        elif issubclass(known[name].field_class, FilterListField):
            sent[name] = [part for value in values for part in value.split(",")]
        else:
            sent[name] = values[-1]
        if len(values) > 1 and not isinstance(sent.get(name), list):
            faults.append(f"{name}: given {len(values)} times, once is possible")
    if faults:
        raise ApiError(catalogue.PAYLOAD_VALIDATION, *faults[:MAX_FAULTS])
    if any(parent.values()):
        sent["parent"] = _parent_key(parent)
    return _checked(resource, tenant, sent, lambda name: name)


def refuse_unknown(request: HttpRequest, known: Collection[str]) -> None:
    """Refuse query parameters that a request with a body does not have. Errors: ApiError 10017."""
    query = request.GET if request.META.get("QUERY_STRING") else QueryDict()
    if faults := [_unknown(name, known) for name in query if name not in known]:
        raise ApiError(catalogue.PAYLOAD_VALIDATION, *faults[:MAX_FAULTS])


def _unknown(name: str, known: Collection[str]) -> str:
    return f"Unknown parameter [{name[:80]}], use one of [{','.join(sorted(known))}]"


def filtered(filters: FilterSet) -> "QuerySet[Any]":
    """The live records of the tenant that every filter lets through.

    Errors: ApiError of the parent's resource, when the parent that is filtered by cannot be found.
    """
    try:
        return filters.narrowed
    except ParentRefused as refusal:
        raise refused(refusal.refusal) from None


def _parent_key(sent: dict[str, str]) -> ParentKey:
    if pk := sent.get("id"):
        # A number that no id can be leads to no parent, as in a body.
        if not (pk.isascii() and pk.isdigit() and len(pk) <= 19):
            raise ApiError(catalogue.PAYLOAD_VALIDATION, f"parent.id: [{pk[:40]}] is not an id: a positive integer")
        return ParentKey(id=int(pk))
    return ParentKey(source_id=sent.get("source_id", UNSET), source=sent.get("source", UNSET))


def _checked(resource: Resource, tenant: int, sent: Mapping[str, Any], place: Any) -> FilterSet:
    try:
        return filters_of(resource, tenant, sent)
    except FiltersInvalid as invalid:
        messages = [f"{place(name)}: {fault}" for name, fault in invalid.faults.items()]
        raise ApiError(catalogue.PAYLOAD_VALIDATION, *messages) from None
