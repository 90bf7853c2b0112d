"""The export of a resource (lookup API contract, section 9)."""

from typing import cast

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from api import catalogue
from api.errors import ApiError
from api.routes import EXPORT
from api.streaming import StreamedAnswer
from api.views import Action
from records.changes import newest, sealed
from records.export_stream import ExportStream, TooManyExports
from records.exports import Csv, Layout, Ndjson, SpreadsheetCsv
from records.filter_requests import filtered, filters_in_query
from records.filters import where_of
from records.openapi.exports import ExportSchema
from records.pages import count, limit_time
from records.resource_view import Part, flag
from records.selections import Selection
from records.sorts import sort_named

PARAMETERS = ("format", "spreadsheet")
RETRY_AFTER = 30  # seconds: exports take from a few to many


class ExportPart(Part):
    """All records of a resource, or those that filters let through, in one answer."""

    schema = ExportSchema()

    @classmethod
    def actions_by_endpoint(cls) -> dict[str, dict[str, Action]]:
        return {EXPORT: {"GET": Action("export", (f"{cls.resource.name}:read",))}}

    def export(self, request: HttpRequest) -> HttpResponse:
        """GET: the records as CSV or as one JSON object a line, as they all were at one moment.

        Errors: ApiError before anything is sent. Later the connection breaks, so that half is never taken for all.
        """
        tenant = self.caller.tenant_id
        filters = filters_in_query(self.resource, tenant, request, PARAMETERS)
        layout = self._layout(request)
        with transaction.atomic():
            limit_time()
            where, parameters = where_of(filtered(filters))
            # The order has no say in counting.
            expected = count(
                Selection(self.resource, where, parameters, bool(filters.given), sort_named(self.resource, "id"))
            )
        # Before the export begins: what is committed in between is in both, and nothing in neither.
        cursor = sealed(newest(self.resource, tenant), self.resource, tenant)
        try:
            stream = ExportStream(layout, where, parameters)
        except TooManyExports:
            raise ApiError(
                catalogue.SERVICE_UNAVAILABLE,
                "Other exports are running. It is safe to send the request again",
                headers={"Retry-After": str(RETRY_AFTER)},
            ) from None
        headers = {
            "Content-Disposition": f'attachment; filename="{self.resource.name}.{layout.extension}"',
            "x-items-estimate": str(expected.items),
            "x-changes-cursor": cursor,
        }
        answer = StreamedAnswer(
            request, stream, content_type=layout.media_type, headers=headers, seconds=settings.EXPORT_TIMEOUT
        )
        return cast(HttpResponse, answer)

    def _layout(self, request: HttpRequest) -> Layout:
        """Errors: ApiError 10017."""
        chosen = request.GET.get("format") or "ndjson"
        spreadsheet = flag(request, "spreadsheet")
        if chosen not in {"ndjson", "csv"}:
            raise ApiError(catalogue.PAYLOAD_VALIDATION, f"format [{chosen[:80]}] must be ndjson or csv")
        if chosen == "ndjson" and spreadsheet:
            raise ApiError(catalogue.PAYLOAD_VALIDATION, "spreadsheet goes with format=csv")
        kind: type[Layout] = Ndjson if chosen == "ndjson" else SpreadsheetCsv if spreadsheet else Csv
        return kind(self.resource, tuple(self.hidden()))
