"""What answers when an error escapes every view: in the words of the API below its prefixes, as a page elsewhere."""

import re
import sys

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.views.defaults import bad_request as bad_request_page
from django.views.defaults import server_error

from api import catalogue
from api.errors import ApiError, error_of
from api.responses import answer
from api.tenant import problems
from api.views import refuse

_LOOKUP_API = re.compile(r"/v[12](?:/|\Z)")
_TENANT_API = re.compile(r"/(?:v2/)?(?:tenants|account)(?:/|\Z)")
_TOKEN = re.compile(r"/oauth2/token/?\Z")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: what is wrong with a request before any view sees it, such as a host that is not ours."""
    if _TENANT_API.match(request.path):
        known = exception if isinstance(exception, SuspiciousOperation) else SuspiciousOperation()
        return problems.refuse(request, problems.problem_of(known))
    if _LOOKUP_API.match(request.path):
        malformed = ApiError(catalogue.PAYLOAD_VALIDATION, "The request is malformed")
        return refuse(request, error_of(exception) if isinstance(exception, SuspiciousOperation) else malformed)
    if _TOKEN.match(request.path):
        # RFC 6749, section 5.2.
        return answer({"error": "invalid_request", "error_description": "The request is malformed."}, 400)
    return bad_request_page(request, exception)


def internal_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500."""
    exception = sys.exc_info()[1]
    if _TENANT_API.match(request.path) and isinstance(exception, Exception):
        return problems.refuse(request, problems.problem_of(exception))
    if _LOOKUP_API.match(request.path) and isinstance(exception, Exception):
        return refuse(request, error_of(exception))
    return server_error(request)
