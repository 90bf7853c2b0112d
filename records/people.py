"""The columns that customers, users and contacts share, and those of usergroups and companies."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from records.models import Record

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Gender(models.TextChoices):
    MALE = "m", _("Male")
    FEMALE = "f", _("Female")
    UNKNOWN = "u", _("Unknown")


class YesNo(models.TextChoices):
    YES = "Y", _("Yes")
    NO = "N", _("No")


class Budget(models.TextChoices):
    YES = "Y", _("Yes")
    HIERARCHICAL = "H", _("Hierarchical")
    NO = "N", _("No")


class OrderListAllowAll(models.TextChoices):
    NO = "N", _("No")
    YES = "Y", _("Yes")
    ALL = "A", _("All")
    UNSET = "U", _("Not set")
    PARENT = "P", _("As the parent")


def text(name: "StrOrPromise", length: int = 255) -> "models.CharField[str, str]":
    """A text column in which "no value" is one thing: the empty string."""
    return models.CharField(name, max_length=length, blank=True, default="")


class Person(Record):
    """Names, ways to reach someone, and what a shop keeps about a person (lookup API contract, section 3)."""

    label_fields: ClassVar[tuple[str, ...]] = ("first_name", "middle_name", "last_name", "email", "source_id")

    debtor_id = text(_("debtor id"))
    first_name = text(_("first name"))
    middle_name = text(_("middle name"))
    last_name = text(_("last name"))
    abbreviation = text(_("abbreviation"))
    title = text(_("title"))
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=1, choices=Gender, default=Gender.UNKNOWN)
    login = text(_("login"))
    phone = text(_("phone"))
    mobile = text(_("mobile"))
    fax = text(_("fax"))
    email = text(_("e-mail"), 254)
    pricelist_amount = text(_("price list, amounts"))
    pricelist_percentage = text(_("price list, percentages"))
    primary_language = text(_("language"), 2)

    class Meta(Record.Meta):
        abstract = True

    @property
    def name(self) -> str:
        """First, middle and last name, joined by blanks."""
        return " ".join(part for part in (self.first_name, self.middle_name, self.last_name) if part)

    @property
    def label(self) -> str:
        return self.name or self.email or self.source_id or str(self.pk)

    def __str__(self) -> str:
        return self.label


class Organisation(Record):
    """What usergroups and companies share (lookup API contract, section 3)."""

    label_fields: ClassVar[tuple[str, ...]] = ("name", "source_id")

    name = text(_("name"))
    language = text(_("language"))
    department = text(_("department"))
    office = text(_("office"))
    notes = models.TextField(_("notes"), blank=True, default="", max_length=4000)
    inherit_product_list = models.CharField(_("inherits product list"), max_length=1, choices=YesNo, default="Y")
    inherit_order_list = models.CharField(_("inherits order list"), max_length=1, choices=YesNo, default="Y")
    budget = models.CharField(_("budget"), max_length=1, choices=Budget, default="N")
    budget_inherit = models.CharField(_("inherits budget"), max_length=1, choices=YesNo, default="Y")
    order_list_allow_all = models.CharField(
        _("order list allows all"), max_length=1, choices=OrderListAllowAll, default="U"
    )

    class Meta(Record.Meta):
        abstract = True

    @property
    def label(self) -> str:
        return self.name or self.source_id or str(self.pk)

    def __str__(self) -> str:
        return self.label
