"""What the document tells of addresses as a sub-resource (lookup API contract, sections 5 to 7)."""

from typing import Any, ClassVar

from addresses.book import not_below
from addresses.contracts import ADDRESSES
from addresses.models import AddressType
from addresses.reads import ADDRESS_SHAPE
from api import catalogue
from api.bodies import MAX_ROWS
from api.openapi.headers import ETAG, LOCATION
from api.openapi.operations import Answer, Body, Failure, Operation, example, in_path, query
from api.openapi.schemas import array, closed, integer, text
from records.openapi.bulk import bulk_answer
from records.openapi.members import NEW_ID, VERSION, values_of
from records.openapi.resource import KEY_VALUES, ResourceSchema
from records.openapi.schemas import read_example
from records.resolving import exists, in_bin

ADDRESS_ID = values_of(ADDRESSES)["id"]
_NEW = ("code", "type", "street", "number", "postalCode", "city", "country")
_CODE = "SHOP"


class AddressesSchema(ResourceSchema):
    """Describes ``addresses.api.AddressesPart``."""

    member: ClassVar[str] = "addressId"

    @property
    def tag(self) -> str:
        return f"Addresses of {self.resource.name}"

    @property
    def _below(self) -> str:
        return f"of a {self.resource.noun.lower()} {self.which}"

    def _name(self, verb: str, what: str = "Address") -> str:
        return f"{verb}{self.resource.noun}{what}{self.by_key}"

    def describe_list_all(self) -> Operation:
        types = [str(value) for value in AddressType.values]
        envelope = {"data": array(self.address(ADDRESS_SHAPE)), "messages": array(text()), "total": integer(minimum=0)}
        return Operation(
            id=self._name("list", "Addresses"),
            tag=self.tag,
            summary=f"List the addresses {self._below}",
            description="All live addresses, the oldest first, on one page.",
            parameters=(
                *self.lookup_parameters(),
                query("type", "Only addresses of this type.", {"enum": types}, value=types[0]),
            ),
            answers=(
                Answer(
                    "The addresses.",
                    self.component("AddressesAnswer", closed(envelope)),
                    (example("addresses", {"data": [self._shown()], "messages": [], "total": 1}),),
                ),
            ),
            failures=(
                *self.lookup_failures(owner=True),
                Failure(catalogue.PAYLOAD_VALIDATION, f"type [work] must be one of [{','.join(types)}]"),
            ),
        )

    def describe_create(self) -> Operation:
        new = self._new()
        shown = read_example(ADDRESSES, ADDRESS_SHAPE, {**new, "id": NEW_ID, "active": "Y", "isDefault": "N"})
        return Operation(
            id=self._name("create"),
            tag=self.tag,
            summary=f"Add an address {self._below}",
            description="A new address needs a type, a city and a country. The first one of its type becomes the"
            " default.",
            parameters=self.lookup_parameters(),
            body=Body(self.payload(self.subject.body.payload), (example("new", new, "With a code of your own"),)),
            answers=(self._one("The new address.", shown, "Address created", status=201, headers=(LOCATION, ETAG)),),
            failures=(*self.lookup_failures(owner=True), *self._write_failures()),
        )

    def describe_bulk(self) -> Operation:
        rows = [{"code": values_of(ADDRESSES)["code"], **self._change()}, self._new(), self._new() | {"country": "XX"}]
        keys = [{"key": row["code"], "lookupKey": "code"} for row in rows]
        answered = [
            {"action": "update", "changed": True, "id": ADDRESS_ID, **keys[0], "success": True},
            {"action": "create", "id": NEW_ID, **keys[1], "success": True},
            {
                "action": "update",
                "code": catalogue.PAYLOAD_VALIDATION.code,
                "error": "#/country: [XX] is not an ISO 3166-1 alpha-2 country code",
                **keys[2],
                "success": False,
                "type": catalogue.PAYLOAD_VALIDATION.type,
            },
        ]
        return Operation(
            id=self._name("upsert", "Addresses"),
            tag=self.tag,
            summary=f"Create and change many addresses {self._below}",
            description="A row whose `code`, and `type` where one is sent, is known is an update, another one a create;"
            " one without a code is always a create. Otherwise as in bulks of records: a fault of value refuses its row"
            " alone, and each row is answered, in the order sent.",
            parameters=(*self.lookup_parameters(), self.dry_run()),
            body=Body(
                self.payload(
                    self.subject.bulk_body.payload,
                    "AddressesByCode",
                    limits={"AddressesByCode": {"addresses": {"maxItems": MAX_ROWS}}},
                ),
                (example("upsert", {"addresses": rows}, "One known, one new, one in no country"),),
            ),
            answers=(bulk_answer(self, answered),),
            failures=self.lookup_failures(owner=True),
        )

    def describe_retrieve(self) -> Operation:
        return Operation(
            id=self._name("get"),
            tag=self.tag,
            summary=f"Get an address {self._below}",
            description="The whole address.",
            parameters=self._parameters(),
            answers=(self._one("The address.", self._shown()),),
            failures=self._member_failures(),
        )

    def describe_update(self) -> Operation:
        changed = self._change()
        return Operation(
            id=self._name("update"),
            tag=self.tag,
            summary=f"Change an address {self._below}",
            description="A partial update: what is absent stays as it is. Type, city, country and street cannot be"
            " cleared.",
            parameters=(*self._parameters(), self.if_match(self._etag())),
            body=Body(
                self.payload(self.subject.changes.payload),
                (example("change", changed, "Change one member"), example("clear", {"number": None}, "Clear one")),
            ),
            answers=(self._one("The address as it is now.", self._shown(**changed), "Address updated"),),
            failures=(*self._member_failures(), *self._write_failures(), self.stale("Address", self._etag())),
        )

    def describe_destroy(self) -> Operation:
        return Operation(
            id=self._name("delete"),
            tag=self.tag,
            summary=f"Delete an address {self._below}",
            description="The address goes to the recycle bin, as a deletion of its own. Where it was the default of its"
            " type, the oldest one left becomes it.",
            parameters=(*self._parameters(), self.reason(), self.if_match(self._etag())),
            answers=(self.deleted("Address"),),
            failures=(*self._member_failures(), self.stale("Address", self._etag()), *self.delete_failures()),
        )

    # What they share.

    def _parameters(self) -> tuple[Any, ...]:
        words = "The id of the address."
        return (
            *self.lookup_parameters(),
            in_path(self.member, words, integer(minimum=1), ADDRESS_ID),
        )

    def _member_failures(self) -> tuple[Failure, ...]:
        absent = not_below(self.resource, self.key, KEY_VALUES[self.key], ADDRESS_ID)
        own = (self.refusal(absent), self.refusal(in_bin(ADDRESSES, "id", ADDRESS_ID)))
        return (*self.lookup_failures(owner=True), *own)

    def _write_failures(self) -> tuple[Failure, ...]:
        taken = self.refusal(exists(ADDRESSES))
        binned = self.refusal(in_bin(ADDRESSES, "code", _CODE))
        country = Failure(catalogue.PAYLOAD_VALIDATION, "#/country: [XX] is not an ISO 3166-1 alpha-2 country code")
        return (taken, binned, country)

    def _one(self, description: str, data: dict[str, Any], message: str = "", **more: Any) -> Answer:
        schema = self.envelope("Address", self.address(ADDRESS_SHAPE))
        shown = {"data": data, "messages": [message] if message else [], "total": 1}
        return Answer(description, schema, (example("address", shown, "Address"),), **{"headers": (ETAG,)} | more)

    @staticmethod
    def _etag() -> str:
        return f'"{ADDRESS_ID}-{VERSION}"'

    @staticmethod
    def _shown(**changed: Any) -> dict[str, Any]:
        return read_example(ADDRESSES, ADDRESS_SHAPE, values_of(ADDRESSES) | changed)

    @staticmethod
    def _new() -> dict[str, Any]:
        return {name: values_of(ADDRESSES)[name] for name in _NEW} | {"code": _CODE, "street": "Markt"}

    @staticmethod
    def _change() -> dict[str, Any]:
        return {"street": "Nieuwe Havenstraat"}
