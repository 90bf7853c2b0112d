"""Addresses in the admin: they are edited below their owner and have no list of their own."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from addresses.models import Address
from records.admin import OwnedInline
from tenants.current import access_of


class AddressInline(OwnedInline):
    """The live addresses of one owner, each folded to a line until somebody opens it."""

    model = Address
    ordering = ("id",)
    verbose_name_plural = _("addresses")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("type", "is_default"),
                    ("street", "number", "number_extension"),
                    ("postal_code", "city"),
                    ("region", "country"),
                    ("company_name", "code"),
                )
            },
        ),
        (
            _("Recipient, ways to reach them, key"),
            {
                "classes": ("collapse",),
                "fields": (
                    ("first_name", "middle_name", "last_name"),
                    ("gender", "icp"),
                    ("phone", "mobile", "fax"),
                    ("email", "url"),
                    "notes",
                    ("source", "source_id"),
                ),
            },
        ),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "country":
            access = access_of(request)
            field.initial = access.tenant.country if access else ""
            field.help_text = _("Two letters, such as NL")
        return field
