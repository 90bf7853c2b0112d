"""The endpoints of a record (lookup API contract, sections 2 to 7). A resource is a declaration, not a copy."""

from collections.abc import Iterable
from typing import Any, ClassVar, cast

import msgspec
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from api.bodies import BodyDecoder, read_body
from api.errors import SchemaInvalid, TryAgain
from api.responses import answer
from api.routes import BULK, COLLECTION, ITEM, LOOKUP_KEYS, Endpoints
from api.views import Action, Handler, endpoint
from records.api_errors import give_up, refused
from records.bulk_api import bulk_decoder, run_bulk
from records.changes_api import ChangesPart
from records.cleaning import Invalid
from records.decoding import RowMaker
from records.export_api import ExportPart
from records.list_api import ListsPart
from records.openapi.records import RecordSchema
from records.outcomes import Kind, Refusal
from records.reads import NOTHING, Expansion, Read, find
from records.resource_view import PROTECTED, Part, ResourceView, flag, invalid_key
from records.rows import By, Mode, Row
from records.upsert import upsert
from records.writing import Moved
from recyclebin.errors import NothingLive
from tenants.choices import Origin


class RecordViewSet(ResourceView):
    """The endpoints of one resource.

    ``payload`` is what comes in, alone or as a bulk row; ``shared_parts`` and ``parts`` the
    endpoints that every resource and this one have besides.
    """

    schema = RecordSchema()
    payload: ClassVar[type[msgspec.Struct]]
    shared_parts: ClassVar[tuple[type[Part], ...]] = (ListsPart, ExportPart, ChangesPart)
    parts: ClassVar[tuple[type[Part], ...]] = ()

    body: ClassVar[BodyDecoder[Any]]
    bulk_bodies: ClassVar[dict[str, BodyDecoder[Any]]]
    maker: ClassVar[RowMaker]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.body = BodyDecoder(cls.payload)
        cls.bulk_bodies = {key: bulk_decoder(cls.resource, cls.payload, cast(By, key)) for key in LOOKUP_KEYS}
        cls.maker = RowMaker(cls.resource)

    @classmethod
    def endpoints(cls) -> tuple[str, Endpoints]:
        """The name of the resource in paths, and its endpoints with the scopes that they need."""
        name = cls.resource.name
        endpoints: dict[str, dict[str, Handler]] = {}
        for view in (cls, *(part.of(cls.resource, cls.addresses) for part in (*cls.shared_parts, *cls.parts))):
            for where, actions in view.actions_by_endpoint().items():
                handlers = endpoints.setdefault(where, {})
                handlers |= {method: Handler(view, action) for method, action in actions.items()}
        nested = {"pricing", "addresses"} if cls.resource.address_field else {"pricing"}
        return name, Endpoints({where: endpoint(handlers) for where, handlers in endpoints.items()}, frozenset(nested))

    @classmethod
    def actions_by_endpoint(cls) -> dict[str, dict[str, Action]]:
        name = cls.resource.name
        read, write = (f"{name}:read",), (f"{name}:write",)
        return {
            COLLECTION: {"POST": Action("create", write)},
            ITEM: {
                "GET": Action("retrieve", read),
                "PATCH": Action("update", write),
                "DELETE": Action("destroy", (f"{name}:delete",)),
            },
            BULK: {"POST": Action("bulk", (*write, "bulk:write"))},
        }

    def create(self, request: HttpRequest) -> HttpResponse:
        """POST: a new record, 201."""
        payload = self.body.decode(read_body(request))
        self.check_protected([payload])
        record = self.write(payload, by="sourceId", mode="create")
        location = f"{request.path[:3]}/{self.resource.name}/id/{record.id}"
        return self.record_answer(record, "created", status=201, headers={"Location": location})

    def retrieve(self, request: HttpRequest, key: str, value: str) -> HttpResponse:
        """GET: the record, with what ``expands`` names."""
        expand = self.expansion(request)
        return self.record_answer(self.find(request, key, value, expand), expand=expand)

    def update(self, request: HttpRequest, key: str, value: str) -> HttpResponse:
        """PATCH: a partial update. What the body breaks is said only when the record may be changed at all."""
        body = read_body(request)
        payload, broken = None, None
        try:
            payload = self.body.decode(body)
        except SchemaInvalid as error:
            broken = error
        record = self.find(request, key, value)
        version = self.expected_version(request, record)
        if broken is not None:
            raise broken
        self.check_protected([payload])
        return self.record_answer(self.write(payload, by="id", mode="update", id=record.id, version=version), "updated")

    def destroy(self, request: HttpRequest, key: str, value: str) -> HttpResponse:
        """DELETE: the record and what goes along with it go to the recycle bin."""
        record = self.find(request, key, value)
        version = self.expected_version(request, record)
        roots = self.resource.model.objects.for_tenant(self.caller.tenant_id).filter(pk=record.id)
        try:
            self.put_in_bin(request, roots, version)
        except NothingLive:
            self.find(request, key, value)  # someone was faster: say what the record is by now
            raise TryAgain from None
        return answer({"data": {}, "messages": [f"{self.resource.noun} deleted"]})

    def bulk(self, request: HttpRequest, key: str) -> HttpResponse:
        """POST bulk: an upsert of many rows, each with an answer of its own."""
        body = read_body(request)
        try:
            payload = self.bulk_bodies.get(key, self.bulk_bodies["id"]).decode(body)
        except SchemaInvalid:
            if key in LOOKUP_KEYS:
                raise
        if key not in LOOKUP_KEYS:
            raise invalid_key(key)
        self.check_protected(getattr(payload, self.resource.name))
        rows = run_bulk(
            resource=self.resource,
            maker=self.maker,
            body=payload,
            by=cast(By, key),
            actor=self.caller.actor(Origin.BULK),
            dry_run=flag(request, "dryRun"),
        )
        return answer({"data": rows, "messages": ["Completed"], "total": len(rows)})

    def write(self, payload: Any, *, by: By, mode: Mode, id: int | None = None, version: int | None = None) -> Read:
        """Write one record and read it back, in one transaction, so that the answer is what was written."""
        row = self._row(payload, id, version)
        try:
            with transaction.atomic():
                (outcome,) = upsert(resource=self.resource, rows=[row], actor=self.caller.actor(), by=by, mode=mode)
                if outcome.refusal is not None:
                    raise refused(outcome.refusal)
                written = find(self.resource, self.caller.tenant_id, "id", str(outcome.id))
        except Moved as moved:
            give_up(moved)
        if isinstance(written, Refusal):
            raise refused(written)
        return written

    def _row(self, payload: Any, id: int | None, version: int | None) -> Row:
        try:
            return self.maker.row(payload, id=id, version=version)
        except Invalid as invalid:
            raise refused(Refusal(Kind.INVALID, self.resource.name, str(invalid), "/sourceId")) from None

    def check_protected(self, payloads: Iterable[Any]) -> None:
        """Refuse protected members to a caller who may not write them. Errors: ApiError 10022 naming the scope.

        Clearing counts as writing: who may not read a value is shown "" and might send that back.
        """
        for name in PROTECTED:
            if name not in self.resource.by_name or f"{name}:write" in self.caller.scopes:
                continue
            if any(getattr(payload, name) is not msgspec.UNSET for payload in payloads):
                self.caller.require(f"{name}:write")

    def record_answer(
        self,
        record: Read,
        done: str = "",
        *,
        status: int = 200,
        expand: Expansion = NOTHING,
        headers: dict[str, str] | None = None,
    ) -> HttpResponse:
        """A record in its envelope, whole, with its ETag."""
        data = self.shown(record, expand)
        messages = [f"{self.resource.noun} {done}"] if done else []
        response = answer(
            {"data": data, "messages": messages, "total": 1}, status, {"ETag": record.etag, **(headers or {})}
        )
        response.shows = tuple(f"{name}:read" for name in PROTECTED if data.get(name))
        return response
