"""Webshop users (not staff) and the usergroups that customers, users and companies belong to."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from records.history import tracked
from records.models import Policy, Record, link_index, list_indexes
from records.people import Organisation, Person, text


@tracked
class Usergroup(Organisation):
    """A group of customers, users or companies; groups form a tree."""

    bin_policies: ClassVar[dict[str, Policy]] = {"parent": "keep"}

    company = text(_("company"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent"), db_index=False
    )

    class Meta(Record.Meta):
        verbose_name = _("usergroup")
        verbose_name_plural = _("usergroups")
        indexes = [*Record.Meta.indexes, link_index("parent", "usergroup"), *list_indexes("usergroup", "name")]


@tracked
class User(Person):
    """Someone with a login to the webshop."""

    bin_policies: ClassVar[dict[str, Policy]] = {"usergroup": "keep"}

    full_name = text(_("full name"))
    company = text(_("company"))
    tax_number = text(_("tax number"))
    coc_number = text(_("chamber of commerce number"))
    usergroup = models.ForeignKey(
        Usergroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name=_("usergroup"),
        db_index=False,
    )

    class Meta(Record.Meta):
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes = [
            *Record.Meta.indexes,
            link_index("usergroup", "user"),
            *list_indexes("user", "last_name", "debtor_id"),
        ]
