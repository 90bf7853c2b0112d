"""What records read as, as JSON Schemas and as examples: from the shapes of reads and the models' columns."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from api.openapi.operations import Schema
from api.openapi.schemas import closed, integer, nullable, text
from records.openapi.members import (
    PARENT_ID,
    PARENT_NAME,
    PARENT_SOURCE_ID,
    SOURCE,
    SOURCE_ID,
    members_of,
    values_of,
)
from records.reads import Shape, shape_of
from records.resources import Resource, resource_named

STAMP = {"format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
_COMPUTED: dict[str, Schema] = {
    "id": integer(minimum=1),
    "name": text(),
    "source": text(maxLength=64),
    "sourceId": text(maxLength=255),
    "dateCreated": text(**STAMP),
    "dateModified": text(**STAMP),
    "active": {"const": "Y"},
    "isDefault": {"enum": ["Y", "N"]},
}


def read_schema(resource: Resource, shape: Shape, expanded: dict[str, Schema] | None = None) -> Schema:
    """What a record reads as: every member of its shape, and what else may be expanded."""
    columns = {column.member: column for column in resource.columns}
    told = members_of(resource)
    members: dict[str, Schema] = {}
    for name in shape.members:
        column = columns.get(name)
        schema = _COMPUTED[name] if column is None else _of_column(resource, column.name)
        members[name] = {**schema, "description": told[name].words} if told[name].words else schema
    more = expanded or {}
    return closed(members | more, optional=frozenset(more))


def _of_column(resource: Resource, name: str) -> Schema:
    field: Any = resource.model._meta.get_field(name)
    if field.choices:
        return {"enum": [value for value, _ in field.choices]}
    if isinstance(field, models.DateField):
        return nullable(text(format="date"))
    # A name that is put together from three may be longer than each.
    return text() if name == "full_name" else text(maxLength=field.max_length)


def read_example(resource: Resource, shape: Shape, values: Mapping[str, Any]) -> dict[str, Any]:
    """A record with these values as it reads in examples; what has none reads as it does when nothing was sent."""
    columns = {column.member: column for column in resource.columns}
    told = members_of(resource)
    read = {
        name: values.get(name, columns[name].neutral if name in columns else told[name].example)
        for name in shape.members
    }
    if "name" not in columns:
        parts = (read[part] for part in ("firstName", "middleName", "lastName"))
        read["name"] = " ".join(part for part in parts if part)
    if "fullName" in read:
        read["fullName"] = read["fullName"] or read["name"]
    return read


def expanded_example(resource: Resource, addresses: Shape | None) -> dict[str, Any]:
    """What ``expands`` adds to the record of the examples."""
    read: dict[str, Any] = {"sources": [{"source": SOURCE, "sourceId": SOURCE_ID}]}
    if resource.parent:
        parent = resource_named(resource.parent.resource)
        values = {"id": PARENT_ID, "source": SOURCE, "sourceId": PARENT_SOURCE_ID, "name": PARENT_NAME}
        read["parent"] = read_example(parent, shape_of(parent), values)
    if addresses:
        nested = resource_named("addresses")
        read["addresses"] = [read_example(nested, addresses, values_of(nested))]
    if resource.children:
        children = resource_named(resource.children)
        read[children.name] = [read_example(children, shape_of(children), values_of(children))]
    return read
