"""What the outside sees of the description: the document, and the reference page that shows it."""

import hashlib
from functools import cache
from threading import Lock
from typing import Any, cast

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import etag
from drf_spectacular.views import SpectacularRedocView

from api import catalogue
from api.errors import ApiError
from api.openapi.generator import DocumentGenerator
from api.responses import JSON
from api.views import refuse

FRESH = 300
"""Seconds for which a client need not ask again."""

SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'

CONTENT_SECURITY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The page asks nobody but us for anything. Redoc writes its styles into the page and searches in a worker."""

THEME = {
    "typography": {
        "fontFamily": SANS,
        "headings": {"fontFamily": SANS},
        "code": {"fontFamily": "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"},
    },
    "colors": {"primary": {"main": "#6d28d9"}},
}
"""The look of the error pages, with the fonts that the reader's system has."""

_generating = Lock()


@cache
def _document(prefix: str) -> tuple[bytes, str]:
    generated = DocumentGenerator(prefix=prefix).get_schema(public=True)
    encoded = msgspec.json.encode(generated)
    return encoded, f'"{hashlib.sha256(encoded).hexdigest()[:32]}"'


def document(prefix: str) -> tuple[bytes, str]:
    """The OpenAPI document for the paths below ``/v1`` or ``/v2`` as JSON, and its ETag. Made once in a process."""
    with _generating:  # drf-spectacular's inspectors are shared by all who generate
        return _document(prefix)


@csrf_exempt
@gzip_page
@etag(lambda request, version: document(f"/v{version}")[1])
def openapi(request: HttpRequest, version: str) -> HttpResponse:
    """``GET /v2/openapi.json`` (lookup API contract, section 11). It needs no token: it holds nobody's data."""
    if request.method != "GET":
        message = f"The method {request.method} is not allowed here"
        return refuse(request, ApiError(catalogue.METHOD_NOT_ALLOWED, message, headers={"Allow": "GET"}))
    response = HttpResponse(document(f"/v{version}")[0], content_type=JSON)
    patch_cache_control(response, public=True, max_age=FRESH)
    return response


class Reference(SpectacularRedocView):
    """``GET /docs/api``: the document as pages, shown by Redoc from our own host."""

    template_name = "api/reference.html"
    url = "/v2/openapi.json"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        response: Any = super().get(request, *args, **kwargs)
        response.data |= {"title": _("API reference"), "theme": msgspec.json.encode(THEME).decode()}
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY
        return cast(HttpResponse, response)


reference = Reference.as_view()
