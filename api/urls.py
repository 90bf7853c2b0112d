"""The routes of the lookup API: tokens, its description, and the entrance to everything below ``/v1`` and ``/v2``."""

from collections.abc import Iterable

from django.urls import URLPattern, path, re_path

from api import error_pages
from api.openapi.views import openapi, reference
from api.routes import Endpoints, Router, entrance
from api.tokens import token
from api.views import unknown_route


def lookup_api(resources: Iterable[tuple[str, Endpoints]]) -> list[URLPattern]:
    """The patterns of the lookup API with these resources, by the name that stands in their paths.

    ``/v1`` is the same API under the older prefix. A trailing slash is optional everywhere and never redirects.
    """
    return [
        re_path(r"\Av(?P<version>[12])/openapi\.json/?\Z", openapi, name="openapi"),
        re_path(r"\Av[12](?:/(?P<path>(?s:.*)))?\Z", entrance(Router(resources), unknown_route), name="lookup-api"),
        path("oauth2/token", token, name="token"),
        path("oauth2/token/", token),
        path("docs/api", reference, name="api-reference"),
        path("docs/api/", reference),
        path("docs/errors", error_pages.index, name="error-pages"),
        path("docs/errors/", error_pages.index),
        path("docs/errors/<int:code>", error_pages.page, name="error-page"),
        path("docs/errors/<int:code>/", error_pages.page),
        path("docs/errors/<slug:slug>", error_pages.problem, name="problem-page"),
        path("docs/errors/<slug:slug>/", error_pages.problem),
    ]
