"""Who may do what: tenants, their organizations and stores, staff accounts, memberships and API clients."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication, ApplicationManager

from tenants.choices import ReasonRule, Role
from tenants.permissions import permissions_of_role

validate_uid = RegexValidator(
    r"\A[A-Za-z0-9_-]{1,64}\Z", _("Use 1 to 64 letters, digits, hyphens or underscores, and nothing else.")
)

REQUESTS_PER_MINUTE = 600


class Tenant(models.Model):  # type: ignore[django-manager-missing]  # ApiClient is untyped
    """A shop group. Every record belongs to exactly one, and no tenant ever sees another's."""

    uid = models.CharField(_("uid"), max_length=64, unique=True, validators=[validate_uid])
    name = models.CharField(_("name"), max_length=255)
    is_active = models.BooleanField(_("active"), default=True)
    country = models.CharField(_("country"), max_length=2, default="NL", help_text=_("ISO 3166-1 alpha-2 code."))
    currency = models.CharField(_("currency"), max_length=3, default="EUR", help_text=_("ISO 4217 code."))
    external_source = models.CharField(
        _("external source"),
        max_length=64,
        default="EXTERNAL",
        help_text=_("The source whose keys the tenant API shows as externalId."),
    )
    retention_days = models.PositiveIntegerField(
        _("days in the recycle bin"),
        default=30,
        null=True,
        blank=True,
        help_text=_("After so many days a deletion becomes permanent. Empty: never."),
    )
    reason_rule = models.CharField(
        _("reason for deleting"),
        max_length=10,
        choices=ReasonRule.choices,
        default=ReasonRule.OPTIONAL,
        help_text=_("Whether staff are asked why they delete. Reasons are shown in the recycle bin."),
    )
    history_days = models.PositiveIntegerField(
        _("days in the history"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Older changes are removed from the history, all but the last of each record. Empty: never."),
    )
    debtor_numbering = models.BooleanField(
        _("number debtors"), default=False, help_text=_("Give each new customer, user and contact a debtor number.")
    )
    next_debtor_number = models.BigIntegerField(_("next debtor number"), default=10_000)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        constraints = [
            models.CheckConstraint(condition=models.Q(reason_rule__in=ReasonRule.values), name="tenant_reason_rule")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reason_required(self) -> bool:
        """Whether staff cannot delete without saying why."""
        return self.reason_rule == ReasonRule.MANDATORY


class TenantSettings(Tenant):  # type: ignore[django-manager-missing]  # ApiClient is untyped
    """A tenant as its owners see it: the few things that they decide themselves."""

    class Meta:
        proxy = True
        verbose_name = _("settings")
        verbose_name_plural = _("settings")


class Organization(models.Model):
    """A legal entity of a tenant; it runs stores."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="organizations")
    uid = models.CharField(_("uid"), max_length=64, validators=[validate_uid])
    name = models.CharField(_("name"), max_length=255)

    class Meta:
        ordering = ["name"]
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        constraints = [models.UniqueConstraint(fields=["tenant", "uid"], name="organization_uid_once_per_tenant")]

    def __str__(self) -> str:
        return self.name


class Store(models.Model):
    """A shop of an organization."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="stores")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="stores")
    uid = models.CharField(_("uid"), max_length=64, validators=[validate_uid])
    name = models.CharField(_("name"), max_length=255)
    address = models.CharField(_("address"), max_length=255, blank=True, default="")
    postal_code = models.CharField(_("postal code"), max_length=255, blank=True, default="")
    city = models.CharField(_("city"), max_length=255, blank=True, default="")
    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        default="",
        validators=[RegexValidator(r"\A[A-Z]{2}\Z", _("Use the two capital letters of ISO 3166-1."))],
        help_text=_("ISO 3166-1 alpha-2 code."),
    )
    email = models.EmailField(_("e-mail"), max_length=254, blank=True, default="")
    phone = models.CharField(_("phone"), max_length=255, blank=True, default="")
    external_id = models.CharField(
        _("external id"), max_length=255, blank=True, default="", help_text=_("The key of the store in your systems.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    modified_at = models.DateTimeField(_("last modified"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [models.UniqueConstraint(fields=["tenant", "uid"], name="store_uid_once_per_tenant")]

    def __str__(self) -> str:
        return self.name


class StaffAccountManager(BaseUserManager["StaffAccount"]):
    """Makes staff accounts; the e-mail address is the login and is compared without case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "StaffAccount":
        account = self.model(email=email.strip().lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "StaffAccount":
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "StaffAccount":
        return self.get(email=(username or "").strip().lower())


class StaffAccount(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]
    """Someone who works in the back office. Rights come from memberships; a superuser may do all, everywhere."""

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    display_name = models.CharField(_("name"), max_length=255, blank=True)
    first_name = models.CharField(_("first name"), max_length=255, blank=True, default="")
    last_name = models.CharField(_("last name"), max_length=255, blank=True, default="")
    mobile = models.CharField(_("mobile"), max_length=255, blank=True, default="")
    language_code = models.CharField(
        _("language"),
        max_length=12,
        blank=True,
        default="",
        validators=[RegexValidator(r"\A[a-z]{2,3}(-[A-Z]{2})?\Z", _("Use a code such as en or nb-NO."))],
        help_text=_("For tills, such as en or nb-NO."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    tenants = models.ManyToManyField(Tenant, through="Membership", related_name="staff", verbose_name=_("tenants"))

    objects = StaffAccountManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        ordering = ["email"]
        verbose_name = _("staff account")
        verbose_name_plural = _("staff accounts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=models.functions.Lower("email")), name="staff_email_lower_case"
            )
        ]

    def __str__(self) -> str:
        return self.display_name or self.email

    @property
    def is_staff(self) -> bool:
        """Every active account may open the admin; what it sees there depends on its memberships."""
        return self.is_active

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class Membership(models.Model):
    """The role of a staff account in one tenant."""

    staff = models.ForeignKey(StaffAccount, models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    user_code = models.CharField(
        _("user code"),
        max_length=64,
        blank=True,
        default="",
        validators=[validate_uid],
        help_text=_("What the user types at a till, with the password. Unique in the tenant."),
    )
    default_store = models.ForeignKey(
        Store, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("default store")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    modified_at = models.DateTimeField(_("last modified"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["staff", "tenant"], name="one_role_per_staff_and_tenant"),
            models.UniqueConstraint(
                fields=["tenant", "user_code"],
                condition=~models.Q(user_code=""),
                name="user_code_once_per_tenant",
                violation_error_message=_("Somebody else in this tenant has this user code."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.tenant}"

    @property
    def permissions(self) -> frozenset[str]:
        """The tenant permissions that the role holds (tenant API contract, section 2.3)."""
        return permissions_of_role(self.role)


class ApiClient(AbstractApplication):  # type: ignore[misc]  # the library is untyped
    """An integration of one tenant, as an OAuth 2 client with the client-credentials grant only."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="api_clients")
    scopes = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("scopes"))
    permissions = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("permissions"))
    read_only = models.BooleanField(_("read only"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    requests_per_minute = models.PositiveIntegerField(
        _("requests per minute"), default=REQUESTS_PER_MINUTE, help_text=_("0 switches the limit off.")
    )

    objects = ApplicationManager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("API client")
        verbose_name_plural = _("API clients")

    def __str__(self) -> str:
        return str(self.name)

    def is_usable(self, request: Any = None) -> bool:
        """Whether tokens may be issued to this client, or accepted from it, now."""
        live = self.expires_at is None or self.expires_at > timezone.now()
        return self.is_active and live and self.tenant.is_active


# Django finds models in this module only.
from tenants.credentials import Device, Token  # noqa: E402, F401
