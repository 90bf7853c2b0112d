"""Admin lists that stay fast at a million rows: a capped count, and pages that fetch only what they show."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
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


class AutocompletePaginator(CappedPaginator):
    """For the choices below a search field."""

    cap = AUTOCOMPLETE_CAP


class BoundedChangeList(ChangeList):
    """A change list that sorts keys and then fetches the rows of one page.

    A deep OFFSET over whole rows carries every skipped one along; over an index of keys it does not.
    """

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        keys = list(self.result_list.values_list("pk", flat=True))
        rows = self.apply_select_related(self.root_queryset.filter(pk__in=keys)).in_bulk() if keys else {}
        # A row that goes away between the two statements is simply not shown.
        page: list[Model] = [rows[key] for key in keys if key in rows]
        self.result_list = page

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Django breaks ties by descending key; in the direction of the first column an index can do all of it."""
        ordering = list(super().get_ordering(request, queryset))
        if len(ordering) == 2 and ordering[1] == "-pk" and isinstance(ordering[0], str) and ordering[0][:1] != "-":
            ordering[1] = "pk"
        return ordering
