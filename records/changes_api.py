"""The change feed of a resource (lookup API contract, section 9a)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from api import catalogue
from api.errors import ApiError
from api.responses import answer
from api.routes import CHANGES
from api.views import Action
from records.changes import MOST, START, Cursor, CursorExpired, CursorInvalid, changes_since, sealed, unsealed
from records.filter_requests import refuse_unknown
from records.openapi.changes import ChangesSchema
from records.resource_view import Part

PARAMETERS = ("cursor", "limit")


class ChangesPart(Part):
    """GET: what happened to the records of the resource since a cursor."""

    schema = ChangesSchema()

    @classmethod
    def actions_by_endpoint(cls) -> dict[str, dict[str, Action]]:
        return {CHANGES: {"GET": Action("changes", (f"{cls.resource.name}:read",))}}

    def changes(self, request: HttpRequest) -> HttpResponse:
        """GET: the next changes, and a cursor behind the last of them to go on with, now or later."""
        query = request.GET if request.META.get("QUERY_STRING") else QueryDict()
        refuse_unknown(request, PARAMETERS)  # a misspelt cursor would send its reader back to the start
        limit = _limit(query.get("limit"))
        after = self._cursor(query.get("cursor", ""))
        try:
            found = changes_since(self.resource, self.caller.tenant_id, after, limit)
        except CursorExpired:
            message = "The cursor points to changes that are no longer kept: start again from an export"
            raise ApiError(catalogue.CURSOR_EXPIRED, message) from None
        last = found[-1].cursor if found else after
        rows: list[dict[str, Any]] = [
            {"action": one.action, "id": one.id, "source": one.source, "sourceId": one.source_id, "at": one.at}
            for one in found
        ]
        return answer({"data": rows, "next": sealed(last, self.resource, self.caller.tenant_id)})

    def _cursor(self, sent: str) -> Cursor:
        if not sent:
            return START
        try:
            return unsealed(sent, self.resource, self.caller.tenant_id)
        except CursorInvalid:
            message = "The cursor is not one that this feed has given out"
            raise ApiError(catalogue.PAYLOAD_VALIDATION, message) from None


def _limit(sent: str | None) -> int:
    """Errors: ApiError 10015."""
    if sent is None:
        return MOST
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 4 and 0 < int(sent) <= MOST):
        raise ApiError(catalogue.PAGINATION, f"limit [{sent[:40]}] must be an integer from 1 to {MOST}")
    return int(sent)
