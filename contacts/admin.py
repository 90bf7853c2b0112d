"""Companies and their contacts in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from addresses.admin import AddressInline
from contacts.models import Company, Contact
from pricing.admin import PriceInline
from records.admin_people import OrganisationAdmin, PersonAdmin, organisation_fieldsets, person_fieldsets


@admin.register(Company)
class CompanyAdmin(OrganisationAdmin):
    """Business customers. Their contacts have a list of their own: there may be thousands."""

    inlines = (AddressInline, PriceInline)
    autocomplete_fields = ("usergroup",)
    list_display = ("organisation", "email", "phone", "key", "modified_at")
    fieldsets = organisation_fieldsets(
        main=(("email", "phone"), ("tax_number", "coc_number")), account=("usergroup", "debtor_id")
    )
    empty_text = _("Companies arrive here over the API, or you add the first one yourself.")


@admin.register(Contact)
class ContactAdmin(PersonAdmin):
    """People at companies."""

    inlines = (PriceInline,)
    autocomplete_fields = ("company",)
    list_display = ("person", "company", "email", "phone", "key", "modified_at")
    fieldsets = person_fieldsets(names=("full_name",), account=("company", "ssn"))
    empty_text = _("Contacts arrive here over the API, or you add the first one yourself.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        live: QuerySet[Any] = rows.with_live("company")
        return live
