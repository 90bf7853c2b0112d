"""Webshop users and usergroups in the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from addresses.admin import AddressInline
from pricing.admin import PriceInline
from records.admin_people import OrganisationAdmin, PersonAdmin, organisation_fieldsets, person_fieldsets
from users.models import User, Usergroup


@admin.register(Usergroup)
class UsergroupAdmin(OrganisationAdmin):
    """Groups form a tree; customers, users and companies are their members."""

    inlines = (AddressInline, PriceInline)
    autocomplete_fields = ("parent",)
    fieldsets = organisation_fieldsets(main=("company", "parent"), account=())
    empty_text = _("Groups arrive here over the API, or you add the first one yourself.")


@admin.register(User)
class UserAdmin(PersonAdmin):
    """People with a login to the webshop. They are no staff and cannot log in here."""

    inlines = (AddressInline, PriceInline)
    autocomplete_fields = ("usergroup",)
    fieldsets = person_fieldsets(names=("full_name",), account=("company", "tax_number", "coc_number", "usergroup"))
    empty_text = _("Webshop users arrive here over the API, or you add the first one yourself.")
