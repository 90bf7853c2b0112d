"""What answers when an error escapes every view: in the envelope below the API's prefixes, as a page elsewhere."""

import sys

from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

from api.errors import error_of, error_response

PREFIXES = ("/v1/", "/v2/")


def internal_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500."""
    exception = sys.exc_info()[1]
    if request.path.startswith(PREFIXES) and isinstance(exception, Exception):
        return error_response(request, error_of(exception))
    return server_error(request)
