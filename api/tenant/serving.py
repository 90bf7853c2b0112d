"""The one entrance of the tenant API: every check in the order of the contract (section 1.2), then the operation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse

from api.authentication import CALLER
from api.bodies import BodyRules, check_declared_size, document_of, has_body, read_body
from api.rate_limit import Allowance
from api.routes import ROUTE, View
from api.tenant import catalogue
from api.tenant.callers import TenantCaller, caller_of
from api.tenant.parameters import read_query
from api.tenant.problems import Problem, problem_of, refuse
from api.tenant.routes import Endpoint, Operation, Router, writes
from tenants.actors import Actor
from tenants.current import tenants_of
from tenants.models import Tenant


@dataclass(frozen=True)
class Call:
    """A request that has passed every check that its operation declares.

    ``arguments`` are the values in the path, ``query`` those of the declared parameters, ``document`` is the body of an
    operation that takes one.
    """

    request: HttpRequest
    endpoint: Endpoint
    caller: TenantCaller
    found_tenant: Tenant | None
    arguments: Mapping[str, str]
    query: Mapping[str, Any] = field(default_factory=dict)
    document: Any = None

    @property
    def tenant(self) -> Tenant:
        """The tenant of the path. Errors: LookupError where the path has none and the token is for none."""
        if self.found_tenant is None:
            raise LookupError("No tenant in this path.")
        return self.found_tenant

    @property
    def actor(self) -> Actor:
        """The caller as verbs and the history know it."""
        return self.caller.actor(self.tenant)

    @property
    def prefix(self) -> str:
        """What stands before ``/tenants`` in the path of the request; a ``Location`` keeps it."""
        return "/v2" if self.request.path.startswith("/v2/") else ""


def entrance(router: Router) -> View:
    """The view that stands before all routes of the tenant API, readable as ``tenant_router`` of the view."""

    def enter(request: HttpRequest, path: str) -> HttpResponse:
        answering = _Answering(request)
        try:
            response = answering.answer(router, path)
        except Exception as exception:
            response = refuse(request, problem_of(exception))
        for name, value in (answering.allowance.headers if answering.allowance else {}).items():
            response.headers[name] = value
        return _without_body(response) if request.method == "HEAD" else response

    # Callers carry tokens, never cookies.
    enter.csrf_exempt = True  # type: ignore[attr-defined]
    enter.tenant_router = router  # type: ignore[attr-defined]
    return enter


class _Answering:
    """One request on its way through the checks. ``allowance`` is known as soon as the caller is."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.method = request.method or ""
        self.allowance: Allowance | None = None

    def answer(self, router: Router, path: str) -> HttpResponse:
        """Errors: Problem, or whatever went wrong."""
        request = self.request
        found = router.find(path)
        if found is None:
            raise Problem(catalogue.NOT_FOUND, "There is nothing at this path.")
        request.META[ROUTE] = found
        endpoint = found.endpoint
        check_declared_size(request, endpoint.limit)
        caller = request.META[CALLER] = caller_of(request, endpoint.tokens(self.method))
        self.allowance = caller.take()
        arguments = dict(found.arguments)
        tenant = _tenant_of(caller, arguments.pop("tenantUid", None))
        operation = self._operation(endpoint)
        caller.require(operation.permission, writing=writes(self.method, operation))
        query = read_query(request.GET, operation.parameters)
        document = read_document(request, operation.body) if operation.body else None
        return operation.act(Call(request, endpoint, caller, tenant, arguments, query, document))

    def _operation(self, endpoint: Endpoint) -> Operation:
        operation = endpoint.methods.get(self.method)
        if operation is None:
            raise Problem(
                catalogue.METHOD_NOT_ALLOWED,
                f"The method {self.method[:80]} is not allowed here.",
                headers={"Allow": endpoint.allow},
            )
        return operation


def _tenant_of(caller: TenantCaller, uid: str | None) -> Tenant | None:
    """The tenant of the path, or of the token where the path has none.

    Where a token is for one tenant, it is not even asked whether there is another one with this uid.
    Errors: Problem TENANT_NOT_FOUND.
    """
    if uid is None:
        return caller.tenant
    tenant = caller.tenant
    if tenant is None and caller.staff is not None:
        # PostgreSQL takes no NUL, and no uid has one.
        tenant = tenants_of(caller.staff).filter(uid=uid.replace("\x00", "\ufffd")).first()
    if tenant is None or tenant.uid != uid:
        raise Problem(catalogue.TENANT_NOT_FOUND, "There is no such tenant for this token.")
    return tenant


def read_document(request: HttpRequest, rules: BodyRules) -> Any:
    """The document that a request brings.

    Errors: ApiError for a body that is too large, of another media type, or no JSON; Problem MALFORMED_JSON without a
    body.
    """
    body = read_body(request, rules=rules) if has_body(request) else b""
    if not (body or rules.empty):
        raise Problem(catalogue.MALFORMED_JSON, "A body is needed, and the request has none.")
    return document_of(body or rules.empty)


def _without_body(response: HttpResponse) -> HttpResponse:
    """What HEAD gets: everything but the body, whose length is told."""
    response.headers["Content-Length"] = str(len(response.content))
    response.content = b""
    return response
