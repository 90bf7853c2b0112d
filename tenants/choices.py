"""Fixed choices of the tenants room."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a staff account is in a tenant (tenant API contract, section 2.3)."""

    VIEWER = "viewer", _("Viewer")
    EDITOR = "editor", _("Editor")
    OWNER = "owner", _("Owner")


class Origin(models.TextChoices):
    """Through which door a change came in."""

    ADMIN = "admin", _("Admin")
    REVERT = "revert", _("Put back")
    LOOKUP_API = "lookup_api", _("Lookup API")
    TENANT_API = "tenant_api", _("Tenant API")
    BULK = "bulk", _("Bulk")
    IMPORT = "import", _("Import")
    COMMAND = "command", _("Command line")
    RETENTION = "retention", _("Retention")


class ReasonRule(models.TextChoices):
    """Whether staff of a tenant say why when they delete."""

    OFF = "off", _("Not asked for")
    OPTIONAL = "optional", _("Asked for, may be left empty")
    MANDATORY = "mandatory", _("Mandatory")
