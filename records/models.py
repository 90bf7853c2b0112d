"""What every record is: identity, tenant, timestamps, version, live or in the bin (design section 4)."""

from typing import Any, ClassVar, Literal, NoReturn

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from records.constraints import UniqueInBinToo
from records.errors import RecordInBin, UseTheVerb
from records.querysets import EveryManager, LiveManager
from records.search_text import EXACT_FIELDS, INDEXED_LENGTH
from recyclebin.models import Deletion
from tenants.models import Tenant

Policy = Literal["along", "keep", "block"]

# PostgreSQL refuses a DELETE that no purge announced, whichever way it came in (design section 4).
refuse_delete = pgtrigger.Trigger(
    name="refuse_delete",
    level=pgtrigger.Statement,
    when=pgtrigger.Before,
    operation=pgtrigger.Delete,
    func="""
        IF coalesce(current_setting('backoffice.purge', true), '') <> 'on' THEN
            RAISE EXCEPTION 'DELETE on % is for a purge only: use the recycle bin', TG_TABLE_NAME;
        END IF;
        RETURN NULL;
    """,
)


class Record(models.Model):
    """A row that a tenant owns, addressed by id, by uid, or by its owner's own key (source and source_id).

    ``objects`` shows live rows, ``everything`` the bin too. ``bin_policies`` says for each foreign key to another
    record what happens to this row when that record goes to the bin: ``along``, ``keep`` or ``block``.
    """

    bin_policies: ClassVar[dict[str, Policy]] = {}
    # The columns that ``label`` reads, so that the bin can label many records by one narrow statement.
    label_fields: ClassVar[tuple[str, ...]] = ()

    id = models.BigAutoField(_("id"), primary_key=True)
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, related_name="+", db_index=False, verbose_name=_("tenant"), editable=False
    )
    uid = models.CharField(_("uid"), max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001
    source = models.CharField(_("source"), max_length=64, blank=True, default="")
    source_id = models.CharField(_("source id"), max_length=255, blank=True, default="")
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    modified_at = models.DateTimeField(_("modified"), default=timezone.now, editable=False)
    version = models.IntegerField(_("version"), default=1, editable=False)
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)
    deletion = models.ForeignKey(
        Deletion,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        db_index=False,
        verbose_name=_("deletion"),
    )

    objects = LiveManager()
    everything = EveryManager()

    class Meta:
        abstract = True
        default_manager_name = "objects"
        triggers = [refuse_delete]
        indexes = [
            models.Index(
                fields=["tenant", "modified_at", "id"],
                condition=Q(deletion__isnull=True, erased_at__isnull=True),
                name="%(class)s_modified_idx",
            ),
            models.Index(fields=["deletion"], condition=Q(deletion__isnull=False), name="%(class)s_deletion_idx"),
        ]
        # source_id leads source: one index serves the exact pair and a source_id over all sources of the tenant.
        constraints = [
            UniqueInBinToo(fields=["tenant", "source_id", "source"], condition=~Q(source_id=""), name="%(class)s_key"),
            UniqueInBinToo(fields=["tenant", "uid"], condition=Q(uid__isnull=False), name="%(class)s_uid"),
            models.CheckConstraint(
                condition=Q(source="", source_id="") | (~Q(source="") & ~Q(source_id="")),
                name="%(class)s_key_both_or_none",
                violation_error_message=_("Fill in both the source and the source id, or neither."),
            ),
        ]

    @property
    def etag(self) -> str:
        """The entity tag without quotes (lookup API contract, section 11)."""
        return f"{self.pk}-{self.version}"

    @property
    def label(self) -> str:
        """One line that tells staff which record this is."""
        return str(self.pk)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.deletion_id is not None:
            raise RecordInBin(f"{self._meta.verbose_name} {self.pk} is in the recycle bin: restore it first.")
        super().save(*args, **kwargs)

    def _do_update(self, base_qs: Any, using: Any, pk_val: Any, values: Any, *args: Any, **kwargs: Any) -> Any:
        # This instance may have been read before its row went to the bin: writing it whole would bring the row back
        # with the old values. Which deletion a row belongs to is never written here, only by the recycle bin.
        kept = [value for value in values if value[0].name != "deletion"]
        updated: Any = super()._do_update(base_qs.filter(deletion=None), using, pk_val, kept, *args, **kwargs)
        if not updated and base_qs.filter(pk=pk_val).exists():
            raise RecordInBin(f"{self._meta.verbose_name} {pk_val} went to the recycle bin meanwhile.")
        return updated

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise UseTheVerb(f"Use recyclebin.verbs.delete() to put a {self._meta.verbose_name} in the bin.")


def link_index(field: str, model: str) -> models.Index:
    """The index behind a link to another record; rows without the link cost nothing."""
    return models.Index(fields=[field], condition=Q(**{f"{field}__isnull": False}), name=f"{model}_{field}_idx")


def list_indexes(model: str, named: str, *keys: str) -> list[models.Index]:
    """The indexes behind lists: one for each order but that of the last change, and one for each key of a filter.

    ``named`` is the column that names a record. They hold live rows only, so that a full bin makes no list slower.
    """
    live = Q(deletion__isnull=True, erased_at__isnull=True)
    orders = {"list": ["id"], "created": ["created_at", "id"], "name": [named, "id"]}
    return [
        *(
            models.Index(fields=["tenant", *fields], condition=live, name=f"{model}_{name}_idx")
            for name, fields in orders.items()
        ),
        *(
            models.Index(fields=["tenant", key], condition=live & ~Q(**{key: ""}), name=f"{model}_{key}_idx")
            for key in keys
        ),
    ]


class SearchText(models.Model):
    """The folded text by which a record is found, one column per searched field (design section 6).

    It lives beside the record because a trigram index on the record's own table costs more than all Python together.
    The one table that names a record by type and id: the bin does not touch it, purge and erase clear it.
    """

    pk = models.CompositePrimaryKey("type", "record")
    # No constraint: the record that this text belongs to has it, and checking it twice slows every bulk.
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    type = models.CharField(max_length=20)
    record = models.BigIntegerField()
    source_id = models.TextField(default="")
    first_name = models.TextField(default="")
    middle_name = models.TextField(default="")
    last_name = models.TextField(default="")
    full_name = models.TextField(default="")
    company = models.TextField(default="")
    email = models.TextField(default="")
    phone = models.TextField(default="")
    mobile = models.TextField(default="")
    fax = models.TextField(default="")
    city = models.TextField(default="")
    postal_code = models.TextField(default="")
    tax_number = models.TextField(default="")

    class Meta:
        verbose_name = _("search text")
        verbose_name_plural = _("search texts")
        # The trigram index is in a migration. It finds parts; every second address has the trigrams of ".com".
        indexes = [
            models.Index(
                "tenant", "type", Left(field, INDEXED_LENGTH), condition=~Q(**{field: ""}), name=f"searchtext_{field}"
            )
            for field in EXACT_FIELDS
        ]


class SearchTextChange(models.Model):
    """A change of a record's search text that has not been taken into ``SearchText`` and its index yet.

    ``texts`` holds folded text by field; fields that it does not name are kept. A search looks here too.
    """

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    type = models.CharField(max_length=20)
    record = models.BigIntegerField()
    texts = models.JSONField()

    class Meta:
        verbose_name = _("change of search text")
        verbose_name_plural = _("changes of search text")


class HistoryFloor(models.Model):
    """How far the history of a kind of records was thinned out in a tenant: the last event that was looked at.

    Up to it, the last event of each record is kept and nothing else. The change feed begins behind it.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    type = models.CharField(max_length=20)
    position = models.BigIntegerField(default=0)
    event = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("floor of a history")
        verbose_name_plural = _("floors of histories")
        constraints = [models.UniqueConstraint(fields=["tenant", "type"], name="one_floor_per_history")]
