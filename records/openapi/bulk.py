"""What the document tells of bulk requests (lookup API contract, section 7)."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiExample

from api import catalogue
from api.bodies import MAX_ROWS
from api.openapi.inspector import OperationSchema
from api.openapi.operations import Answer, Body, Failure, Operation, Schema, example
from api.openapi.schemas import array, boolean, closed, integer, nullable, reference, text
from records.openapi.members import ID, NEW_ID, NEW_SOURCE_ID, SOURCE, SOURCE_ID
from records.openapi.resource import ResourceSchema
from records.resolving import not_found
from records.resources import Resource, resource_named

UNKNOWN = "nobody"
"""A key that no parent has."""

_DIRECTIVES = (
    "How this request departs from an upsert, as an object of lists or as a list of objects. `skipIfNotEmpty` keeps the"
    " named members where something is stored already; `skipMoveOnUpdate` leaves the parent of known records as it is;"
    " `skipCreate` refuses rows whose key is not known; `mergeTranslationsOnUpdate` is accepted, without effect."
)
_KEYS_OF_ROWS = {
    "sourceId": "Each row needs `source` and `sourceId`.",
    "id": "Each row needs `id`. An unknown id is created with that id, for which the client needs the scope"
    " `ids:choose`.",
}


class BulkSchema(ResourceSchema):
    """Describes the bulk endpoints of a resource."""

    def describe_bulk(self) -> Operation:
        name = self.resource.name
        return Operation(
            id=f"upsert{name.capitalize()}{self.by_key}",
            tag=self.tag,
            summary=f"Create and change many {name} by {self.key}",
            description=f"1 to {MAX_ROWS:,} rows. A row whose key is known is an update, another one a create."
            f" {_KEYS_OF_ROWS[self.key]} A fault of shape refuses the whole request (10007); a fault of value refuses"
            " its row, and the others are written. Everything is one transaction. Rows with the same key are applied in"
            " order. Each row is answered, in the order sent.",
            parameters=(self.dry_run(),),
            body=Body(self._body(), self._examples()),
            answers=(bulk_answer(self, self._answered()),),
            failures=(Failure(catalogue.PAYLOAD_VALIDATION, "Unknown directive [skipAll], use one of […]"),),
        )

    def _body(self) -> Schema:
        payload = self.subject.bulk_bodies[self.key].payload
        name = f"{self.resource.name.capitalize()}{self.by_key}"
        told: dict[str, Schema] = {self.resource.name: {"maxItems": MAX_ROWS}}
        told["directives"] = {"description": _DIRECTIVES}
        return self.payload(payload, name, limits={name: told})

    def _examples(self) -> tuple[OpenApiExample, ...]:
        name, rows = self.resource.name, self._rows()
        listed = [
            {"operation": "skipIfNotEmpty", "fields": list(self.changed())},
            {"operation": "skipMoveOnUpdate"},
        ]
        return (
            example("upsert", {name: rows}, "One known, one new, one with an unknown parent"),
            example("directives", {name: rows[:1], "directives": {"skipCreate": []}}, "Change what is known only"),
            example("listed", {name: rows[:2], "directives": listed}, "Directives as a list"),
        )

    def _rows(self) -> list[dict[str, Any]]:
        """A row whose key is known, a new one, and one that is refused."""
        unknown = {"parent": {"source": SOURCE, "sourceId": UNKNOWN}}
        return [
            {**self._pair(ID, SOURCE_ID), **self.changed()},
            {**self.new(), **self._pair(NEW_ID, NEW_SOURCE_ID)},
            {**self._pair(NEW_ID + 1, "KL-44"), **unknown},
        ]

    def _pair(self, id: int, source_id: str) -> dict[str, Any]:
        return {"id": id} if self.key == "id" else {"source": SOURCE, "sourceId": source_id}

    def _answered(self) -> list[dict[str, Any]]:
        """What becomes of the three rows."""
        known, new, refused = ({"key": row[self.key], "lookupKey": self.key} for row in self._rows())
        failure = self.refusal(not_found(self._parent(), "sourceId", UNKNOWN))
        return [
            {"action": "update", "changed": True, "id": ID, **known, "success": True},
            {"action": "create", "id": NEW_ID, **new, "success": True},
            {
                "action": "create",
                "code": failure.entry.code,
                "error": failure.message,
                **refused,
                "success": False,
                "type": failure.entry.type,
            },
        ]

    def _parent(self) -> Resource:
        if self.resource.parent is None:
            raise ValueError(f"{self.resource.name} have no parents.")
        return resource_named(self.resource.parent.resource)


def bulk_answer(schema: OperationSchema, rows: Sequence[dict[str, Any]]) -> Answer:
    """The answer to a bulk request, a row for each row: the same for records and for their addresses.

    ``rows`` are those of the example.
    """
    number = nullable(integer("The id of the record; null in a dry run that would create it."))
    done: Schema = {"const": True}
    changed = boolean("False where every value was in place: then nothing was touched.")
    kinds = {
        "RowCreated": closed({"action": {"const": "create"}, "id": number, **_SENT_KEY, "success": done}),
        "RowUpdated": closed(
            {"action": {"const": "update"}, "changed": changed, "id": number, **_SENT_KEY, "success": done}
        ),
        ROW_FAILED: failed_row(),
    }
    for name, definition in kinds.items():
        schema.component(name, definition)
    answered = array({"anyOf": [reference(name) for name in kinds]})
    envelope = closed({"data": answered, "messages": array(text()), "total": {"type": "integer", "minimum": 1}})
    shown = {"data": list(rows), "messages": ["Completed"], "total": len(rows)}
    return Answer(
        "What became of each row, in the order sent.",
        schema.component("BulkAnswer", envelope),
        (example("rows", shown, "One of each kind"),),
    )


ROW_FAILED = "RowFailed"
_SENT_KEY: dict[str, Schema] = {
    "key": {"type": ["string", "integer", "null"], "description": "The key as it was sent."},
    "lookupKey": {"enum": ["id", "sourceId", "code"]},
}


def failed_row() -> Schema:
    """A row that was refused, in any bulk."""
    return closed(
        {
            "action": {"enum": ["create", "update"], "description": "What would have been done."},
            "code": {"type": "integer"},
            "error": text("What is wrong with the row, each fault behind a pointer into it."),
            **_SENT_KEY,
            "success": {"const": False},
            "type": text(),
        }
    )
