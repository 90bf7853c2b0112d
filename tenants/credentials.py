"""What stands for somebody over the tenant API: devices, and tokens of which only a hash is kept (contract, 2.1)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class TokenKind(models.TextChoices):
    """What a token is for."""

    INTEGRATION = "integration", _("Integration token")
    ACCESS = "access", _("Access token")
    AUTH = "auth", _("Auth token")
    DEVICE = "device", _("Device token")


class Device(models.Model):
    """A till or another device at which users log in with their codes. It is linked once, and unlinked for good."""

    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="devices")
    name = models.CharField(_("name"), max_length=255)
    linked_at = models.DateTimeField(_("linked"), default=timezone.now, editable=False)
    linked_by = models.CharField(_("linked by"), max_length=255, blank=True, editable=False)
    unlinked_at = models.DateTimeField(_("unlinked"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("device")
        verbose_name_plural = _("devices")

    def __str__(self) -> str:
        return self.name


class Token(models.Model):
    """An opaque token: 256 random bits, of which SHA-256 is kept. Revoking one deletes its row.

    ``password_mark`` is what the user's password was when the token was made: with another password the token is over.
    """

    kind = models.CharField(max_length=12, choices=TokenKind.choices)
    digest = models.BinaryField(max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=255, blank=True)
    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, null=True, blank=True, related_name="+")
    client = models.ForeignKey("tenants.ApiClient", models.CASCADE, null=True, blank=True, related_name="tokens")
    device = models.ForeignKey(Device, models.CASCADE, null=True, blank=True, related_name="tokens")
    staff = models.ForeignKey("tenants.StaffAccount", models.CASCADE, null=True, blank=True, related_name="tokens")
    password_mark = models.BinaryField(max_length=32, default=b"")
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True, db_index=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        constraints = [
            models.CheckConstraint(
                name="token_belongs_to_its_kind",
                condition=Q(kind="integration", client__isnull=False, staff=None, device=None)
                | Q(kind="access", staff__isnull=False, tenant__isnull=False, expires_at__isnull=False, client=None)
                | Q(kind="auth", staff__isnull=False, expires_at__isnull=False, client=None, device=None)
                | Q(kind="device", device__isnull=False, staff=None, client=None),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.get_kind_display()
