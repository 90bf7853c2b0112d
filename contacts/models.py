"""Companies and the people who can be reached there."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from records.history import tracked
from records.models import Policy, Record, link_index, list_indexes
from records.people import Organisation, Person, text
from users.models import Usergroup


@tracked
class Company(Organisation):
    """A business customer; its contacts and addresses go to the bin with it."""

    bin_policies: ClassVar[dict[str, Policy]] = {"usergroup": "keep"}

    tax_number = text(_("tax number"))
    coc_number = text(_("chamber of commerce number"))
    debtor_id = text(_("debtor id"))
    phone = text(_("phone"))
    email = text(_("e-mail"), 254)
    usergroup = models.ForeignKey(
        Usergroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="companies",
        verbose_name=_("usergroup"),
        db_index=False,
    )

    class Meta(Record.Meta):
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        indexes = [
            *Record.Meta.indexes,
            link_index("usergroup", "company"),
            *list_indexes("company", "name", "debtor_id"),
        ]


@tracked
class Contact(Person):
    """A person at a company."""

    bin_policies: ClassVar[dict[str, Policy]] = {"company": "along"}

    full_name = text(_("full name"))
    ssn = text(_("social security number"))
    company = models.ForeignKey(
        Company,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("company"),
        db_index=False,
    )

    class Meta(Record.Meta):
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        indexes = [
            *Record.Meta.indexes,
            link_index("company", "contact"),
            *list_indexes("contact", "last_name", "debtor_id"),
        ]
