"""The addresses of a record as a sub-resource of it (lookup API contract, sections 5 to 7): wiring to the verbs."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import msgspec
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from msgspec import UNSET

from addresses.contracts import ADDRESSES, AddressBulk, AddressPayload, NewAddressPayload
from addresses.models import Address, AddressType
from addresses.openapi import AddressesSchema
from addresses.reads import ADDRESS_SHAPE, address_below, addresses_below
from addresses.verbs import write_addresses
from api import catalogue
from api.bodies import BodyDecoder, read_body
from api.errors import ApiError, SchemaInvalid, TryAgain
from api.responses import answer
from api.views import Action
from records.api_errors import give_up, refused
from records.bulk_api import answers_to
from records.decoding import RowMaker
from records.outcomes import Kind, Outcome, Refusal
from records.reads import Read, Shape
from records.resource_view import Part, flag, missing_owner, source_of
from records.resources import Resource
from records.rows import AddressRow
from records.writing import Moved
from recyclebin.errors import NothingLive
from tenants.actors import Actor
from tenants.choices import Origin

READ, WRITE = ("addresses:read",), ("addresses:write",)
"""The owner's own scopes are not asked for: nothing is shown of it, and its key must be known."""


class AddressesPart(Part):
    """The addresses below the records of one resource."""

    schema = AddressesSchema()
    body: ClassVar = BodyDecoder(NewAddressPayload)
    changes: ClassVar = BodyDecoder(AddressPayload)
    bulk_body: ClassVar = BodyDecoder(AddressBulk, rows=["addresses"])
    maker: ClassVar[RowMaker]

    @classmethod
    def of(cls, resource: Resource, addresses: Shape | None) -> type[Self]:
        part = super().of(resource, addresses)
        part.maker = RowMaker(resource)
        return part

    @classmethod
    def actions_by_endpoint(cls) -> dict[str, dict[str, Action]]:
        return {
            "addresses": {"GET": Action("list_all", READ), "POST": Action("create", WRITE)},
            "addresses/bulk": {"POST": Action("bulk", (*WRITE, "bulk:write"))},
            "addresses/member": {
                "GET": Action("retrieve", READ),
                "PATCH": Action("update", WRITE),
                "DELETE": Action("destroy", WRITE),
            },
        }

    def list_all(self, request: HttpRequest, key: str, value: str) -> HttpResponse:
        """GET: the live addresses of the owner, all of them or those of one type."""
        source = source_of(request, key)
        kind = request.GET.get("type", "") if request.META.get("QUERY_STRING") else ""
        known = kind if kind in AddressType.values else ""
        found = addresses_below(self.resource, self.caller.tenant_id, key, value, source, known)
        if isinstance(found, Refusal):
            raise self._refused(found, key, value)
        if kind != known:
            types = ",".join(AddressType.values)
            raise ApiError(catalogue.PAYLOAD_VALIDATION, f"type [{kind[:80]}] must be one of [{types}]")
        return answer({"data": [_data(address) for address in found], "messages": [], "total": len(found)})

    def create(self, request: HttpRequest, key: str, value: str) -> HttpResponse:
        """POST: a new address, 201."""
        body = read_body(request)
        try:
            payload = self.body.decode(body)
        except SchemaInvalid:
            self.find_owner(request, key, value)  # what the body breaks is said only when there is such an owner
            raise
        owner = self.find_owner(request, key, value).id
        address = self._write(owner, msgspec.structs.replace(self.maker.address(payload), new=True))
        location = f"{request.path[:3]}/{self.resource.name}/id/{owner}/{ADDRESSES.name}/{address.id}"
        return _answer(address, "created", status=201, headers={"Location": location})

    def retrieve(self, request: HttpRequest, key: str, value: str, member: str) -> HttpResponse:
        """GET: one address."""
        return _answer(self._find(request, key, value, member)[1])

    def update(self, request: HttpRequest, key: str, value: str, member: str) -> HttpResponse:
        """PATCH: a partial update. What the body breaks is said only when the address may be changed at all."""
        body = read_body(request)
        try:
            payload = self.changes.decode(body)
        except SchemaInvalid:
            self.expected_version(request, self._find(request, key, value, member)[1], ADDRESSES.noun)
            raise
        owner, address = self._find(request, key, value, member)
        version = self.expected_version(request, address, ADDRESSES.noun)
        row = msgspec.structs.replace(self.maker.address(payload), id=address.id, version=version)
        return _answer(self._write(owner, row), "updated")

    def destroy(self, request: HttpRequest, key: str, value: str, member: str) -> HttpResponse:
        """DELETE: the address goes to the recycle bin, as a deletion of its own."""
        address = self._find(request, key, value, member)[1]
        version = self.expected_version(request, address, ADDRESSES.noun)
        roots = Address.objects.for_tenant(self.caller.tenant_id).filter(pk=address.id)
        try:
            self.put_in_bin(request, roots, version)
        except NothingLive:
            self._find(request, key, value, member)  # someone was faster: say what the address is by now
            raise TryAgain from None
        return answer({"data": {}, "messages": [f"{ADDRESSES.noun} deleted"]})

    def bulk(self, request: HttpRequest, key: str, value: str) -> HttpResponse:
        """POST bulk: an upsert by code and type, each row with an answer of its own."""
        body = read_body(request)
        try:
            payload = self.bulk_body.decode(body)
        except SchemaInvalid:
            self.find_owner(request, key, value)
            raise
        owner = self.find_owner(request, key, value).id
        dry_run = flag(request, "dryRun")
        rows = [self.maker.address(address) for address in payload.addresses]
        outcomes = self._outcomes(owner, rows, self.caller.actor(Origin.BULK), dry_run=dry_run)
        keys = [None if address.code is UNSET else address.code for address in payload.addresses]
        return answer({"data": answers_to(outcomes, keys, "code"), "messages": ["Completed"], "total": len(keys)})

    def _find(self, request: HttpRequest, key: str, value: str, member: str) -> tuple[int, Read]:
        """The owner's id and the address that the path names. Errors: ApiError with the codes of either."""
        source = source_of(request, key)
        found = address_below(self.resource, self.caller.tenant_id, key, value, member, source)
        if isinstance(found, Refusal):
            raise self._refused(found, key, value)
        return found

    def _refused(self, refusal: Refusal, key: str, value: str) -> ApiError:
        absent = refusal.kind is Kind.NOT_FOUND and refusal.resource == self.resource.name
        return refused(missing_owner(self.resource, key, value) if absent else refusal)

    def _write(self, owner: int, row: AddressRow) -> Read:
        """Write one address and read it back, in one transaction, so that the answer is what was written."""
        with transaction.atomic():
            (outcome,) = self._outcomes(owner, [row], self.caller.actor())
            if outcome.refusal is not None:
                raise refused(outcome.refusal)
            written = address_below(self.resource, self.caller.tenant_id, "id", str(owner), str(outcome.id))
        if isinstance(written, Refusal):
            raise refused(written)
        return written[1]

    def _outcomes(
        self, owner: int, rows: Sequence[AddressRow], actor: Actor, *, dry_run: bool = False
    ) -> Sequence[Outcome]:
        """What becomes of the addresses. Errors: ApiError when the owner is not there any more."""
        try:
            outcomes = write_addresses(owner=self.resource, id=owner, rows=rows, actor=actor, dry_run=dry_run)
        except Moved as moved:
            give_up(moved)
        refusal = outcomes[0].refusal
        if refusal is not None and refusal.resource == self.resource.name:
            raise self._refused(refusal, "id", str(owner))
        return outcomes


def _data(address: Read) -> dict[str, Any]:
    return dict(zip(ADDRESS_SHAPE.members, address.values, strict=True))


def _answer(address: Read, done: str = "", *, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    """An address in its envelope, whole, with its ETag."""
    messages = [f"{ADDRESSES.noun} {done}"] if done else []
    body = {"data": _data(address), "messages": messages, "total": 1}
    return answer(body, status, {"ETag": address.etag, **(headers or {})})
