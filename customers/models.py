"""Customers: the people who buy."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from records.history import tracked
from records.models import Policy, Record, link_index, list_indexes
from records.people import Person, text
from users.models import Usergroup


@tracked
class Customer(Person):
    """A consumer; addresses go to the bin with it."""

    bin_policies: ClassVar[dict[str, Policy]] = {"usergroup": "keep"}

    ssn = text(_("social security number"))
    usergroup = models.ForeignKey(
        Usergroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("usergroup"),
        db_index=False,
    )

    class Meta(Record.Meta):
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = [
            *Record.Meta.indexes,
            link_index("usergroup", "customer"),
            *list_indexes("customer", "last_name", "debtor_id"),
        ]
