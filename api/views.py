"""The view under every endpoint of the lookup API: the order of checks, and errors in the envelope.

It is Django REST framework's view with what the contract does not need left out: there is one renderer, so nothing is
negotiated; bodies are decoded by ``api.bodies``; HEAD and OPTIONS are methods like any other (section 1).
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, NamedTuple, cast

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from api import catalogue, idempotency, rate_limit
from api.authentication import CALLER, BearerAuthentication, Caller
from api.bodies import check_declared_size, discard_rest
from api.errors import ApiError, error_of, error_response
from api.openapi.inspector import OperationSchema
from api.rate_limit import Allowance
from api.routes import View


class Action(NamedTuple):
    """What a method does at an endpoint: the name of the view's method, and the scopes that the caller needs."""

    name: str
    scopes: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether it may change anything. A POST that asks for scopes to read only, such as a search, does not."""
        return any(not scope.endswith(":read") for scope in self.scopes)


class HasScopes(BasePermission):
    """Lets a caller through who holds every scope of the action. Errors: ApiError 10022."""

    def has_permission(self, request: Request, view: Any) -> bool:
        cast(Caller, request.auth).require(*view.action.scopes)
        return True


class LookupView(APIView):
    """Runs the checks in the order of the contract (section 1) and then the action of the method."""

    authentication_classes = [BearerAuthentication]
    permission_classes = [HasScopes]
    schema = OperationSchema()
    actions: ClassVar[Mapping[str, Action]] = {}
    action: Action
    caller: Caller
    allowance: Allowance | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.args, self.kwargs = args, kwargs
        try:
            self.action = self.find_action(request)
            check_declared_size(request)
            self.request = Request(request, authenticators=_AUTHENTICATORS)
            self.caller = request.META[CALLER] = cast(Caller, self.request.auth)
            self.check_throttles(self.request)
            self.check_permissions(self.request)
            act: Callable[[], HttpResponse] = partial(getattr(self, self.action.name), request, **kwargs)
            if idempotency.HEADER in request.META and self.action.writes:
                response = idempotency.once(request, self.caller, act)
            else:
                response = act()
        except Exception as exception:
            response = refuse(request, error_of(exception))
        if self.allowance is not None:
            for name, value in self.allowance.headers.items():
                response.headers[name] = value
        return response

    def check_throttles(self, request: Request) -> None:
        """Count the request against the limit of the client. Errors: ApiError 10029."""
        client = self.caller.client
        if client.requests_per_minute:
            self.allowance = rate_limit.take(client.pk, client.requests_per_minute)

    def find_action(self, request: HttpRequest) -> Action:
        """Errors: ApiError 10023 with the methods that the endpoint has."""
        action = self.actions.get(request.method or "")
        if action is None:
            raise ApiError(
                catalogue.METHOD_NOT_ALLOWED,
                f"The method {request.method} is not allowed here",
                headers={"Allow": ", ".join(self.actions)},
            )
        return action


class Handler(NamedTuple):
    """Who handles a method at an endpoint."""

    view: type[LookupView]
    action: Action


def endpoint(handlers: Mapping[str, Handler]) -> View:
    """One view for an endpoint whose methods are handled by several classes, each knowing of all methods.

    The handlers stay readable as ``handlers`` of the view, for whoever describes the endpoint.
    """
    actions = {method: handler.action for method, handler in handlers.items()}
    views = {method: handler.view.as_view(actions=actions) for method, handler in handlers.items()}
    refusing = next(iter(views.values()))

    def view(request: HttpRequest, **arguments: str) -> HttpResponse:
        return views.get(request.method or "", refusing)(request, **arguments)

    view.handlers = handlers  # type: ignore[attr-defined]
    return view


_AUTHENTICATORS = [BearerAuthentication()]


def refuse(request: HttpRequest, error: ApiError) -> HttpResponse:
    """The answer to a request that is refused, given when its body has been taken off the wire."""
    discard_rest(request)
    return error_response(request, error)


@csrf_exempt
def unknown_route(request: HttpRequest) -> HttpResponse:
    """404 in the envelope, for any method."""
    return refuse(request, ApiError(catalogue.NOT_FOUND, f"There is nothing at [{request.path[:2048]}]"))
