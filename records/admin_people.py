"""What the admins of people, and those of organisations, have in common."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import display
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from records.admin import RecordAdmin

_IDENTITY = ("id", "created_at", "modified_at", "version")


class KeyedAdmin(RecordAdmin):
    """A list whose lines end with the sender's key and the time of the last change."""

    readonly_fields = _IDENTITY

    def get_fieldsets(self, request: HttpRequest, obj: Any | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        # The last section tells of a record that exists.
        return fieldsets if obj else fieldsets[:-1]

    @display(description=_("key"))
    def key(self, record: Any) -> str:
        """The owner's key, with the system that it comes from below."""
        if not record.source_id:
            return "-"
        return format_html('{}<span class="bin-along">{}</span>', record.source_id, record.source)


class PersonAdmin(KeyedAdmin):
    """Customers, users and contacts."""

    list_display: Any = ("person", "email", "phone", "key", "modified_at")

    @display(description=_("name"))
    def person(self, record: Any) -> str:
        """The name, or whatever else tells who this is."""
        return str(record.label)


class OrganisationAdmin(KeyedAdmin):
    """Usergroups and companies."""

    list_display: Any = ("organisation", "key", "modified_at")

    @display(description=_("name"))
    def organisation(self, record: Any) -> str:
        """The name, or whatever else tells which one this is."""
        return str(record.label)


def person_fieldsets(*, names: Sequence[str], account: Sequence[str]) -> Any:
    """The sections of a person's form. ``names`` follow the name, ``account`` what the shop keeps."""
    return (
        (
            _("Person"),
            {
                "fields": (
                    ("first_name", "middle_name", "last_name"),
                    ("title", "abbreviation", *names),
                    ("date_of_birth", "gender", "primary_language"),
                )
            },
        ),
        (_("Ways to reach them"), {"fields": (("email", "phone"), ("mobile", "fax"))}),
        (
            _("Key and account"),
            {
                "fields": (
                    ("source", "source_id"),
                    *((name,) for name in account),
                    ("debtor_id", "login"),
                    ("pricelist_amount", "pricelist_percentage"),
                )
            },
        ),
        (_("Record"), {"classes": ("collapse",), "fields": (_IDENTITY[:2], _IDENTITY[2:])}),
    )


def organisation_fieldsets(*, main: Sequence[Any], account: Sequence[Any]) -> Any:
    """The sections of an organisation's form. ``main`` follows the name, ``account`` the key."""
    return (
        (_("Organisation"), {"fields": ("name", *main, ("department", "office"), "language", "notes")}),
        (_("Key"), {"fields": (("source", "source_id"), *account)}),
        (
            _("Ordering"),
            {
                "fields": (
                    ("inherit_product_list", "inherit_order_list"),
                    ("budget", "budget_inherit"),
                    "order_list_allow_all",
                )
            },
        ),
        (_("Record"), {"classes": ("collapse",), "fields": (_IDENTITY[:2], _IDENTITY[2:])}),
    )
