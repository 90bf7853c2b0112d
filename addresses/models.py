"""Addresses, each owned by exactly one customer, user, usergroup or company."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from records.history import tracked_below_owner
from records.models import Policy, Record, link_index
from records.people import Gender, YesNo, text

OWNERS = ("usergroup", "company", "customer", "user")
"""The foreign keys of an address, in the order of their locks (design section 6)."""


class AddressType(models.TextChoices):
    DELIVERY = "delivery", _("Delivery")
    INVOICE = "invoice", _("Invoice")
    HOME = "home", _("Home")


@tracked_below_owner(*OWNERS)
class Address(Record):
    """One address of one owner. At most one live address of a type is the owner's default."""

    bin_policies: ClassVar[dict[str, Policy]] = dict.fromkeys(OWNERS, "along")
    label_fields: ClassVar[tuple[str, ...]] = ("street", "number", "number_extension", "city")

    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="addresses",
        verbose_name=_("customer"),
        db_index=False,
    )
    user = models.ForeignKey(
        "users.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="addresses",
        verbose_name=_("user"),
        db_index=False,
    )
    usergroup = models.ForeignKey(
        "users.Usergroup",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="addresses",
        verbose_name=_("usergroup"),
        db_index=False,
    )
    company = models.ForeignKey(
        "contacts.Company",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="addresses",
        verbose_name=_("company"),
        db_index=False,
    )
    type = models.CharField(_("type"), max_length=10, choices=AddressType)
    code = text(_("code"))
    street = text(_("street"))
    number = text(_("number"))
    number_extension = text(_("number extension"))
    postal_code = text(_("postal code"))
    city = text(_("city"))
    region = text(_("region"))
    country = text(_("country"), 2)
    first_name = text(_("first name"))
    middle_name = text(_("middle name"))
    last_name = text(_("last name"))
    gender = models.CharField(_("gender"), max_length=1, choices=Gender, default=Gender.UNKNOWN)
    company_name = text(_("company name"))
    phone = text(_("phone"))
    mobile = text(_("mobile"))
    fax = text(_("fax"))
    email = text(_("e-mail"), 254)
    url = text(_("web address"))
    icp = models.CharField(_("ICP"), max_length=1, choices=YesNo, default=YesNo.NO)
    is_default = models.BooleanField(_("default"), default=False)
    notes = text(_("notes"))

    class Meta(Record.Meta):
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        indexes = [*Record.Meta.indexes, *(link_index(owner, "address") for owner in OWNERS)]
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(
                    models.lookups.Exact(
                        models.Func(*OWNERS, function="num_nonnulls", output_field=models.IntegerField()), 1
                    )
                ),
                name="address_one_owner",
            ),
            *(
                models.UniqueConstraint(
                    fields=[owner, "type"],
                    condition=Q(is_default=True, deletion__isnull=True),
                    name=f"address_{owner}_one_default",
                )
                for owner in OWNERS
            ),
            *(
                models.UniqueConstraint(
                    fields=[owner, "type", "code"], condition=~Q(code=""), name=f"address_{owner}_code"
                )
                for owner in OWNERS
            ),
        ]

    @property
    def label(self) -> str:
        street = " ".join(part for part in (self.street, self.number, self.number_extension) if part)
        return ", ".join(part for part in (street, self.city) if part) or str(self.pk)

    def __str__(self) -> str:
        return self.label
