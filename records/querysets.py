"""Visibility is a queryset verb: ``live``, ``in_bin``, ``for_tenant`` (design section 4)."""

from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce

from records.errors import RecordInBin, UseTheVerb

if TYPE_CHECKING:
    from records.models import Record
    from tenants.models import Tenant

R = TypeVar("R", bound="Record")


class RecordQuerySet(models.QuerySet[R]):
    """Named filters that every record shares. Deleting for good is not among them."""

    def live(self) -> Self:
        """Neither in the recycle bin nor erased."""
        return self.filter(deletion=None, erased_at=None)

    def in_bin(self) -> Self:
        """In the recycle bin. Only ``everything`` can reach these."""
        return self.exclude(deletion=None)

    def for_tenant(self, tenant: "Tenant | int") -> Self:
        return self.filter(tenant=tenant)

    def with_key(self, source: str, source_id: str) -> Self:
        """The record that an owner addresses by its own key; the text is compared exactly."""
        return self.filter(source=source, source_id=source_id)

    def having(self, relation: str, **conditions: Any) -> Self:
        """Rows with a live related row that meets all conditions: ``having("addresses", city="Winterdorp")``.

        The safe form of ``filter(addresses__city=…)``, which would join rows in the bin too: the filter of a manager
        reaches only the first table of a query.
        """
        return self.filter(Exists(_related(self.model, relation).filter(**conditions)))

    def with_number_of(self, relation: str, name: str = "") -> Self:
        """Annotate how many live related rows each row has, as ``name`` or ``number_of_<relation>``."""
        related = _related(self.model, relation).order_by().annotate(one_group=models.Value(1)).values("one_group")
        number = Subquery(related.annotate(number=Count("pk")).values("number"), models.IntegerField())
        return self.annotate(**{name or f"number_of_{relation}": Coalesce(number, 0)})

    def with_live(self, *relations: str) -> Self:
        """Load related rows, and only live ones: a key to a record in the bin then reads ``None``.

        The safe form of ``select_related``, which follows a key into the bin.
        """
        loaded = [Prefetch(name, _other_end(self.model, name).objects.all()) for name in relations]
        return self.prefetch_related(*loaded)

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        """As Django's, but a record that is in the bin raises, and one that went there unnoticed is passed by."""
        records = tuple(objs)
        for record in records:
            if record.deletion_id is not None:
                raise RecordInBin(f"{record._meta.verbose_name} {record.pk} is in the recycle bin: restore it first.")
        return super(RecordQuerySet, self.filter(deletion=None)).bulk_update(records, fields, batch_size)

    def delete(self) -> NoReturn:
        raise UseTheVerb(f"Use recyclebin.verbs.delete() to put {self.model._meta.verbose_name_plural} in the bin.")

    def _raw_delete(self, using: Any) -> NoReturn:
        self.delete()


def _related(model: Any, relation: str) -> "RecordQuerySet[Any]":
    """The live rows at the other end of a relation, each matched to the row of the outer query."""
    field = model._meta.get_field(relation)
    here, there = ("pk", field.field.attname) if field.auto_created else (field.attname, "pk")
    found: RecordQuerySet[Any] = _other_end(model, relation).objects.filter(**{there: OuterRef(here)})
    return found


def _other_end(model: Any, relation: str) -> Any:
    return model._meta.get_field(relation).related_model


class LiveManager(models.Manager[R]):
    """The default manager: reverse relations, prefetches and the admin see live rows without being asked."""

    def get_queryset(self) -> RecordQuerySet[R]:
        return RecordQuerySet[R](self.model, using=self._db).live()

    def for_tenant(self, tenant: "Tenant | int") -> RecordQuerySet[R]:
        return self.get_queryset().for_tenant(tenant)


class EveryManager(models.Manager[R]):
    """Shows the bin and erased rows too. For ``recyclebin``, the upsert engine and constraint validation."""

    def get_queryset(self) -> RecordQuerySet[R]:
        return RecordQuerySet[R](self.model, using=self._db)

    def for_tenant(self, tenant: "Tenant | int") -> RecordQuerySet[R]:
        return self.get_queryset().for_tenant(tenant)
