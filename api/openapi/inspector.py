"""From what a view tells to OpenAPI, through drf-spectacular.

A view class names its inspector as ``schema``, as with any view of Django REST framework. A method of the inspector,
``describe_`` and the name of the action, tells of the operation. drf-spectacular would look at serializers; here are
none, so each of its questions is answered from that.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, count
from typing import Any, ClassVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from drf_spectacular.utils import OpenApiParameter, OpenApiRequest, OpenApiResponse

from api.idempotency import is_kept
from api.openapi.failures import (
    ERROR,
    ERROR_SCHEMA,
    EVERYWHERE,
    OF_BODIES,
    OF_QUERIES,
    OF_REPEATS,
    missing_scope,
    name_of,
    response_of,
)
from api.openapi.headers import HEADERS, LIMITS, NAMES, OF_STATUS, REPLAYED, REQUEST_ID
from api.openapi.operations import IDEMPOTENCY_KEY, Answer, Operation, Schema, header
from api.openapi.schemas import reference, text
from tenants.scopes import SCOPES

UNCOUNTED = frozenset({401, 413})
"""Statuses of requests that were refused before anybody counted them; a 413 may be told later, too."""


class OperationSchema(AutoSchema):
    """Describes the operations of a view.

    ``keys`` are the lookup keys that stand for ``:key`` in its paths, ``member`` is what ``:member`` is called.
    """

    keys: ClassVar[tuple[str, ...]] = ()
    member: ClassVar[str] = "member"
    is_limited: ClassVar[bool] = True
    operation: Operation

    @property
    def subject(self) -> Any:
        """The view that is described."""
        return self.view

    @classmethod
    def expanded(cls, path: str) -> Iterator[tuple[str, str]]:
        """The paths of OpenAPI for one of ``api.routes``, each with its lookup key: every key is a path of its own."""
        named = path.replace("/:member", f"/{{{cls.member}}}")
        if ":key" not in named:
            yield named, ""
            return
        for key in cls.keys:
            yield named.replace("/:key/:value", f"/{key}/{{{key}}}").replace("/:key", f"/{key}"), key

    def is_described(self) -> bool:
        """Whether the view's action has a description. What has none is left out, and a test says so."""
        return hasattr(self, f"describe_{self.subject.action.name}")

    @property
    def key(self) -> str:
        """The lookup key in the path, ``""`` for a path without one."""
        return str(self.subject.lookup_key)

    def component(self, name: str, schema: Schema) -> Schema:
        """A reference to this schema, which is put among the components under its name."""
        self._register(name, ResolvedComponent.SCHEMA, schema)
        return reference(name)

    def _register(self, name: str, kind: str, definition: Schema) -> None:
        if not self._is_registered(name, kind, definition):
            raise ValueError(f"Two different {kind} are called {name}.")

    def _is_registered(self, name: str, kind: str, definition: Schema) -> bool:
        """Registers a component, unless another one has its name."""
        component = ResolvedComponent(name, kind, definition, object=name)
        self.registry.register_on_missing(component)
        return bool(self.registry[component].schema == definition)

    def completed(self, operation: Operation) -> Operation:
        """The operation with what every operation behind a token has."""
        scopes = map(missing_scope, self.subject.action.scopes)
        failures = [*scopes, *operation.failures, *EVERYWHERE]
        parameters = [*operation.parameters]
        if operation.body:
            failures += OF_BODIES
        if any(parameter.location == OpenApiParameter.QUERY for parameter in parameters):
            failures.append(OF_QUERIES)
        if self.is_repeatable():
            failures += OF_REPEATS
            parameters.append(IDEMPOTENCY_KEY)
        return replace(operation, failures=tuple(failures), parameters=tuple(parameters))

    def is_repeatable(self) -> bool:
        """Whether a request may carry an ``Idempotency-Key``."""
        return self.method != "GET" and bool(self.subject.action.writes)

    # What drf-spectacular asks.

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> Schema | None:
        self.registry = registry
        self.method = method
        if not self.is_described():
            return None
        described: Operation = getattr(self, f"describe_{self.subject.action.name}")()
        self.operation = self.completed(described)
        return super().get_operation(path, path_regex, path_prefix, method, registry)

    def get_operation_id(self) -> str:
        return self.operation.id

    def get_summary(self) -> str:
        return self.operation.summary

    def get_description(self) -> str:  # type: ignore[override]
        return self.operation.description

    def get_tags(self) -> list[str]:
        return [self.operation.tag]

    def get_override_parameters(self) -> list[Any]:
        words = "Your own id for this request, of 1 to 128 visible ASCII characters. The answer carries it."
        sent = header(REQUEST_ID, words, text(), value=HEADERS[REQUEST_ID]["example"])
        return [*self.operation.parameters, sent]

    def get_request_serializer(self) -> Any:
        body = self.operation.body
        return {body.media_type: OpenApiRequest(body.schema, examples=list(body.examples))} if body else None

    def _get_request_body(self, direction: Any = "request") -> Any:
        body = self.operation.body
        return {**super()._get_request_body(direction), "required": body.required} if body else None

    def get_response_serializers(self) -> Any:
        return {
            (str(answer.status), answer.media_type): OpenApiResponse(
                answer.schema, description=answer.description, examples=list(answer.examples)
            )
            for answer in self.operation.answers
        }

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        self.component(ERROR, ERROR_SCHEMA)
        for status, failures in self.operation.failures_by_status().items():
            headers = self._headers((*self._of_every(status), *OF_STATUS.get(status, ())))
            response = {"headers": headers, **response_of(failures)}
            names = (f"{name_of(status, failures)}{suffix}" for suffix in chain([""], map("_{}".format, count(2))))
            name = next(name for name in names if self._is_registered(name, ResolvedComponent.RESPONSE, response))
            bodies[str(status)] = {"$ref": f"#/components/responses/{name}"}
        return bodies

    def _get_response_headers_for_code(self, status_code: str, direction: Any = "response") -> Any:
        answers: list[Answer] = [answer for answer in self.operation.answers if str(answer.status) == status_code]
        named = (name for answer in answers for name in answer.headers)
        return self._headers((*self._of_every(int(status_code)), *named))

    def _of_every(self, status: int) -> tuple[str, ...]:
        """The headers that all answers with this status have."""
        replayed = (REPLAYED,) if self.is_repeatable() and is_kept(status) else ()
        return (REQUEST_ID, *(LIMITS if self.is_limited and status not in UNCOUNTED else ()), *replayed)

    def _headers(self, names: tuple[str, ...]) -> Schema:
        for name in names:
            self._register(name, ResolvedComponent.HEADER, HEADERS[name])
        return {NAMES.get(name, name): {"$ref": f"#/components/headers/{name}"} for name in names}


class OAuth2(OpenApiAuthenticationExtension):
    """The security scheme behind our bearer tokens."""

    target_class = "api.authentication.BearerAuthentication"
    name = "clientCredentials"

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        return {self.name: list(auto_schema.subject.action.scopes)}

    def get_security_definition(self, auto_schema: Any) -> Schema:
        return {
            "type": "oauth2",
            "description": "Get a token from `POST /oauth2/token` with the id and the secret of your API client, and"
            " send it as `Authorization: Bearer …`. It lives for 1800 seconds.",
            "flows": {"clientCredentials": {"tokenUrl": "/oauth2/token", "scopes": SCOPES}},
        }
