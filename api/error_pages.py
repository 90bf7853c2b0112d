"""The pages behind ``moreInfo``: what an error code means and what to do (lookup API contract, section 1.3)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from api import catalogue

HOUR = 3600


@require_safe
@cache_control(public=True, max_age=HOUR)
def index(request: HttpRequest) -> HttpResponse:
    """All codes, in groups."""
    groups: list[tuple[str, tuple[catalogue.Entry, ...]]] = [(_("Every endpoint"), catalogue.GENERAL)]
    groups += [(name.capitalize(), tuple(entries.values())) for name, entries in catalogue.RESOURCES.items()]
    return render(request, "api/errors.html", {"groups": groups})


@require_safe
@cache_control(public=True, max_age=HOUR)
def page(request: HttpRequest, code: int) -> HttpResponse:
    """One code. Errors: Http404 for a number that is none."""
    entry = catalogue.BY_CODE.get(code)
    if entry is None:
        raise Http404
    return render(request, "api/error.html", {"entry": entry})
