"""Prices in the admin: shown below their owner, written by other systems alone."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pricing.models import Price
from records.admin_binned import rows_shown
from tenants.current import access_of

if TYPE_CHECKING:
    from django.contrib.admin import TabularInline
    from django.forms.models import BaseInlineFormSet

    Inline = TabularInline[Any, Any]
    FormSet = BaseInlineFormSet[Any, Any, Any]
else:
    from unfold.admin import TabularInline as Inline
    from unfold.forms import PaginationInlineFormSet as FormSet


class ShownFormSet(FormSet):
    """Rows that are shown and never sent: to the verb that writes their owner they bring nothing."""

    def sent(self) -> list[Any]:
        return []


class PriceInline(Inline):
    """The live prices of one owner, a page at a time."""

    model = Price
    formset = ShownFormSet
    fields = readonly_fields = ("target", "shop", "terms", "modified_at")
    ordering = ("target_kind", "target_source_id", "target_id", "shop_id", "id")
    extra = 0
    per_page = 25
    collapsible = True
    can_delete = False
    hide_title = True
    show_change_link = False
    verbose_name_plural = gettext_lazy("prices")

    @display(description=gettext_lazy("for"))
    def target(self, price: Price) -> str:
        """The category or product."""
        return price.target

    @display(description=gettext_lazy("shop"))
    def shop(self, price: Price) -> str:
        """The shop that the price holds in."""
        return _("all") if price.shop_id is None else str(price.shop_id)

    @display(description=gettext_lazy("agreed"))
    def terms(self, price: Price) -> str:
        """The type and its number."""
        return price.terms

    def get_queryset(self, request: HttpRequest) -> QuerySet[Price]:
        # Django's own asks once more whether prices may be seen, and does not say of which owner.
        return rows_shown(request, Price).order_by(*self.ordering)

    def has_view_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        # A new record has none, and nobody could add one: the section would only be in the way.
        return obj is not None and access_of(request) is not None

    def has_add_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False
