"""The document as the tests read it, and the records that its examples speak of."""

import datetime
import json
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from django.db import connection

from api.openapi.views import document
from records.models import Record
from records.openapi.members import (
    PARENT_ID,
    PARENT_NAME,
    PARENT_SOURCE_ID,
    SOURCE,
    VERSION,
    members_of,
)
from records.rebuilding import rebuild_search_text
from records.resources import Resource, resource_named
from tenants.models import Tenant
from tests.contract.lookup.served import SERVED

NOTHING: Any = object()


@cache
def told(prefix: str = "/v2") -> dict[str, Any]:
    """The document, as it is served."""
    return json.loads(document(prefix)[0])


def resolved(node: Any) -> Any:
    """What a reference of the document leads to; anything else as it is."""
    while isinstance(node, dict) and "$ref" in node:
        found = told()
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


@dataclass(frozen=True)
class Told:
    """An operation of the document."""

    path: str
    method: str

    @property
    def operation(self) -> dict[str, Any]:
        return told()["paths"][self.path][self.method.lower()]

    @property
    def id(self) -> str:
        return self.operation["operationId"]

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return [resolved(parameter) for parameter in self.operation.get("parameters", [])]

    @property
    def responses(self) -> dict[str, dict[str, Any]]:
        return {status: resolved(response) for status, response in self.operation["responses"].items()}

    @property
    def success(self) -> tuple[int, dict[str, Any]]:
        """The one status that is no error, and its response."""
        (found,) = [(int(status), answer) for status, answer in self.responses.items() if status < "300"]
        return found

    @property
    def request_examples(self) -> dict[str, Any]:
        """The bodies of the examples by name; one without a name for an operation without a body."""
        content = self.operation.get("requestBody", {}).get("content", {})
        examples = [example for media in content.values() for example in media["examples"].items()]
        return {name: example["value"] for name, example in examples} or {"": NOTHING}

    @property
    def can_be_broken(self) -> bool:
        """Whether a request can break what the document says: a header of any text cannot."""
        return "requestBody" in self.operation or any(parameter["in"] != "header" for parameter in self.parameters)

    def example_of(self, parameter: dict[str, Any]) -> str:
        """The example of a parameter, as it is sent."""
        value = parameter["example"]
        return ",".join(map(str, value)) if isinstance(value, list) else str(value)

    def request(self) -> tuple[str, dict[str, str]]:
        """Path with query, and headers, of a request with the examples of all parameters that have some."""
        path, query, headers = self.path, {}, {}
        for parameter in self.parameters:
            if "example" not in parameter:
                continue
            value = self.example_of(parameter)
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", quote(value, safe=""))
            elif parameter["in"] == "query":
                query[parameter["name"]] = value
            else:
                headers[parameter["name"]] = value
        return f"{path}?{urlencode(query)}" if query else path, headers


def operations() -> list[Told]:
    """Every operation, in the order of the document."""
    return [Told(path, method.upper()) for path, methods in told()["paths"].items() for method in methods]


OPERATIONS = operations()


def make_world(tenant: Tenant, resource: Resource) -> Record:
    """The record that the examples speak of, as they show it, with its parent, an address, and what hangs below it."""
    assert resource.parent
    parents = {
        name: resource_named(name).model.everything.create(
            tenant=tenant,
            id=PARENT_ID,
            source=SOURCE,
            source_id=PARENT_SOURCE_ID,
            name=PARENT_NAME,
            **_stamps(resource),
        )
        for name in dict.fromkeys(served.parent for served in SERVED)
    }
    record = _as_shown(tenant, resource, **{resource.parent.field: parents[resource.parent.resource]}, version=VERSION)
    if resource.address_field:
        _as_shown(
            tenant, resource_named("addresses"), **{resource.address_field: record}, is_default=True, version=VERSION
        )
    if resource.children:
        children = resource_named(resource.children)
        assert children.parent
        _as_shown(tenant, children, **{children.parent.field: record})
    list(rebuild_search_text(resource))
    return record


def _as_shown(tenant: Tenant, resource: Resource, **fields: Any) -> Record:
    members = members_of(resource)
    values = {column.name: members[column.member].example for column in resource.columns}
    values |= {name: members[member].example for name, member in KEY.items()}
    _count_from_beyond(resource)
    return resource.model.everything.create(tenant=tenant, **values, **_stamps(resource), **fields)


def _count_from_beyond(resource: Resource) -> None:
    """Keep the ids of the examples out of the way of those that the database gives."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(name, greatest(nextval(name), 1000)) FROM pg_get_serial_sequence(%s, 'id') name",
            [resource.table],
        )


def _stamps(resource: Resource) -> dict[str, datetime.datetime]:
    members = members_of(resource)
    return {name: datetime.datetime.fromisoformat(members[member].example) for name, member in STAMPS.items()}


STAMPS = {"created_at": "dateCreated", "modified_at": "dateModified"}
KEY = {"id": "id", "source": "source", "source_id": "sourceId"}
