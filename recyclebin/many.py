"""Comparing a key with very many values.

Django's ``__in`` makes a parameter of each value and quotes, checks and splits them one by one: for 10,000 ids that
takes longer than PostgreSQL takes to find the rows. ``column__any_of=Many(ids)`` sends one array and means the same.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Field, ForeignObject, Lookup


class Many:
    """Integers or UUIDs as one PostgreSQL array literal, made once and used in any number of statements."""

    def __init__(self, values: Iterable[object]) -> None:
        self.literal = "{" + ",".join(map(str, values)) + "}"

    def __bool__(self) -> bool:
        return self.literal != "{}"


class AnyOf(Lookup):
    """``column = ANY (array)``; like ``__in``, nothing at all costs no statement."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if not self.rhs:
            raise EmptyResultSet
        column, parameters = self.process_lhs(compiler, connection)
        kind = self.lhs.output_field.db_type(connection)
        return f"{column} = ANY (%s::{kind}[])", (*parameters, self.rhs.literal)


def register() -> None:
    """Make ``any_of`` known to every column. Called once, when the app is ready."""
    Field.register_lookup(AnyOf)
    ForeignObject.register_lookup(AnyOf)  # keys do not inherit the lookups of other columns
