"""From a path to a route of the lookup API (lookup API contract, sections 1, 2 and 5).

Django's patterns would do for all but one thing: a lookup value may hold any character, slashes included, and ends only
at a known sub-resource. So the part of the path behind the prefix is taken apart here.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]

COLLECTION = "collection"
ITEM = "item"
BULK = "bulk"
SEARCH, EXPORT, CHANGES = "search", "export", "changes"
LOOKUP_KEYS = ("id", "sourceId")
RESERVED = frozenset({BULK, SEARCH, EXPORT, CHANGES})
"""First segments behind a resource that are never lookup keys."""

PATHS = {
    COLLECTION: "",
    ITEM: "/:key/:value",
    BULK: "/bulk/:key",
    SEARCH: "/search",
    EXPORT: "/export",
    CHANGES: "/changes",
    "addresses": "/:key/:value/addresses",
    "addresses/bulk": "/:key/:value/addresses/bulk",
    "addresses/member": "/:key/:value/addresses/:member",
    "pricing": "/:key/:value/pricing",
}
"""The paths of the endpoints behind the name of the resource, by the endpoints' names."""

ROUTE = "api.route"
"""Where a request keeps what was found for its path, for the access log."""

_SUB_RESOURCE = re.compile(r"(?P<value>.+)/(?P<rest>addresses(?:/[^/]+)?|pricing)", re.DOTALL)


class Route(NamedTuple):
    """Where a path leads: the name of the endpoint, and the arguments of its action."""

    endpoint: str
    arguments: dict[str, str]


class Found(NamedTuple):
    """Where a path leads in one resource, and who answers there."""

    resource: str
    route: Route
    view: View

    @property
    def template(self) -> str:
        """The path behind the prefix, without any value that the caller chose: a lookup value may be personal."""
        path = f"/{self.resource}{PATHS[self.route.endpoint]}"
        key = self.route.arguments.get("key")
        return path.replace(":key", key) if key in LOOKUP_KEYS else path

    def logged(self, path: str) -> str:
        """The route of a request for this path, for the access log."""
        return path[:3] + self.template


class Endpoints(NamedTuple):
    """The endpoints of one resource by name. ``nested`` names the sub-resources that its records have."""

    views: Mapping[str, View]
    nested: frozenset[str] = frozenset()


class Router:
    """Finds the view for a path. A resource joins by its endpoints; which ones it has is up to it."""

    def __init__(self, resources: Iterable[tuple[str, Endpoints]]) -> None:
        self.resources: Mapping[str, Endpoints] = dict(resources)

    def find(self, path: str) -> Found | None:
        """Where the part of a path behind ``/v2/`` leads; ``None`` for an unknown route.

        A lookup value keeps the slash at its end: whether that is the last character of a key or the optional end of
        the path is for the records to tell.
        """
        resource, _, rest = path.partition("/")
        endpoints = self.resources.get(resource)
        if endpoints is None:
            return None
        route = parse(rest.removesuffix("/"), endpoints.nested)
        if rest.endswith("/") and (route is None or route.endpoint == ITEM):
            route = parse(rest, endpoints.nested)
        view = endpoints.views.get(route.endpoint) if route else None
        return Found(resource, route, view) if view and route else None


def parse(rest: str, nested: frozenset[str]) -> Route | None:
    """Take apart what stands behind the resource."""
    if not rest:
        return Route(COLLECTION, {})
    key, _, value = rest.partition("/")
    if key == BULK:
        return Route(BULK, {"key": value}) if value and "/" not in value else None
    if not value:
        return Route(key, {}) if rest in RESERVED - {BULK} else None
    if key in RESERVED:
        return None
    found = _SUB_RESOURCE.fullmatch(value)
    if found is None or found["rest"].partition("/")[0] not in nested:
        return Route(ITEM, {"key": key, "value": value})
    return _below({"key": key, "value": found["value"]}, *found["rest"].split("/"))


def _below(owner: dict[str, str], sub_resource: str, member: str = "") -> Route:
    """The route of a sub-resource, of its bulk, or of one of its members."""
    if not member:
        return Route(sub_resource, owner)
    if member == BULK:
        return Route(f"{sub_resource}/{BULK}", owner)
    return Route(f"{sub_resource}/member", {**owner, "member": member})


def entrance(router: Router, unknown: View) -> View:
    """The view that stands before all routes of the lookup API. ``unknown`` answers where no route leads.

    The router stays readable as ``router`` of the view, for whoever describes the routes.
    """

    def enter(request: HttpRequest, path: str | None = None) -> HttpResponse:
        found = router.find(path or "")
        if found is None:
            return unknown(request)
        request.META[ROUTE] = found
        return found.view(request, **found.route.arguments)

    # API clients carry tokens, never cookies; the views are exempt for the same reason.
    enter.csrf_exempt = True  # type: ignore[attr-defined]
    enter.router = router  # type: ignore[attr-defined]
    return enter
