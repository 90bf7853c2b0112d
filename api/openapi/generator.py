"""The OpenAPI document: every endpoint of the router, and what stands beside it."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, cast

from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from rest_framework.views import APIView

from api.openapi.inspector import OperationSchema
from api.openapi.operations import Schema
from api.openapi.plain import PLAIN
from api.routes import PATHS, Router
from api.views import Action

INTRODUCTION = Path(__file__).with_name("introduction.md")
NEWEST = "/v2"


class Served(NamedTuple):
    """What the document tells of at one path: a view, one of its actions, and the lookup key in the path."""

    view: type[APIView]
    action: Action
    lookup_key: str = ""


Endpoint = tuple[str, str, str, Served]
"""Path, the same once more, method, and what is there: the tuple that drf-spectacular passes on."""


class Endpoints(EndpointEnumerator):
    """Finds the endpoints: those of the router under one prefix, and the few beside it."""

    prefix = NEWEST

    def get_api_endpoints(self, patterns: Any = None, prefix: str = "") -> list[Any]:
        routers = (getattr(pattern.callback, "router", None) for pattern in self.patterns or ())
        resources = (endpoints_of(router, self.prefix) for router in routers if router)
        return [*plain_endpoints(self.prefix), *chain.from_iterable(resources)]


def plain_endpoints(prefix: str) -> Iterator[Endpoint]:
    """The endpoints beside the resources."""
    for view in PLAIN:
        path = view.path.format(prefix=prefix)
        yield path, path, view.method, Served(view, view.action)


def endpoints_of(router: Router, prefix: str) -> Iterator[Endpoint]:
    """The endpoints of a router, in the order of the paths."""
    for resource, endpoints in router.resources.items():
        for name, path in PATHS.items():
            view = endpoints.views.get(name)
            for method, handler in getattr(view, "handlers", {}).items():
                schema = cast(OperationSchema, handler.view.schema)
                for expanded, key in schema.expanded(f"{prefix}/{resource}{path}"):
                    yield expanded, expanded, method, Served(handler.view, handler.action, key)


class DocumentGenerator(SchemaGenerator):
    """Makes the document for the paths below one prefix."""

    endpoint_inspector_cls = Endpoints

    def __init__(self, *args: Any, prefix: str = NEWEST, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prefix = prefix

    def _initialise_endpoints(self) -> None:
        if self.endpoints is None:
            inspector = self.endpoint_inspector_cls(self.patterns, self.urlconf)
            inspector.prefix = self.prefix
            self.endpoints = inspector.get_api_endpoints()

    def create_view(self, callback: Served, method: str, request: Any = None) -> APIView:
        view: Any = callback.view()
        view.action, view.lookup_key, view.prefix = callback.action, callback.lookup_key, self.prefix
        view.args, view.kwargs, view.format_kwarg = (), {}, None
        return cast(APIView, view)

    def coerce_path(self, path: str, method: str, view: APIView) -> str:
        return path

    def get_schema(self, request: Any = None, public: bool = False) -> Schema:
        schema = cast(Schema, super().get_schema(request, public))
        schema["info"]["description"] = INTRODUCTION.read_text(encoding="utf-8")
        schema["servers"] = [{"url": "/"}]
        schema["tags"] = [{"name": name} for name in _tags(schema)]
        return schema


def _tags(schema: Schema) -> Iterable[str]:
    """The headings, in the order in which operations stand under them."""
    operations = (operation for methods in schema["paths"].values() for operation in methods.values())
    return dict.fromkeys(tag for operation in operations for tag in operation["tags"])


def share_parameters(result: Schema, **kwargs: Any) -> Schema:
    """A hook of drf-spectacular: what several operations take stands once, among the components."""
    shared: dict[str, Schema] = {}
    for methods in result["paths"].values():
        for operation in methods.values():
            parameters = operation.get("parameters", [])
            for index, parameter in enumerate(parameters):
                # One example reads better as what it is than as a list of one with a name.
                for shown in parameter.pop("examples", {}).values():
                    parameter["example"] = shown["value"]
                name = _free_name(shared, parameter)
                shared[name] = parameter
                parameters[index] = {"$ref": f"#/components/parameters/{name}"}
    result["components"]["parameters"] = shared
    return result


def _free_name(shared: dict[str, Schema], parameter: Schema) -> str:
    """The name of a parameter, numbered where another one of that name is different."""
    name, number = parameter["name"], 1
    while shared.get(name, parameter) != parameter:
        number += 1
        name = f"{parameter['name']}{number}"
    return str(name)
