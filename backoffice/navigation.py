"""What the sidebar and its head show. Unfold calls these with the request; ``unfold_settings`` names them."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tenants.current import access_of, staff_of, tenants_of
from tenants.permissions import ACCESS, ADMIN

TENANTS_IN_MENU = 8
"""The menu lists this many tenants; the page behind it has them all."""


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of the sidebar, with only what the sender may open."""
    access, staff = access_of(request), staff_of(request)
    groups: list[dict[str, Any]] = []
    if access and access.may(ACCESS):
        people = [
            _item(_("Customers"), "person", "customers_customer"),
            _item(_("Contacts"), "contacts", "contacts_contact"),
            _item(_("Companies"), "domain", "contacts_company"),
            _item(_("Users"), "account_circle", "users_user"),
            _item(_("Usergroups"), "groups", "users_usergroup"),
        ]
        safety = [
            _item(_("Recycle bin"), "restore_from_trash", "recyclebin_deletion"),
            _item(_("Jobs"), "hourglass_top", "recyclebin_run"),
        ]
        groups = [
            {"items": [{"title": _("Overview"), "icon": "home", "link": reverse("admin:index")}]},
            {"title": _("People"), "items": people},
            {"title": _("Safety net"), "items": safety},
        ]
    if access and access.may(ADMIN):
        administration = [
            _item(_("Staff"), "badge", "tenants_membership"),
            _item(_("API clients"), "key", "tenants_apiclient"),
            _item(_("Devices"), "point_of_sale", "tenants_device"),
            _item(_("Organizations"), "corporate_fare", "tenants_organization"),
            _item(_("Stores"), "storefront", "tenants_store"),
            _item(_("Settings"), "settings", "tenants_tenantsettings"),
            {"title": _("API reference"), "icon": "menu_book", "link": reverse("api-reference")},
        ]
        groups.append({"title": _("Administration"), "items": administration})
    if staff and staff.is_superuser:
        product = [
            _item(_("Tenants"), "apartment", "tenants_tenant"),
            _item(_("Staff accounts"), "manage_accounts", "tenants_staffaccount"),
        ]
        groups.append({"title": _("Product"), "items": product})
    return groups


def current_tenant_name(request: HttpRequest) -> str:
    """What stands below the product's name: the tenant that all lists are about."""
    access = access_of(request) if not isinstance(request.user, AnonymousUser) else None
    return access.tenant.name if access else ""


def tenant_menu(request: HttpRequest) -> dict[str, Any]:
    """Adds the tenants to switch to, the first few of them, to the context of every admin page."""
    access, staff = access_of(request), staff_of(request)
    if access is None or staff is None:
        return {}
    tenants = list(tenants_of(staff).exclude(pk=access.tenant.pk)[: TENANTS_IN_MENU + 1])
    return {
        "current_tenant": access.tenant,
        "other_tenants": tenants[:TENANTS_IN_MENU],
        "more_tenants": len(tenants) > TENANTS_IN_MENU,
    }


def _item(title: str, icon: str, model: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse(f"admin:{model}_changelist")}
