"""The filters of lists, searches and exports, built from the declarations of the resources (contract section 8).

One filter set serves query parameters and bodies. What passed it is a queryset, or a WHERE clause for generated SQL.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import django_filters
import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from records import cleaning, filter_fields
from records.filter_fields import FilterField, FilterListField
from records.outcomes import Refusal
from records.querysets import RecordQuerySet
from records.resolving import resolve_parents
from records.resources import Resource
from records.rows import ParentKey
from records.search import holding, matching
from records.search_text import fold

Rows = RecordQuerySet[Any]


class FiltersInvalid(Exception):
    """Filters that are not acceptable. ``faults`` holds what is wrong by the name of the filter."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = faults
        super().__init__(*faults.values())


class ParentRefused(Exception):
    """The parent that a filter names does not exist, is in the recycle bin, or is one of several."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.text)


class RecordFilter(django_filters.Filter):  # type: ignore[misc]
    """The base of all: a column, how it is compared, and how a value is cleaned."""

    field_class = FilterField

    def __init__(self, name: str, column: str, lookup: str, clean: Any) -> None:
        super().__init__(column, lookup, label=name, clean_value=clean)


class ListFilter(RecordFilter):
    """The column has one of the values."""

    field_class = FilterListField

    def __init__(self, name: str, column: str, clean: Any) -> None:
        super().__init__(name, column, "in", clean)


class KeyFilter(ListFilter):
    """The same for a column whose index leaves out empty values, which PostgreSQL has to be told."""

    def filter(self, rows: Rows, value: Any) -> Rows:
        found: Rows = super().filter(rows, value)
        return found.exclude(**{self.field_name: ""}) if value else found


class TextFilter(RecordFilter):
    """Every word is found in the search text."""

    def filter(self, rows: Rows, value: str) -> Rows:
        if value.strip() and not fold(value):
            return rows.none()  # nothing but accents
        parent = self.parent
        return matching(rows, type=parent.resource.type, tenant=parent.tenant, text=value)  # type: ignore[return-value]


class EmailFilter(RecordFilter):
    """The address, whichever case its letters have. The search text finds, the column decides."""

    def filter(self, rows: Rows, value: str) -> Rows:
        if not value:
            return rows
        lowered = 'lower("{t}"."email" COLLATE "C")'
        narrowed = _holding(self.parent, rows, "email", fold(value))
        if value.isascii():
            return _where(narrowed, f"{lowered} = %s", value.lower())
        return _where(narrowed, f"{lowered} ~ %s", f"^{''.join(map(_either_case, value))}$")


class PhoneFilter(RecordFilter):
    """The same digits, however they are written."""

    def filter(self, rows: Rows, value: str) -> Rows:
        if not value:
            return rows
        # What search_text.digits does, in SQL.
        stored = """regexp_replace(regexp_replace("{t}"."phone", '[^0-9]+', '', 'g'), '^00', '')"""
        return _where(_holding(self.parent, rows, "phone", value), f"{stored} = %s", value)


class ParentFilter(RecordFilter):
    """Below this parent, named by id or by its key (section 4)."""

    def filter(self, rows: Rows, value: ParentKey | str) -> Rows:
        if not isinstance(value, ParentKey):
            return rows
        (parent,) = resolve_parents(self.parent.resource, self.parent.tenant, [value])
        if isinstance(parent, Refusal):
            raise ParentRefused(parent)
        return rows.filter(**{self.field_name: parent})


class FilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """The filters of one resource, bound to what a caller of one tenant sent."""

    resource: ClassVar[Resource]

    def __init__(self, sent: Mapping[str, Any], tenant: int) -> None:
        self.tenant = tenant
        super().__init__(sent, self.resource.model.objects.for_tenant(tenant))

    @property
    def narrowed(self) -> Rows:
        """The live records of the tenant that every filter lets through.

        Errors: ParentRefused.
        """
        rows: Rows = self.filter_queryset(self.queryset)
        return rows

    @property
    def given(self) -> dict[str, Any]:
        """The values by the names of the filters that were given one."""
        return {name: value for name, value in self.form.cleaned_data.items() if value not in ("", ())}

    @property
    def digest(self) -> str:
        """What tells these filters from others: equal for equal filters, however they were sent."""
        return hashlib.sha256(msgspec.json.encode(self.given, order="sorted")).hexdigest()[:16]


@cache
def filter_set(resource: Resource) -> type[FilterSet]:
    """The filters that the resource has."""
    text = filter_fields.key_text
    person = "last_name" in resource.by_name
    filters: dict[str, RecordFilter] = {
        "debtorIds": KeyFilter("debtorIds", "debtor_id", text),
        "ids": ListFilter("ids", "pk", filter_fields.identifier),
        "sourceIds": KeyFilter("sourceIds", "source_id", text),
        "source": RecordFilter("source", "source", "exact", text),
        "email": EmailFilter("email", "email", "exact", cleaning.email),
        "phone": PhoneFilter("phone", "phone", "exact", filter_fields.phone_digits),
        "name": TextFilter("name", "last_name" if person else "name", "exact", filter_fields.search_words),
        "query": TextFilter("query", "last_name" if person else "name", "exact", filter_fields.search_words),
        "primaryLanguage": RecordFilter("primaryLanguage", "primary_language", "exact", cleaning.language),
    }
    always = {"ids", "sourceIds", "source"}
    known = {name: one for name, one in filters.items() if name in always or one.field_name in resource.by_name}
    if resource.parent:
        known["parent"] = ParentFilter("parent", resource.parent.column, "exact", _parent_key)
    for name, column in {"dateCreated": "created_at", "dateModified": "modified_at"}.items():
        known[f"{name}.from"] = RecordFilter(f"{name}.from", column, "gte", filter_fields.moment_from)
        known[f"{name}.to"] = RecordFilter(f"{name}.to", column, "lt", filter_fields.moment_to)
    return type(f"{resource.noun}Filters", (FilterSet,), {"resource": resource, **known})


def filters_of(resource: Resource, tenant: int, sent: Mapping[str, Any]) -> FilterSet:
    """The filters that were sent, checked.

    Takes:  values by the names of ``filter_set(resource).base_filters``: a list of values where it takes several, a
            ParentKey for ``parent``, else one value. All names are known.
    Errors: FiltersInvalid with every fault.
    """
    filters = filter_set(resource)(sent, tenant)
    if not filters.is_valid():
        raise FiltersInvalid({name: "; ".join(messages) for name, messages in filters.errors.items()})
    return filters


def where_of(rows: "QuerySet[Any]") -> tuple[str, list[Any]]:
    """The condition of a queryset that joins nothing, for generated SQL that names the table without an alias."""
    compiler = rows.query.get_compiler(connection=connection)
    try:
        sql, parameters = compiler.compile(rows.query.where)
    except EmptyResultSet:
        return "FALSE", []
    return sql, list(parameters)


def _holding(filters: FilterSet, rows: Rows, field: str, folded: str) -> Rows:
    """Those whose search text is ``folded`` in this field: few, and found by an index."""
    statement, parameters = holding(type=filters.resource.type, tenant=filters.tenant, field=field, folded=folded)
    return rows.filter(pk__in=RawSQL(statement, parameters))  # noqa: S611


def _where(rows: Rows, condition: str, parameter: str) -> Rows:
    table = rows.model._meta.db_table
    return rows.filter(RawSQL(condition.format(t=table), [parameter], BooleanField()))  # noqa: S611


def _either_case(character: str) -> str:
    """A regular expression for a character in either case: no collation knows the cases of all of them."""
    forms = sorted({character, character.lower(), character.upper()})
    return f"(?:{'|'.join(map(re.escape, forms))})"


def _parent_key(value: Any) -> ParentKey:
    if not isinstance(value, ParentKey):
        raise cleaning.Invalid("a parent is named by id, or by sourceId and source")
    return value
