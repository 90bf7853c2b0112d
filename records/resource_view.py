"""What every endpoint of a resource stands on: the resource, and how a record is found and refused."""

import re
from typing import Any, ClassVar, Self

import msgspec
from django.http import HttpRequest

from api import catalogue
from api.errors import ApiError
from api.routes import LOOKUP_KEYS
from api.views import Action, LookupView
from records.api_errors import bin_refused, refused
from records.outcomes import Kind, Refusal
from records.querysets import RecordQuerySet
from records.reads import NOTHING, Expansion, Read, Shape, find, shape_of
from records.resources import Resource, resource_named
from recyclebin.errors import NothingLive, RecycleBinError
from recyclebin.verbs import delete

PROTECTED = ("ssn",)
"""Members that need a scope of their own to read and to write (contract section 3)."""

_ETAG = re.compile(r'\A"[^"]*"\Z')


class ResourceView(LookupView):
    """A view of one resource. ``addresses`` is what its addresses read as, if it has any."""

    resource: ClassVar[Resource]
    addresses: ClassVar[Shape | None] = None

    @classmethod
    def actions_by_endpoint(cls) -> dict[str, dict[str, Action]]:
        """The actions of this view by method, by the name of their endpoint in ``api.routes``."""
        raise NotImplementedError

    def find(self, request: HttpRequest, key: str, value: str, expand: Expansion = NOTHING) -> Read:
        """The record that the path names. Errors: ApiError 10006, or the resource's own codes."""
        found = self._look_up(request, key, value, expand)
        if isinstance(found, Refusal):
            raise refused(found)
        return found

    def find_owner(self, request: HttpRequest, key: str, value: str) -> Read:
        """The record whose sub-resource the path names. Errors: as ``find``, but one that is not there is a parent."""
        found = self._look_up(request, key, value, NOTHING)
        if isinstance(found, Refusal):
            raise refused(missing_owner(self.resource, key, value) if found.kind is Kind.NOT_FOUND else found)
        return found

    def _look_up(self, request: HttpRequest, key: str, value: str, expand: Expansion) -> Read | Refusal:
        source = source_of(request, key)
        if value.endswith("/"):
            # A key may end in a slash, and so may any path: the key that was spelled goes first.
            found = find(self.resource, self.caller.tenant_id, key, value, source, expand)
            if not (isinstance(found, Refusal) and found.kind is Kind.NOT_FOUND):
                return found
        return find(self.resource, self.caller.tenant_id, key, value.removesuffix("/"), source, expand)

    def expansion(self, request: HttpRequest) -> Expansion:
        """What ``expands`` asks for; names that are not known are passed by.

        Errors: ApiError 10022 for children, which are records with a scope of their own.
        """
        if not request.META.get("QUERY_STRING"):
            return NOTHING
        return self.expansion_of(frozenset(request.GET.get("expands", "").replace(" ", "").split(",")))

    def expansion_of(self, names: frozenset[str]) -> Expansion:
        """The same for names that were taken apart already."""
        children = self.resource.children if self.resource.children in names else None
        if children:
            self.caller.require(f"{children}:read")
        return Expansion(
            sources="sources" in names,
            parent="parent" in names,
            addresses=self.addresses if "addresses" in names else None,
            children=shape_of(resource_named(children)).hiding(*self.hidden()) if children else None,
        )

    def hidden(self) -> list[str]:
        """The members that the caller may not read."""
        return [name for name in PROTECTED if f"{name}:read" not in self.caller.scopes]

    def shown(self, record: Read, expand: Expansion = NOTHING) -> dict[str, Any]:
        """A record as it is answered: all members in their order, then what was expanded, in an order of its own."""
        data = dict(zip(shape_of(self.resource).members, record.values, strict=True))
        for name in PROTECTED:
            if name in data and f"{name}:read" not in self.caller.scopes:
                data[name] = ""
        if expand is NOTHING:
            return data
        if expand.sources:
            pair = {"source": data["source"], "sourceId": data["sourceId"]}
            data["sources"] = [pair] if data["sourceId"] else []
        if expand.parent:
            data["parent"] = msgspec.Raw(record.parent.encode()) if record.parent else None
        if record.addresses is not None:
            data["addresses"] = msgspec.Raw(record.addresses.encode())
        if record.children is not None and self.resource.children:
            data[self.resource.children] = msgspec.Raw(record.children.encode())
        return data

    def expected_version(self, request: HttpRequest, record: Read, noun: str = "") -> int | None:
        """The version that the caller insists on, None without ``If-Match``. Errors: ApiError 10026.

        ``noun`` is what the record is called, if it is not a record of this resource.
        """
        header = request.META.get("HTTP_IF_MATCH", "").strip()
        if not header or header == "*":
            return None
        tags = [tag.strip() for tag in header.split(",")]
        if record.etag in (tag for tag in tags if _ETAG.match(tag)):
            return record.version
        raise ApiError(
            catalogue.PRECONDITION_FAILED,
            f"If-Match does not match: the ETag of the {noun or self.resource.noun} is {record.etag}",
        )

    def put_in_bin(self, request: HttpRequest, roots: RecordQuerySet[Any], version: int | None) -> None:
        """Put a record and what goes along with it in the recycle bin, with the reason that the query gives.

        Errors: NothingLive when someone was faster; ApiError for what the recycle bin refuses.
        """
        reason = request.GET.get("reason", "") if request.META.get("QUERY_STRING") else ""
        try:
            delete(roots=roots, actor=self.caller.actor(), reason=reason, expected_version=version)
        except NothingLive:
            raise
        except RecycleBinError as error:
            raise bin_refused(error) from None


class Part(ResourceView):
    """Endpoints that a resource has beside those of its records: a list, an export, its records' addresses.

    A part is written once; each viewset that names it in ``parts`` gets it for its own resource.
    """

    @classmethod
    def of(cls, resource: Resource, addresses: Shape | None) -> type[Self]:
        """This part for one resource."""
        return type(f"{resource.noun}{cls.__name__}", (cls,), {"resource": resource, "addresses": addresses})


def missing_owner(resource: Resource, key: str, value: str) -> Refusal:
    """Why a path below a record leads nowhere when there is no such record (contract section 1.3)."""
    message = f"Parent resource [{resource.noun}] with {key} [{value}] not found"
    return Refusal(Kind.PARENT_NOT_FOUND, resource.name, message)


def source_of(request: HttpRequest, key: str) -> str | None:
    """The source that narrows the key of the path, if one is sent. Errors: ApiError 10006 for a key that is none."""
    if key not in LOOKUP_KEYS:
        raise invalid_key(key)
    return request.GET.get("source") or None if request.META.get("QUERY_STRING") else None


def flag(request: HttpRequest, name: str) -> bool:
    """A query parameter that is true or false. Errors: ApiError 10017 for anything else: a guess might write."""
    value = request.GET.get(name, "").lower() if request.META.get("QUERY_STRING") else ""
    if value not in {"", "true", "false"}:
        raise ApiError(catalogue.PAYLOAD_VALIDATION, f"{name} [{value[:80]}] must be true or false")
    return value == "true"


def invalid_key(key: str) -> ApiError:
    """10006 for a lookup key that does not exist."""
    known = ",".join(LOOKUP_KEYS)
    message = f"Invalid lookup key [{key}], key must contain one of the following values: [{known}]"
    return ApiError(catalogue.INVALID_LOOKUP_KEY, message)
