"""Price agreements, each of exactly one customer, user, usergroup, company or contact."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from records.constraints import UniqueInBinToo
from records.history import tracked_below_owner
from records.models import Policy, Record
from records.people import text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

OWNERS = ("usergroup", "company", "customer", "user", "contact")
"""The foreign keys of a price, in the order of their locks (design section 6)."""

PLACES = 4
DIGITS = 15
"""How many digits an amount or a price has behind the point, and in all."""


class TargetKind(models.TextChoices):
    """What of the catalogue a price is about."""

    CATEGORY = "category", _("Category")
    PRODUCT = "product", _("Product")


class PriceType(models.TextChoices):
    """How a price is agreed (lookup API contract, section 10)."""

    COST = "CP", _("Percentage of the cost price")
    SALES = "SP", _("Percentage of the sales price")
    NET = "net", _("Net price")


PERCENTAGES = (PriceType.COST, PriceType.SALES)
"""The types that are agreed as an amount in percent; the other one is a price."""


def _owner(to: str, name: "StrOrPromise") -> "models.ForeignKey[Any, Any]":
    # The unique constraint of each owner begins with its key, so a further index would only cost.
    return models.ForeignKey(
        to, models.PROTECT, null=True, blank=True, related_name="prices", verbose_name=name, db_index=False
    )


def _number(name: "StrOrPromise") -> "models.DecimalField[Any, Any]":
    return models.DecimalField(name, max_digits=DIGITS, decimal_places=PLACES, null=True, blank=True)


@tracked_below_owner(*OWNERS)
class Price(Record):
    """What one owner pays for a category or a product, in one shop or in all.

    The catalogue is not ours: a target is a reference, by id or by the key of another system, and nothing follows it.
    An owner has one price for each target and shop; the constraint sees the bin, so that a restore never collides.
    """

    bin_policies: ClassVar[dict[str, Policy]] = dict.fromkeys(OWNERS, "along")
    label_fields: ClassVar[tuple[str, ...]] = (
        *("shop_id", "target_kind", "target_id", "target_source", "target_source_id"),
        *("type", "amount", "price"),
    )

    customer = _owner("customers.Customer", _("customer"))
    user = _owner("users.User", _("user"))
    usergroup = _owner("users.Usergroup", _("usergroup"))
    company = _owner("contacts.Company", _("company"))
    contact = _owner("contacts.Contact", _("contact"))
    shop_id = models.BigIntegerField(_("shop"), null=True, blank=True)
    target_kind = models.CharField(_("kind of target"), max_length=8, choices=TargetKind)
    target_id = models.BigIntegerField(_("target id"), null=True, blank=True)
    target_source = text(_("target source"), 64)
    target_source_id = text(_("target source id"))
    type = models.CharField(_("type"), max_length=3, choices=PriceType)
    amount = _number(_("percentage"))
    price = _number(_("price"))

    class Meta(Record.Meta):
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        # No index on the time of the change: prices are listed below their owner only.
        indexes = [index for index in Record.Meta.indexes if index.fields == ["deletion"]]
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(
                    models.lookups.Exact(
                        models.Func(*OWNERS, function="num_nonnulls", output_field=models.IntegerField()), 1
                    )
                ),
                name="price_one_owner",
            ),
            models.CheckConstraint(
                condition=Q(target_id__isnull=False, target_source="", target_source_id="")
                | Q(target_id__isnull=True) & ~Q(target_source="") & ~Q(target_source_id=""),
                name="price_target_by_id_or_key",
            ),
            models.CheckConstraint(
                condition=Q(type__in=PERCENTAGES, amount__isnull=False, price__isnull=True)
                | Q(type=PriceType.NET, amount__isnull=True, price__isnull=False),
                name="price_amount_or_price",
            ),
            *(
                UniqueInBinToo(
                    fields=[owner, "target_kind", "target_id", "target_source_id", "target_source", "shop_id"],
                    condition=Q(**{f"{owner}__isnull": False}),
                    nulls_distinct=False,
                    name=f"price_{owner}_target",
                )
                for owner in OWNERS
            ),
        ]

    @property
    def target(self) -> str:
        """The category or product, as the sender names it."""
        key = f"{self.target_source} {self.target_source_id}" if self.target_id is None else f"{self.target_id}"
        return f"{self.get_target_kind_display()} {key}"

    @property
    def terms(self) -> str:
        """What was agreed: ``CP 12.5 %`` or ``net 9.95``."""
        number = self.price if self.amount is None else self.amount
        return f"{self.type} {Decimal(number).normalize():f}{'' if self.amount is None else ' %'}"

    @property
    def label(self) -> str:
        shop = "" if self.shop_id is None else f", shop {self.shop_id}"
        return f"{self.target}{shop}: {self.terms}"

    def __str__(self) -> str:
        return self.label
