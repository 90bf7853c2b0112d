"""The page of one operation: what else changed in this run."""

import re
import uuid
from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from records.operations import START, Line, counts_of, lines_of, operation_of
from tenants.current import access_of
from tenants.permissions import ACCESS
from tenants.scoped_admin import LIST_TIMEOUT, time_limit

PER_PAGE = 50

_PLACE = re.compile(r"\A(\d{1,3})-(\d{1,18})\Z")


def operation_page(site: AdminSite, request: HttpRequest, operation: uuid.UUID) -> HttpResponse:
    """Who did it, how many records of each kind it changed, and a page of them. Whoever sees records may look."""
    access = access_of(request)
    if access is None or not access.may(ACCESS):
        raise Http404
    place = _PLACE.match(request.GET.get("after", ""))
    start = (int(place[1]), int(place[2])) if place else START
    with time_limit(LIST_TIMEOUT):
        found = operation_of(operation, access.tenant.pk)
        if found is None:
            raise Http404
        page = lines_of(operation, access.tenant.pk, place=start, size=PER_PAGE)
        counts = counts_of(operation, access.tenant.pk)
    context = {
        **site.each_context(request),
        "title": _("What changed in this run"),
        "operation": found,
        "operation_id": operation,
        "counts": counts,
        "lines": [(line, _address(site, line)) for line in page.lines],
        "first": start == START,
        "further": "-".join(map(str, page.further)) if page.further else "",
    }
    request.current_app = site.name
    return TemplateResponse(request, "records/operation.html", context)


def _address(site: Any, line: Line) -> str:
    """The history that tells more of the line."""
    model, pk = line.page
    try:
        return reverse(f"{site.name}:{model._meta.app_label}_{model._meta.model_name}_history", args=[pk])
    except NoReverseMatch:
        return ""
