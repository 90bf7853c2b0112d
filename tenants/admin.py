"""Tenants, staff, API clients, organizations and stores in the admin.

An owner looks after the staff, API clients, organizations and stores of the current tenant; a superuser also after
tenants and accounts. Memberships and clients are changed by the verbs that the commands call, too.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from oauth2_provider.models import get_access_token_model, get_grant_model, get_id_token_model, get_refresh_token_model

from tenants import errors, member_verbs, verbs
from tenants.admin_forms import VERB_ERROR, AccountForm, MemberForm, RoleForm, ScopedForm, TenantForm
from tenants.current import access_of, actor_of, staff_of
from tenants.models import ApiClient, Membership, Organization, StaffAccount, Store, Tenant
from tenants.permissions import ADMIN
from tenants.retention import change_retention
from tenants.scoped_admin import ScopedAdmin, StatelessAdmin
from tenants.store_verbs import save_store

if TYPE_CHECKING:
    from django.contrib.admin import TabularInline

    Inline = TabularInline[Any, Any]
else:
    from unfold.admin import TabularInline as Inline

# Rights come from memberships and not from groups, and tokens are nobody's business, not even a superuser's. API
# clients have a page of ours.
for _model in (
    Group,
    ApiClient,
    get_access_token_model(),
    get_grant_model(),
    get_id_token_model(),
    get_refresh_token_model(),
):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


class VerbAdmin(StatelessAdmin):
    """Saves by a verb. What the verb refuses comes back to the form; nothing is written then."""

    actions = None

    def get_form(self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.request = request
        return form

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ValidationError as error:
            request.META[VERB_ERROR] = error
            return super().changeform_view(request, object_id, form_url, extra_context)
        except errors.PermissionDenied as denied:
            raise PermissionDenied from denied

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        return []


class OwnersAdmin(VerbAdmin, ScopedAdmin):
    """What the owners of a tenant look after."""

    view_right = ADMIN


class SuperuserAdmin(VerbAdmin):
    """Pages that only a superuser sees. Nothing here is deleted: it is switched off."""

    def has_view_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        staff = staff_of(request)
        return staff is not None and staff.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


@admin.register(Tenant)
class TenantAdmin(SuperuserAdmin):
    """The shop groups that this product serves."""

    form = TenantForm
    list_display = ("name", "uid", "country", "retention_days", "is_active", "work_in")
    search_fields = ("name", "uid")
    sortable_by = ("name", "uid")
    add_fieldsets = ((None, {"fields": ("name", "uid", ("country", "currency"))}),)
    fieldsets = (
        (None, {"fields": ("name", "uid", "is_active", ("country", "currency"))}),
        (gettext_lazy("Recycle bin"), {"fields": ("retention_days", "reason_rule")}),
        (gettext_lazy("History"), {"fields": ("history_days",)}),
        (gettext_lazy("Keys and numbers"), {"fields": ("external_source", "debtor_numbering", "next_debtor_number")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        # Other systems address the tenant by its uid.
        return ("uid",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            obj.save()
            if "retention_days" in form.changed_data:
                change_retention(tenant=obj, days=obj.retention_days)
        else:
            obj.pk = verbs.create_tenant(**{name: form.cleaned_data[name] for name in form.cleaned_data}).pk

    @admin.display(description=gettext_lazy("work here"))
    def work_in(self, tenant: Tenant) -> str:
        """A button of the form around the list: it posts to the switch."""
        if not tenant.is_active:
            return "-"
        return format_html(
            '<button type="submit" class="quiet-button" formnovalidate formaction="{}" name="tenant" value="{}"'
            ' aria-label="{}">{}</button>',
            reverse("admin:switch_tenant"),
            tenant.pk,
            _("Work in %(tenant)s") % {"tenant": tenant.name},
            _("Work here"),
        )


class MembershipsInline(Inline):
    """The tenants that an account works in."""

    model = Membership
    extra = 0
    autocomplete_fields = ("tenant",)

    def has_view_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        staff = staff_of(request)
        return staff is not None and staff.is_superuser

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return self.has_view_permission(request)


@admin.register(StaffAccount)
class StaffAccountAdmin(SuperuserAdmin):
    """All accounts. New ones are made with their first role, below Staff."""

    form = AccountForm
    list_display = ("email", "display_name", "is_active", "is_superuser", "last_login")
    search_fields = ("email", "display_name")
    sortable_by = ("email",)
    fields = ("email", "display_name", ("is_active", "is_superuser"), "new_password", "last_login")
    readonly_fields = ("last_login",)
    inlines = (MembershipsInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.save()
        if password := form.cleaned_data.get("new_password"):
            try:
                verbs.change_password(account=obj, password=password)
            except ValidationError as error:
                raise ValidationError({"new_password": error.messages}) from error


@admin.register(Membership)
class MembershipAdmin(OwnersAdmin):
    """Who works in the current tenant, and as what. Nobody changes their own role, so an owner always remains."""

    autocomplete_fields = ("default_store",)
    list_display = ("email", "staff_name", "role", "user_code", "last_login")
    list_display_links = ("email",)
    list_select_related = ("staff",)
    search_fields = ("staff__email", "staff__display_name")
    ordering = ("staff__email", "id")
    sortable_by = ("email",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("staff")

    def get_form(self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change=change, **{"form": RoleForm if obj else MemberForm} | kwargs)

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        till = (("user_code", "default_store"),)
        if obj:
            return ("email", "staff_name", "role", *till, "last_login")
        return ("email", "display_name", "role", "password", *till)

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        return ("email", "staff_name", "last_login") if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return super().has_change_permission(request, obj) and not self._own(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not self._own(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values, actor = form.cleaned_data, actor_of(request)
        done = verbs.create_staff(
            actor=actor,
            email=obj.staff.email if change else values["email"],
            role=values["role"],
            password=values.get("password") or None,
            display_name=values.get("display_name", ""),
        )
        obj.staff, obj.tenant = done.account, actor.tenant
        obj.pk = done.account.memberships.values_list("pk", flat=True).get(tenant=actor.tenant)
        member_verbs.change_till_login(
            actor=actor, membership=obj, user_code=values["user_code"], default_store=values["default_store"]
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        access = access_of(request)
        kwargs["queryset"] = Store.objects.filter(tenant=access.tenant) if access else Store.objects.none()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        verbs.remove_staff(actor=actor_of(request), membership=obj)

    @admin.display(description=gettext_lazy("e-mail"), ordering="staff__email")
    def email(self, membership: Membership) -> str:
        return membership.staff.email

    @admin.display(description=gettext_lazy("name"))
    def staff_name(self, membership: Membership) -> str:
        return membership.staff.display_name or "-"

    @admin.display(description=gettext_lazy("last login"))
    def last_login(self, membership: Membership) -> Any:
        return membership.staff.last_login

    @staticmethod
    def _own(request: HttpRequest, obj: Any | None) -> bool:
        staff = staff_of(request)
        return obj is not None and staff is not None and obj.staff_id == staff.pk and not staff.is_superuser


@admin.register(Organization)
class OrganizationAdmin(OwnersAdmin):
    """The legal entities of a tenant."""

    form = ScopedForm
    list_display = ("name", "uid")
    search_fields = ("name", "uid")
    sortable_by = ("name", "uid")
    fields = ("name", "uid")


@admin.register(Store)
class StoreAdmin(OwnersAdmin):
    """The shops of an organization."""

    form = ScopedForm
    list_display = ("name", "uid", "organization", "is_active")
    list_select_related = ("organization",)
    search_fields = ("name", "uid")
    sortable_by = ("name", "uid")
    fieldsets = (
        (None, {"fields": ("name", ("uid", "external_id"), "organization", "is_active")}),
        (gettext_lazy("Address"), {"fields": ("address", ("postal_code", "city", "country"), ("email", "phone"))}),
    )
    autocomplete_fields = ("organization",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save_store(actor=actor_of(request), store=obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        access = access_of(request)
        organizations = Organization.objects.all()
        kwargs["queryset"] = organizations.filter(tenant=access.tenant) if access else organizations.none()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


# Django looks for admins in a module of this name only.
from tenants import admin_clients, admin_devices, admin_settings  # noqa: E402, F401
