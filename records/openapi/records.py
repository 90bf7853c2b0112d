"""What the document tells of a resource's records, alone and in bulk (lookup API contract, sections 5 to 7)."""

from typing import Any

from api.openapi.headers import ETAG, LOCATION
from api.openapi.operations import Answer, Body, Operation, example, query
from api.openapi.schemas import array, text
from records.openapi.bulk import BulkSchema
from records.openapi.members import PARENT_ID
from records.openapi.schemas import expanded_example


class RecordSchema(BulkSchema):
    """Describes ``records.api.RecordViewSet``."""

    def describe_create(self) -> Operation:
        noun = self.resource.noun
        sent = self.new()
        return Operation(
            id=f"create{noun}",
            tag=self.tag,
            summary=f"Create a {noun.lower()}",
            description="Every member is optional; `source` and `sourceId` go together.",
            body=Body(
                self.payload(self.subject.payload),
                (
                    example("whole", sent, "Under your key, with a parent"),
                    example("least", self.changed(), "The least"),
                ),
            ),
            answers=(
                self._answer(
                    f"The new {noun.lower()}.",
                    self.new_example(sent),
                    f"{noun} created",
                    status=201,
                    headers=(LOCATION, ETAG),
                ),
            ),
            failures=self.write_failures(),
        )

    def describe_retrieve(self) -> Operation:
        noun = self.resource.noun
        expansions = list(self.expansions())
        words = "What else to read with the record: " + ", ".join(f"`{name}`" for name in expansions) + "."
        return Operation(
            id=f"get{noun}{self.by_key}",
            tag=self.tag,
            summary=f"Get a {noun.lower()} {self.which}",
            description="The whole record.",
            parameters=(
                *self.lookup_parameters(),
                query("expands", f"{words} Other names are ignored.", array(text()), value=expansions),
            ),
            answers=(
                self._answer(
                    f"The {noun.lower()}.", self.example() | expanded_example(self.resource, self.subject.addresses)
                ),
            ),
            failures=(*self.lookup_failures(), *self.expansion_failures()),
        )

    def describe_update(self) -> Operation:
        noun = self.resource.noun
        ((changed, value),) = self.changed().items()
        return Operation(
            id=f"update{noun}{self.by_key}",
            tag=self.tag,
            summary=f"Change a {noun.lower()} {self.which}",
            description='A partial update: what is absent stays as it is, `null` and `""` clear. Where nothing'
            " really changes, neither `dateModified` nor the ETag moves.",
            parameters=(*self.lookup_parameters(), self.if_match()),
            body=Body(
                self.payload(self.subject.payload),
                (
                    example("change", {changed: value}, "Change one member"),
                    example("clear", {changed: None}, "Clear it"),
                    example("move", {"parent": {"id": PARENT_ID}}, "Move it to another parent"),
                ),
            ),
            answers=(
                self._answer(f"The {noun.lower()} as it is now.", self.example(**{changed: value}), f"{noun} updated"),
            ),
            failures=(*self.lookup_failures(), *self.write_failures(), self.stale(noun)),
        )

    def describe_destroy(self) -> Operation:
        noun = self.resource.noun
        return Operation(
            id=f"delete{noun}{self.by_key}",
            tag=self.tag,
            summary=f"Delete a {noun.lower()} {self.which}",
            description="Moves the record to the recycle bin, with all that goes along with it. Its key stays taken."
            " Only the back office can restore it.",
            parameters=(*self.lookup_parameters(), self.reason(), self.if_match()),
            answers=(self.deleted(noun),),
            failures=(*self.lookup_failures(), self.stale(noun), *self.delete_failures()),
        )

    # Answers.

    def _answer(self, description: str, data: dict[str, Any], message: str = "", **more: Any) -> Answer:
        schema = self.envelope(self.resource.noun, self.record())
        shown = {"data": data, "messages": [message] if message else [], "total": 1}
        examples = (example("record", shown, self.resource.noun),)
        return Answer(description, schema, examples, **{"headers": (ETAG,)} | more)
