"""Forms of the tenants room. They collect and explain; the verbs decide."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from tenants.choices import Role
from tenants.current import access_of, staff_of
from tenants.models import ApiClient, Membership, StaffAccount
from tenants.permissions import ALL_PERMISSIONS
from tenants.retention import check_days
from tenants.scopes import SCOPES

if TYPE_CHECKING:
    AnyModelForm = forms.ModelForm[Any]
else:
    AnyModelForm = forms.ModelForm


VERB_ERROR = "tenants.verb_error"
"""Where a request keeps what a verb refused, for the second pass of the form."""


class VerbForm(AnyModelForm):
    """A form that is saved by a verb. What the verb refuses is shown at the fields that it names."""

    request: ClassVar[HttpRequest]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if error := self.request.META.get(VERB_ERROR):
            self.add_error(None, error)
        return cleaned


class ScopedForm(VerbForm):
    """A row of the current tenant. The tenant is set before validation, so that unique names per tenant are checked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        access = access_of(self.request)
        if self.instance.pk is None and access:
            self.instance.tenant = access.tenant

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"tenant"}  # type: ignore[misc,no-any-return]


class RetentionField:
    """How long a tenant keeps what was deleted, wherever that is asked."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "retention_days" in self.fields:
            self.fields["retention_days"].help_text = _(
                "After so many days what was deleted is deleted permanently. Empty: never. What is in the recycle bin"
                " already follows a change: a longer time counts at once, a shorter one leaves seven days at least."
            )

    def clean_retention_days(self) -> int | None:
        """At least a day: what is deleted by mistake is noticed after a while."""
        return check_days(self.cleaned_data["retention_days"])


class TenantForm(RetentionField, ScopedForm):
    """A tenant as a superuser sees it."""


class SettingsForm(RetentionField, VerbForm):
    """What the owners of a tenant decide."""


class MemberForm(VerbForm):
    """Someone who gets a role in the current tenant; an account is made for a new e-mail address."""

    email = forms.EmailField(label=_("E-mail"), widget=UnfoldAdminEmailInputWidget)
    display_name = forms.CharField(label=_("Name"), max_length=255, required=False, widget=UnfoldAdminTextInputWidget)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("For a new account. Somebody who has an account keeps their password."),
    )

    class Meta:
        model = Membership
        fields = ("role", "user_code", "default_store")
        widgets = {"role": UnfoldAdminSelectWidget}

    def clean_email(self) -> str:
        """One's own role is another owner's to change."""
        email: str = self.cleaned_data["email"].strip().lower()
        staff = staff_of(self.request)
        if staff and staff.email == email and not staff.is_superuser:
            raise forms.ValidationError(_("You cannot change your own role."))
        return email


class RoleForm(VerbForm):
    """A new role for a member."""

    class Meta:
        model = Membership
        fields = ("role", "user_code", "default_store")
        widgets = {"role": UnfoldAdminSelectWidget(choices=Role.choices)}


class AccountForm(VerbForm):
    """A staff account as a superuser sees it."""

    new_password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave it empty to keep the password. A new one ends the account's open sessions."),
    )

    class Meta:
        model = StaffAccount
        fields = ("email", "display_name", "is_active", "is_superuser")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance == self.request.user and not (cleaned or {}).get("is_active"):
            self.add_error("is_active", _("You cannot switch off your own account."))
        return cleaned

    def clean_email(self) -> str:
        """Addresses are compared without case."""
        return str(self.cleaned_data["email"]).strip().lower()


class ApiClientForm(VerbForm):
    """What an API client may do."""

    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        required=False,
        choices=list(SCOPES.items()),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("What the client may do over the lookup API."),
    )
    permissions = forms.MultipleChoiceField(
        label=_("Permissions"),
        required=False,
        choices=[(permission, permission) for permission in ALL_PERMISSIONS],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("What the client may do over the tenant API."),
    )

    class Meta:
        model = ApiClient
        fields = ("name", "scopes", "permissions", "read_only", "expires_at", "requests_per_minute")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" in self.fields:
            self.fields["name"].required = True
