"""A deletion: what went to the recycle bin, who put it there, when, why, and what became of it."""

import uuid

from django.apps import apps
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from recyclebin.querysets import DeletionQuerySet
from tenants.choices import Origin
from tenants.models import ApiClient, StaffAccount, Tenant


class State(models.TextChoices):
    """Where a deletion is in its life."""

    BINNED = "binned", _("In the recycle bin")
    RESTORED = "restored", _("Restored")
    PURGING = "purging", _("Being deleted permanently")
    PURGED = "purged", _("Deleted permanently")


class Deletion(models.Model):
    """One root record and everything that went along with it.

    Records point here with ``deletion_id``; that key is the one and only sign of "in the recycle bin". Several roots
    deleted by one action share ``operation``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operation = models.UUIDField(_("operation"), editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="deletions")
    label = models.CharField(_("what"), max_length=600, blank=True)
    root_type = models.CharField(_("type"), max_length=50, help_text=_("app_label.model of the root record."))
    root_id = models.BigIntegerField(_("id"))
    root_source = models.CharField(_("source"), max_length=64, blank=True)
    root_source_id = models.CharField(_("source id"), max_length=255, blank=True)
    staff = models.ForeignKey(StaffAccount, models.SET_NULL, null=True, blank=True, related_name="+")
    client = models.ForeignKey(ApiClient, models.SET_NULL, null=True, blank=True, related_name="+")
    actor = models.CharField(_("deleted by"), max_length=255)
    origin = models.CharField(_("from"), max_length=20, choices=Origin.choices)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    counts = models.JSONField(_("records"), default=dict, help_text=_("Rows per type, the root included."))
    deleted_at = models.DateTimeField(_("deleted"), db_default=Now())
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.BINNED)
    restored_at = models.DateTimeField(_("restored"), null=True, blank=True)
    restored_by = models.CharField(_("restored by"), max_length=255, blank=True)
    # Written when a purge begins, so that whoever goes on with it after a crash does so in the same name.
    purge_operation = models.UUIDField(_("operation of the purge"), null=True, editable=False)
    purge_origin = models.CharField(_("purged from"), max_length=20, choices=Origin.choices, blank=True)
    purge_reason = models.CharField(_("why it was deleted permanently"), max_length=500, blank=True)
    purged_by = models.CharField(_("deleted permanently by"), max_length=255, blank=True)
    purged_at = models.DateTimeField(_("deleted permanently"), null=True, blank=True)
    # Names, key and reason, folded. It holds personal values: what blanks the label blanks this.
    sought = models.TextField(editable=False, default="")

    objects = DeletionQuerySet.as_manager()

    class Meta:
        ordering = ["-deleted_at", "-id"]
        verbose_name = _("deletion")
        verbose_name_plural = _("recycle bin")
        indexes = [
            models.Index(fields=["tenant", "state", "-deleted_at", "-id"], name="deletion_bin_idx"),
            models.Index(fields=["operation"], name="deletion_operation_idx"),
            models.Index(fields=["root_type", "root_id"], name="deletion_root_idx"),
            # What the job of the retention asks for: what has expired, and what a crash left half-done.
            models.Index(
                fields=["expires_at"], condition=Q(state="binned", expires_at__isnull=False), name="deletion_expiry_idx"
            ),
            models.Index(
                fields=["tenant", "purge_operation"], condition=Q(state="purging"), name="deletion_purging_idx"
            ),
            # What the suggestions of reasons walk along: they look at what staff wrote, and at nothing purged.
            models.Index(
                fields=["tenant", "-deleted_at"],
                name="deletion_reasons_idx",
                condition=models.Q(staff__isnull=False, state__in=["binned", "restored"]) & ~models.Q(reason=""),
            ),
            # Of what is in the bin only, so that restoring or purging costs no entry.
            GinIndex(
                models.F("tenant"),
                OpClass("sought", name="gin_trgm_ops"),
                name="deletion_sought_idx",
                # New entries wait in a list: merging them inside a large deletion would slow it down.
                fastupdate=True,
                gin_pending_list_limit=16_384,  # KB
                condition=models.Q(state="binned"),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def total(self) -> int:
        """How many rows went to the bin, the root included."""
        return sum(self.counts.values())


class RunState(models.TextChoices):
    """Where a run is in its life."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    CANCELLING = "cancelling", _("Being cancelled")
    CANCELLED = "cancelled", _("Cancelled")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


RUN_GOES_ON = (RunState.QUEUED, RunState.RUNNING, RunState.CANCELLING)


class Run(models.Model):
    """Work of a tenant that takes longer than somebody waits for a page. ``recyclebin.runs`` starts and works them.

    It holds what is to be done as parameters (a filter, never a list of ids), how far it got, and what came out. No
    personal value may enter ``label``, ``lines`` or ``error``: they outlive a purge. ``parameters`` and ``position``
    are emptied when the run ends.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="runs")
    kind = models.CharField(_("kind"), max_length=50)
    label = models.CharField(_("what"), max_length=200)
    parameters = models.JSONField(default=dict)
    staff = models.ForeignKey(StaffAccount, models.SET_NULL, null=True, blank=True, related_name="+")
    # Without this, work whose account was deleted meanwhile could pass for work of the product itself.
    by_system = models.BooleanField(default=False)
    actor = models.CharField(_("started by"), max_length=255)
    origin = models.CharField(_("from"), max_length=20, choices=Origin.choices)
    request_id = models.CharField(max_length=128, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=RunState.choices, default=RunState.QUEUED)
    cancelled_by = models.CharField(_("cancelled by"), max_length=255, blank=True)
    total = models.BigIntegerField(_("records"), null=True, help_text=_("Empty until it was counted."))
    done = models.BigIntegerField(_("done"), default=0)
    outcomes = models.JSONField(default=dict, help_text=_("Numbers by outcome."))
    lines = models.JSONField(default=list, help_text=_("The first results worth telling one by one."))
    position = models.JSONField(null=True, help_text=_("Where the next chunk begins."))
    attempts = models.PositiveSmallIntegerField(default=0, help_text=_("Starts since the last finished chunk."))
    error = models.CharField(_("error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("asked for"), db_default=Now())
    started_at = models.DateTimeField(_("started"), null=True)
    heartbeat_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="run_tenant_idx"),
            # What the sweep looks through every few seconds: the few that go on.
            models.Index(fields=["heartbeat_at"], name="run_goes_on_idx", condition=models.Q(state__in=RUN_GOES_ON)),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def goes_on(self) -> bool:
        """Whether it waits, runs or is just being cancelled."""
        return self.state in RUN_GOES_ON


class Tombstone(models.Model):
    """What remains of a record that was deleted permanently: its type and id, and its key as a keyed hash.

    Who did it, when and why stands on the deletion. The hash can be asked about a key that somebody names, and tells
    nobody a key that they do not know (``recyclebin.tombstones``).
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    # Not "deletion": by that name the recycle bin knows tables of records.
    gone_with = models.ForeignKey(Deletion, models.PROTECT, related_name="tombstones")
    type = models.CharField(_("type"), max_length=50)
    record = models.BigIntegerField(_("id"))
    source = models.CharField(_("source"), max_length=64, blank=True)
    key_hash = models.BinaryField(max_length=32, null=True)
    uid_hash = models.BinaryField(max_length=32, null=True)
    secret = models.CharField(max_length=8, help_text=_("Which secret the hashes were made with."))

    class Meta:
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")
        indexes = [
            models.Index(fields=["record", "type"], name="tombstone_record_idx"),
            models.Index(fields=["tenant", "secret"], name="tombstone_secret_idx"),
            models.Index(fields=["tenant", "key_hash"], condition=Q(key_hash__isnull=False), name="tombstone_key_idx"),
            models.Index(fields=["tenant", "uid_hash"], condition=Q(uid_hash__isnull=False), name="tombstone_uid_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.record}"

    @property
    def title(self) -> str:
        """What a record of its type is called: ``customer``. The stored name when this version does not know it."""
        try:
            return str(apps.get_model(self.type)._meta.verbose_name)
        except (LookupError, ValueError):
            return self.type


class RunRecord(models.Model):
    """A record that a run has yet to see to, by its id: written when the run is asked for, gone with its chunk.

    What somebody confirmed on a page is a set of records. A filter that the worker asks again an hour later would let
    in records that nobody has seen.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="records", db_index=False)
    record = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "record"], name="run_record_once")]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.record}"
