"""Lists and searches: GET and POST of many records at once (lookup API contract, section 8)."""

import time
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from api import catalogue
from api.errors import ApiError
from api.responses import answer
from api.routes import COLLECTION, SEARCH
from api.views import Action
from records import cursors
from records.cleaning import Invalid
from records.cursors import Cursor, Place
from records.filter_requests import filtered
from records.filters import where_of
from records.list_requests import PAGE_SIZE, Asked, asked_by_body, asked_by_query
from records.openapi.lists import ListsSchema
from records.pages import count, limit_time, read_page
from records.reads import Expansion
from records.resource_view import Part
from records.selections import NO_PAGE, Found, Page, Selection
from records.walks import following

PATIENCE = 2.0
"""Seconds in which an answer looks for a page that is not empty, while it catches up with changes."""


class ListsPart(Part):
    """The list of a resource and its search, which are one thing asked for in two ways."""

    schema = ListsSchema()

    @classmethod
    def actions_by_endpoint(cls) -> dict[str, dict[str, Action]]:
        scopes = (f"{cls.resource.name}:read",)
        return {COLLECTION: {"GET": Action("list_records", scopes)}, SEARCH: {"POST": Action("search_records", scopes)}}

    def list_records(self, request: HttpRequest) -> HttpResponse:
        """GET: the records that the query parameters ask for."""
        return self.page_answer(asked_by_query(self.resource, self.caller.tenant_id, request))

    def search_records(self, request: HttpRequest) -> HttpResponse:
        """POST: the records that the body asks for."""
        return self.page_answer(asked_by_body(self.resource, self.caller.tenant_id, request))

    def page_answer(self, asked: Asked) -> HttpResponse:
        """One page, and the cursor of what follows.

        A cursor goes on where its page ended; ``page``, ``start`` and ``end`` count along with the walk, and
        ``itemsFound`` is what was counted when it began.
        """
        place = Place(self.caller.tenant_id, self.resource.name, asked.sort.name, asked.filters.digest)
        expand = self.expansion_of(asked.expands)
        before = self._before(asked, place)
        with transaction.atomic():
            limit_time()
            where, parameters = where_of(filtered(asked.filters))
            selection = Selection(self.resource, where, parameters, bool(asked.filters.given), asked.sort)
            if before:
                size, found = asked.offset or before.offset, Found(before.found, before.estimated)
                skip, number = before.delivered, before.page
                page = self._following(selection, found, expand, size, before)
            else:
                size, found = asked.offset or PAGE_SIZE, count(selection)
                skip, number = (asked.page - 1) * size, asked.page - 1
                page = NO_PAGE
                if skip < found.items or found.estimated:
                    page = read_page(selection, found, expand, size=size, skip=skip)
        delivered, key = skip + len(page.records), cursors.key_of(page.key)
        here = Cursor(place, key, delivered, number + 1, size, found.items, found.estimated, page.walk)
        rows = [self.shown(record, expand) for record in page.records]
        return answer(_envelope(rows, here, cursors.encode(here) if page.more else None))

    def _following(self, selection: Selection, found: Found, expand: Expansion, size: int, before: Cursor) -> Page:
        """What follows a cursor. While changes are caught up with, an empty page is passed over if time permits."""
        if before.walk is None:
            return read_page(selection, found, expand, size=size, after=before.key)
        key, walk, until = list[Any](before.key), before.walk, time.monotonic() + PATIENCE
        while True:
            try:
                page = following(selection, found, expand, tenant=self.caller.tenant_id, size=size, key=key, walk=walk)
            except Invalid as invalid:
                raise ApiError(catalogue.PAYLOAD_VALIDATION, str(invalid)) from None
            if page.records or not page.more or page.walk is None or time.monotonic() > until:
                return page
            key, walk = list(page.key), page.walk

    def _before(self, asked: Asked, place: Place) -> Cursor | None:
        if not asked.cursor:
            return None
        try:
            return cursors.decode(asked.cursor, place)
        except Invalid as invalid:
            raise ApiError(catalogue.PAYLOAD_VALIDATION, str(invalid)) from None


def _envelope(rows: list[dict[str, Any]], here: Cursor, following: str | None) -> dict[str, Any]:
    """The body of an answer, in the order of the contract (section 1.2)."""
    body: dict[str, Any] = {
        "data": rows,
        "messages": ["Completed"],
        "start": here.delivered - len(rows) + 1 if rows else 0,
        "end": here.delivered if rows else 0,
        "page": here.page,
        "pages": -(-here.found // here.offset),
        "offset": here.offset,
        "total": len(rows),
        "itemsFound": here.found,
    }
    if here.estimated:
        body["itemsFoundIsEstimate"] = True
    return body | {"next": following}
