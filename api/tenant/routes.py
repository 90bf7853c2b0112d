"""The routes of the tenant API: which paths there are, and what each method does there.

An endpoint is declared, not programmed: who may call, what the query may hold, what body it takes. The module
``api.tenant.serving`` runs the checks that follow from that, in the order of the contract (section 1.2), and then the
one function that acts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from django.http import HttpResponse

from api.bodies import MAX_BYTES, BodyRules
from api.tenant.callers import BELOW_TENANT, Kind
from api.tenant.parameters import Parameter

if TYPE_CHECKING:
    from api.tenant.serving import Call

TENANT = "tenants/{tenantUid}"
"""What stands before the path of an endpoint of one tenant."""

_MIB = 1024 * 1024
BODY = BodyRules(limit=_MIB, type_needed=True)
MERGE_PATCH = BODY._replace(media_types=BODY.media_types | {"application/merge-patch+json"})
BATCH = BODY._replace(limit=MAX_BYTES)
MAY_BE_EMPTY = BODY._replace(empty=b"{}")

_SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a method does at an endpoint.

    ``act`` gets the call when all checks have passed that can be declared. ``permission`` is the one that the caller
    must hold, "" for none. ``only_reads`` lets a read-only caller use a method that usually writes. ``body`` says what
    body it takes; the document is then in ``call.document``. Values of the query are in ``call.query``.
    """

    act: "Callable[[Call], HttpResponse]"
    permission: str = ""
    only_reads: bool = False
    tokens: frozenset[Kind] = BELOW_TENANT
    parameters: tuple[Parameter, ...] = ()
    body: BodyRules | None = None


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A path, such as ``tenants/{tenantUid}/stores/{storeUid}``, and its operations by method.

    GET answers HEAD, too.
    """

    path: str
    operations: Mapping[str, Operation]
    methods: Mapping[str, Operation] = field(init=False)

    def __post_init__(self) -> None:
        get = self.operations.get("GET")
        methods = {"GET": get, "HEAD": get} if get else {}
        object.__setattr__(self, "methods", {**methods, **self.operations})

    @property
    def allow(self) -> str:
        """The value of the header ``Allow``."""
        return ", ".join(self.methods)

    @property
    def limit(self) -> int:
        """How many bytes a body may have here, whatever the method."""
        return max((operation.body.limit for operation in self.methods.values() if operation.body), default=_MIB)

    def tokens(self, method: str) -> frozenset[Kind]:
        """Which kinds of tokens are accepted: those of the method, or of any where there is no such method."""
        operation = self.methods.get(method)
        if operation:
            return operation.tokens
        usual = BELOW_TENANT if self.path.startswith(TENANT) else frozenset()
        return usual.union(*(operation.tokens for operation in self.methods.values()))


def writes(method: str, operation: Operation) -> bool:
    """Whether a read-only caller is kept out."""
    return method not in _SAFE and not operation.only_reads


class Found(NamedTuple):
    """Where a path leads, and the values that it holds."""

    endpoint: Endpoint
    arguments: dict[str, str]

    def logged(self, path: str) -> str:
        """The path for the access log, with names in place of values."""
        template = self.endpoint.path.replace("{", ":").replace("}", "")
        return f"/v2/{template}" if path.startswith("/v2/") else f"/{template}"


class _Node:
    """One step of the paths: what may follow by name, what follows any value, and the endpoint that ends here."""

    __slots__ = ("endpoint", "named", "value")

    def __init__(self) -> None:
        self.named: dict[str, _Node] = {}
        self.value: _Node | None = None
        self.endpoint: Endpoint | None = None


class Router:
    """Finds the endpoint for a path. A name in a path wins over a value."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = tuple(endpoints)
        self._root = _Node()
        for endpoint in self.endpoints:
            node = self._root
            for step in endpoint.path.split("/"):
                if step.startswith("{"):
                    node.value = node.value or _Node()
                    node = node.value
                else:
                    node = node.named.setdefault(step, _Node())
            if node.endpoint:
                raise ValueError(f"Two endpoints at {endpoint.path}")
            node.endpoint = endpoint

    def find(self, path: str) -> Found | None:
        """Where a path leads, without its first slash and with or without one at its end; ``None`` for nowhere."""
        node = self._root
        values: list[str] = []
        for step in path.removesuffix("/").split("/"):
            following = node.named.get(step)
            if following is None and step:
                following = node.value
                values.append(step)
            if following is None:
                return None
            node = following
        if node.endpoint is None:
            return None
        names = (step[1:-1] for step in node.endpoint.path.split("/") if step.startswith("{"))
        return Found(node.endpoint, dict(zip(names, values, strict=True)))
