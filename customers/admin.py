"""Customers in the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from addresses.admin import AddressInline
from customers.models import Customer
from pricing.admin import PriceInline
from records.admin_people import PersonAdmin, person_fieldsets


@admin.register(Customer)
class CustomerAdmin(PersonAdmin):
    """Customers with their addresses."""

    inlines = (AddressInline, PriceInline)
    autocomplete_fields = ("usergroup",)
    fieldsets = person_fieldsets(names=(), account=("usergroup", "ssn"))
    empty_text = _("Customers arrive here over the API, or you add the first one yourself.")
