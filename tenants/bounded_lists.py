"""Admin lists that stay fast at a million rows: a capped count, and pages that fetch only what they show."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import InvalidPage, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList

    Pages = Paginator[Any]
else:
    Pages = Paginator
    from unfold.views import ChangeList

COUNT_CAP = 100_000
"""A list counts this far and then says "more than"."""

SEARCH_CAP = 10_000
"""A search counts less far: each row costs a look into the search text, and nobody reads so many."""

AUTOCOMPLETE_CAP = 1_000
"""An autocomplete counts only to know whether there is another page."""


class CappedPaginator(Pages):
    """Counts a subquery that ends one row after the cap, so that the count costs the same in a table of any size."""

    cap = COUNT_CAP

    @cached_property
    def counted(self) -> int:
        """How many rows there are, or ``cap + 1`` when there are more than that."""
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[: self.cap + 1].count()

    @property
    def count(self) -> int:
        """How many rows can be paged to."""
        return min(self.counted, self.cap)

    @property
    def more(self) -> bool:
        """Whether there are rows beyond the cap: search is the way on to them."""
        return self.counted > self.cap

    @property
    def label(self) -> str:
        """The count in words that are true: ``more than 100,000``."""
        number = number_format(self.count, force_grouping=True)
        return _("more than %(number)s") % {"number": number} if self.more else number


class SearchPaginator(CappedPaginator):
    """For a list that a search narrowed."""

    cap = SEARCH_CAP


class AutocompletePaginator(CappedPaginator):
    """For the choices below a search field."""

    cap = AUTOCOMPLETE_CAP


class BoundedChangeList(ChangeList):
    """A change list that sorts keys and then fetches the rows of one page.

    A deep OFFSET over whole rows carries every skipped one along; over an index of keys it does not.
    """

    def get_results(self, request: HttpRequest) -> None:
        paginator = self._paginator(request)
        self.paginator = paginator
        self.result_count = paginator.count
        self.multi_page = self.result_count > self.list_per_page
        # Nothing here is counted to the end, so there is no full count, and no link to show everything.
        self.full_result_count, self.show_full_result_count, self.can_show_all = None, False, False
        self.show_admin_actions = True
        try:
            page = paginator.page(self.page_num if self.multi_page else 1).object_list
        except InvalidPage:
            raise IncorrectLookupParameters from None
        keys = list(page.values_list("pk", flat=True))
        rows = self.apply_select_related(self.root_queryset.filter(pk__in=keys)).in_bulk() if keys else {}
        # A row that goes away between the two statements is simply not shown.
        shown: list[Model] = [rows[key] for key in keys if key in rows]
        self.result_list = shown

    def _paginator(self, request: HttpRequest) -> Any:
        """Of a search, the matches are found before they are sorted, as long as they are few enough for that.

        Asked for "the latest 50 that match", PostgreSQL walks the index of the order and looks at each row until 50
        have matched. When the matches are all old, that is the whole table: seconds, where this takes milliseconds.
        """
        rows: QuerySet[Any] = self.queryset
        if not self.query:
            return self.model_admin.get_paginator(request, rows, self.list_per_page)
        found = list(rows.order_by().values_list("pk", flat=True)[: SEARCH_CAP + 1])
        if len(found) <= SEARCH_CAP:
            rows = self.root_queryset.filter(pk__in=found).order_by(*rows.query.order_by)
        paginator = SearchPaginator(rows, self.list_per_page)
        paginator.counted = len(found)
        return paginator

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Django breaks ties by descending key; in the direction of the first column an index can do all of it."""
        ordering = list(super().get_ordering(request, queryset))
        if len(ordering) == 2 and ordering[1] == "-pk" and isinstance(ordering[0], str) and ordering[0][:1] != "-":
            ordering[1] = "pk"
        return ordering
