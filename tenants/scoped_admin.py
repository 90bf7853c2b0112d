"""The base of every admin page: rows of the current tenant, rights from its membership, and lists that stay bounded."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.core.paginator import Paginator
from django.db import OperationalError, connection, models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from tenants.bounded_lists import AutocompletePaginator, BoundedChangeList, CappedPaginator
from tenants.current import access_of
from tenants.permissions import ACCESS, ADMIN

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    UnfoldModelAdmin = ModelAdmin[Any]
else:
    from unfold.admin import ModelAdmin as UnfoldModelAdmin

LIST_TIMEOUT = "8s"
"""No list may hold a connection for longer: five endless searches would stop the site."""


class StatelessAdmin(UnfoldModelAdmin):
    """An admin that keeps nothing of a request on itself: one instance serves everybody at once."""

    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    compressed_fields = False
    warn_unsaved_form = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:
        return BoundedChangeList

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, orphans: int = 0, *args: Any, **kwargs: Any
    ) -> "Paginator[Any]":
        autocomplete = request.resolver_match and request.resolver_match.url_name == "autocomplete"
        return (AutocompletePaginator if autocomplete else CappedPaginator)(queryset, per_page, orphans)

    @property
    def request(self) -> HttpRequest:
        """Never there: Unfold looks for it with ``hasattr``, to collect the assets of filters with a form."""
        raise AttributeError("request")

    @request.setter
    def request(self, request: HttpRequest) -> None:
        # Unfold keeps the request of whoever came last on the instance that serves everybody. Here it is dropped.
        pass

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return super().changelist_view(request, extra_context)
        try:
            with time_limit(LIST_TIMEOUT):
                response = super().changelist_view(request, extra_context)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled) or not request.GET:
                raise
            messages.warning(request, _("This search takes too long. Try a longer word, or one word more."))
            return HttpResponseRedirect(request.path)
        changelist = getattr(response, "context_data", {}).get("cl")
        if changelist is not None:
            note = _("All %(total_count)s selected") % {"total_count": changelist.paginator.label}
            response.context_data["selection_note_all"] = note  # type: ignore[attr-defined]
        return response

    # Who changed what stands in the change history, which sees every door and is blanked when somebody is erased.
    # Django's own log would keep names for ever and know of the admin alone.
    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        """Nothing: see above."""

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        """Nothing: see above."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        """Nothing: see above."""


class ScopedAdmin(StatelessAdmin):
    """An admin whose rows belong to a tenant. Rights come from the membership, not from Django's permission tables."""

    view_right = ACCESS
    add_right = ADMIN
    change_right = ADMIN
    delete_right = ADMIN

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        access = access_of(request)
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(tenant=access.tenant) if access else rows.none()

    def has_view_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return may(request, self.view_right, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request, self.add_right)

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return may(request, self.change_right, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return may(request, self.delete_right, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, self.view_right)


def may(request: HttpRequest, right: str, obj: models.Model | None = None) -> bool:
    """Whether the sender holds the right in the current tenant, and the row, if there is one, belongs to it."""
    access = access_of(request)
    if access is None or not access.may(right):
        return False
    return obj is None or getattr(obj, "tenant_id", None) == access.tenant.pk


@contextmanager
def time_limit(limit: str) -> Iterator[None]:
    """Cancel any statement inside that runs longer. ``limit`` is what PostgreSQL understands: ``8s``."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [limit])
        yield
