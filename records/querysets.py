"""Visibility is a queryset verb: ``live``, ``in_bin``, ``for_tenant`` (design section 4)."""

from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from django.db import models

from records.errors import UseTheVerb

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

    def delete(self) -> NoReturn:
        raise UseTheVerb(f"Use recyclebin.verbs.delete() to put {self.model._meta.verbose_name_plural} in the bin.")

    def _raw_delete(self, using: Any) -> NoReturn:
        self.delete()


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
