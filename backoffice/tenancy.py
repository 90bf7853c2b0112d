"""The switch between tenants, for staff with several and for superusers."""

from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from tenants.current import choose, staff_of, tenants_of

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite

SHOWN = 100
"""How many tenants the page lists; a search narrows them."""


def switch_tenant(site: "AdminSite", request: HttpRequest) -> HttpResponse:
    """GET lists the tenants that the sender may work in; POST takes one of them for the session.

    Errors: 404 for a tenant that is not among them, so that nobody learns which ones exist.
    """
    staff = staff_of(request)
    if staff is None:
        raise Http404
    tenants = tenants_of(staff)
    if request.method == "POST":
        chosen = request.POST.get("tenant", "")
        tenant = tenants.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 19 else None
        if tenant is None:
            raise Http404
        choose(request, tenant)
        return HttpResponseRedirect(_destination(request))
    words = request.GET.get("q", "").strip()
    if words:
        tenants = tenants.filter(name__icontains=words)
    found = list(tenants[: SHOWN + 1])
    context = {
        **site.each_context(request),
        "title": _("Choose a tenant"),
        "tenants": found[:SHOWN],
        "more": len(found) > SHOWN,
        "words": words,
    }
    return TemplateResponse(request, "backoffice/switch_tenant.html", context)


def _destination(request: HttpRequest) -> str:
    """The list that the sender was in: the record that was open belongs to the tenant that was left."""
    came_from = request.POST.get("next", "")
    try:
        match = resolve(came_from)
    except Resolver404:
        return reverse("admin:index")
    model_admin = getattr(match.func, "model_admin", None)
    if model_admin is None:
        return reverse("admin:index")
    opts = model_admin.model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
