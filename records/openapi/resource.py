"""What every description of a resource's endpoints stands on: its record, its key in the path, its refusals."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter

from api import catalogue
from api.openapi.failures import missing_scope
from api.openapi.inspector import OperationSchema
from api.openapi.operations import Answer, Failure, Schema, example, header, in_path, query
from api.openapi.schemas import array, boolean, closed, components_of, integer, nullable, reference, text
from api.routes import LOOKUP_KEYS
from records.api_errors import entry_of
from records.openapi.members import (
    ID,
    NEW_ID,
    NEW_SOURCE_ID,
    PARENT_SOURCE_ID,
    SOURCE,
    SOURCE_ID,
    VERSION,
    members_of,
    values_of,
)
from records.openapi.schemas import read_example, read_schema
from records.outcomes import Refusal
from records.people import Person
from records.reads import LONGEST_KEY, Shape, shape_of
from records.resolving import exists, in_bin, not_found, several
from records.resource_view import missing_owner
from records.resources import Resource, resource_named
from recyclebin.errors import ReasonNotText
from recyclebin.reasons import REASON_LIMIT

_OF_PEOPLE = ("firstName", "lastName", "dateOfBirth", "gender", "email", "phone", "primaryLanguage")
_OF_ORGANISATIONS = ("name", "department", "office", "notes", "inheritProductList")
"""What is sent of a new record in examples."""

NOTHING: Mapping[str, Mapping[str, Any]] = {}
_OF_PARENTS = {
    "id": "The id that the parent has with us. It wins where the pair is sent, too.",
    "sourceId": "The key of the parent in your system.",
    "source": "The source of that key. Without it, the key is looked for over all of your tenant's sources.",
}

ETAG_VALUE = f'"{ID}-{VERSION}"'
"""The ETag of the record of the examples."""

KEY_VALUES: dict[str, Any] = {"id": ID, "sourceId": SOURCE_ID}


class ResourceSchema(OperationSchema):
    """Describes endpoints of one resource; the view says which."""

    keys: ClassVar[tuple[str, ...]] = LOOKUP_KEYS

    @property
    def resource(self) -> Resource:
        found: Resource = self.subject.resource
        return found

    @property
    def tag(self) -> str:
        """The heading of the resource's own endpoints."""
        return self.resource.name.capitalize()

    @property
    def by_key(self) -> str:
        """What the lookup key adds to the name of an operation: ``getCustomerById``."""
        return f"By{self.key[0].upper()}{self.key[1:]}" if self.key else ""

    @property
    def which(self) -> str:
        """How the path finds its record, in words for a summary."""
        return f"by its {self.key}" if self.key else ""

    # The record.

    def record(self) -> Schema:
        """The record as it is read, among the components."""
        return self.component(
            self.resource.noun, read_schema(self.resource, shape_of(self.resource), self.expansions())
        )

    def expansions(self) -> dict[str, Schema]:
        """What ``expands`` adds to a record."""
        pair = closed({"source": text(maxLength=64), "sourceId": text(maxLength=255)})
        told: dict[str, Schema] = {
            "sources": array(pair, maxItems=1, description="With `expands=sources`: its key, if it has one.")
        }
        if self.resource.parent:
            noun = resource_named(self.resource.parent.resource).noun
            told["parent"] = {
                **nullable(reference(noun)),
                "description": "With `expands=parent`: the whole record that it belongs to. `null` where there is"
                " none, and while that is in the recycle bin.",
            }
        if addresses := self.subject.addresses:
            told["addresses"] = array(
                self.address(addresses), description="With `expands=addresses`: its live addresses, the oldest first."
            )
        if self.resource.children:
            children = resource_named(self.resource.children)
            told[children.name] = array(
                reference(children.noun),
                description=f"With `expands={children.name}`, which needs the scope `{children.name}:read`: its live"
                f" {children.name}.",
            )
        return told

    def expansion_failures(self) -> tuple[Failure, ...]:
        """Why a record may not be expanded."""
        children = self.resource.children
        return (missing_scope(f"{children}:read"),) if children else ()

    def address(self, shape: Shape) -> Schema:
        """An address as it is read, among the components."""
        resource = resource_named("addresses")
        return self.component(resource.noun, read_schema(resource, shape))

    def example(self, **changed: Any) -> dict[str, Any]:
        """The record of the examples as it is read, with what was changed."""
        return read_example(self.resource, shape_of(self.resource), values_of(self.resource) | changed)

    def new_example(self, sent: dict[str, Any]) -> dict[str, Any]:
        """A record as it is read when it was just made of this."""
        defaults = {
            column.member: sent[column.default_from] for column in self.resource.columns if column.default_from in sent
        }
        return read_example(self.resource, shape_of(self.resource), {**defaults, **sent, "id": NEW_ID})

    def new(self) -> dict[str, Any]:
        """A record as it is sent to create it."""
        told = members_of(self.resource)
        sent: dict[str, Any] = {"source": SOURCE, "sourceId": NEW_SOURCE_ID}
        sent |= {name: told[name].example for name in (_OF_PEOPLE if self.is_person else _OF_ORGANISATIONS)}
        return {**sent, "parent": {"source": SOURCE, "sourceId": PARENT_SOURCE_ID}}

    def changed(self) -> dict[str, Any]:
        """What the examples change: one member, and its new value."""
        return {"lastName": "de Wit-Smit"} if self.is_person else {"office": "Amersfoort"}

    @property
    def is_person(self) -> bool:
        """Whether the records are of people, and not of organisations."""
        return issubclass(self.resource.model, Person)

    def payload(
        self,
        payload: type,
        name: str = "",
        *,
        words: Mapping[str, Mapping[str, str]] = NOTHING,
        limits: Mapping[str, Mapping[str, Schema]] = NOTHING,
    ) -> Schema:
        """A payload and what it is made of, among the components.

        ``name`` is what it is called there. ``words`` says what the members of components are that are no records;
        ``limits`` adds to members what their types do not say. Both go by the name of the component.
        """

        def rename(found: str) -> str:
            return name if name and found == payload.__name__ else found.replace("Payload", "Input")

        schema, components = components_of(payload, rename, lambda found: words.get(found) or self._words(found))
        for component, definition in components.items():
            for member, more in limits.get(component, {}).items():
                definition["properties"][member] |= more
            self.component(component, definition)
        return schema

    def _words(self, component: str) -> Mapping[str, str]:
        if component == "ParentKey":
            return _OF_PARENTS
        nested = resource_named("addresses")
        resource = nested if nested.noun in component else self.resource
        return {name: member.words for name, member in members_of(resource).items() if member.words}

    # The key in the path.

    def lookup_parameters(self) -> tuple[OpenApiParameter, ...]:
        """The key that the path finds its record by."""
        if self.key == "id":
            words = "The id that the record has with us."
            return (in_path("id", words, integer(minimum=1), ID),)
        words = "The key of the record in your system, percent-encoded as one segment of the path."
        narrowed = "The source of the sourceId. Without it, the key is looked for over all of your tenant's sources."
        return (
            in_path("sourceId", words, text(minLength=1, maxLength=LONGEST_KEY), SOURCE_ID),
            query("source", narrowed, text(), value=SOURCE),
        )

    def if_match(self, etag: str = ETAG_VALUE) -> OpenApiParameter:
        """The header that makes a write depend on the version."""
        words = "Do it only if this is still the ETag. Several may be listed; `*` fits every version."
        return header("If-Match", words, text(), value=etag)

    def reason(self) -> OpenApiParameter:
        """Why something is deleted."""
        words = "Kept with the deletion. Without one, the name of the API client is."
        return query("reason", words, text(maxLength=REASON_LIMIT), value="duplicate")

    def dry_run(self) -> OpenApiParameter:
        """Whether a bulk only answers."""
        return query("dryRun", "Answer as if, and write nothing. Created rows have `id` null then.", boolean())

    # Answers.

    def envelope(self, noun: str, data: Schema) -> Schema:
        """The envelope of one record, among the components."""
        members = {"data": data, "messages": array(text()), "total": {"const": 1}}
        return self.component(f"{noun}Answer", closed(members))

    def deleted(self, noun: str) -> Answer:
        """The answer to a deletion."""
        shown = example("deleted", {"data": {}, "messages": [f"{noun} deleted"]})
        return Answer("It is in the recycle bin.", self.deleted_schema(), (shown,))

    def deleted_schema(self) -> Schema:
        """The envelope of an answer without data, among the components."""
        return self.component("Deleted", closed({"data": closed({}, maxProperties=0), "messages": array(text())}))

    # Refusals.

    @staticmethod
    def refusal(refusal: Refusal) -> Failure:
        """A refusal of the engine as an error."""
        return Failure(entry_of(refusal), refusal.message)

    def lookup_failures(self, *, owner: bool = False) -> tuple[Failure, ...]:
        """Why there may be no record with the key; ``owner`` when the path goes on below it."""
        value = KEY_VALUES[self.key]
        missing = missing_owner if owner else not_found
        refusals = [missing(self.resource, self.key, str(value)), in_bin(self.resource, self.key, value)]
        if self.key == "sourceId":
            refusals.append(several(self.resource))
        return tuple(map(self.refusal, refusals))

    def write_failures(self) -> tuple[Failure, ...]:
        """Why a record may not be written: its values, its key, its parent."""
        refusals = [exists(self.resource), in_bin(self.resource, "sourceId", SOURCE_ID)]
        apart = "#/source: source and sourceId go together: send both or neither"
        own = (*map(self.refusal, refusals), Failure(catalogue.PAYLOAD_VALIDATION, apart))
        return (*own, *self.parent_failures())

    def parent_failures(self) -> tuple[Failure, ...]:
        """Why a parent that a request names may not be taken."""
        if self.resource.parent is None:
            return ()
        parent, key = resource_named(self.resource.parent.resource), ("sourceId", PARENT_SOURCE_ID)
        refusals = (not_found(parent, *key), in_bin(parent, *key), several(parent))
        return tuple(map(self.refusal, refusals))

    def stale(self, noun: str, etag: str = ETAG_VALUE) -> Failure:
        """The refusal of a write that was meant for another version."""
        return Failure(catalogue.PRECONDITION_FAILED, f"If-Match does not match: the ETag of the {noun} is {etag}")

    @staticmethod
    def delete_failures() -> tuple[Failure, ...]:
        """Why something may not be deleted."""
        return (Failure(catalogue.PAYLOAD_VALIDATION, str(ReasonNotText())),)
