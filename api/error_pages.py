"""What an error code means and what to do: the pages behind ``moreInfo`` of the lookup API (contract, section 1.3), and
those of the problems of the tenant API, whose ``type`` is a name and no address.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from api import catalogue
from api.tenant import catalogue as problems

HOUR = 3600


@require_safe
@cache_control(public=True, max_age=HOUR)
def index(request: HttpRequest) -> HttpResponse:
    """All codes, in groups."""
    groups: list[tuple[str, tuple[catalogue.Entry, ...]]] = [(_("Every endpoint"), catalogue.GENERAL)]
    groups += [(name.capitalize(), tuple(entries.values())) for name, entries in catalogue.RESOURCES.items()]
    return render(request, "api/errors.html", {"groups": groups, "problems": problems.PROBLEMS})


@require_safe
@cache_control(public=True, max_age=HOUR)
def page(request: HttpRequest, code: int) -> HttpResponse:
    """One code. Errors: Http404 for a number that is none."""
    entry = catalogue.BY_CODE.get(code)
    if entry is None:
        raise Http404
    return render(request, "api/error.html", {"entry": entry})


@require_safe
@cache_control(public=True, max_age=HOUR)
def problem(request: HttpRequest, slug: str) -> HttpResponse:
    """One problem of the tenant API. Errors: Http404 for a name that is none."""
    entry = problems.by_slug().get(slug)
    if entry is None:
        raise Http404
    faults = problems.FAULTS if entry is problems.VALIDATION_FAILED else {}
    return render(request, "api/problem.html", {"entry": entry, "faults": faults})
