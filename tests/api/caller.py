"""An API client as the tests use it: it has a token, sends JSON, and reads the answer."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from tenants.models import ApiClient, Tenant
from tests.factories import make_api_client

NOTHING: Any = object()


def issue_token(client: ApiClient, *scopes: str, seconds: int = 1800) -> str:
    """A token as the token endpoint would give it out, without the time that the check of a secret takes by design."""
    token = secrets.token_urlsafe(24)
    get_access_token_model().objects.create(
        application=client,
        token="",
        token_checksum=hashlib.sha256(token.encode()).hexdigest(),
        expires=timezone.now() + timedelta(seconds=seconds),
        scope=" ".join(scopes or client.scopes),
    )
    return token


@dataclass
class Reply:
    """What came back: status, decoded body, headers, and the bytes."""

    status: int
    body: Any
    headers: dict[str, str]
    content: bytes

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def error(self) -> tuple[int, int, str, list[str]]:
        """Status, code, type and messages of an error envelope, which holds these and the link and nothing else."""
        error = self.body["error"]
        assert list(self.body) == ["error"]
        assert error == {
            "code": error["code"],
            "messages": error["messages"],
            "moreInfo": f"http://testserver/docs/errors/{error['code']}",
            "status": self.status,
            "type": error["type"],
        }
        return self.status, error["code"], error["type"], error["messages"]

    @property
    def problem(self) -> tuple[int, str]:
        """Status and code of problem details, which have every member that the contract asks for."""
        body = self.body
        assert self.headers["Content-Type"] == "application/problem+json"
        assert self.headers["Cache-Control"] == "no-store"
        assert [name for name in PROBLEM if name not in body] == []
        assert body["type"] == f"urn:problem-type:{body['code'].lower().replace('_', '-')}"
        assert body["message"] == body["detail"] != ""
        assert body["requestId"] == self.headers["x-request-id"]
        assert body["status"] == self.status
        return self.status, body["code"]

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Pointer and code of each entry of ``errors``."""
        assert [list(fault) for fault in self.body["errors"]] == [["pointer", "code", "message"]] * len(
            self.body["errors"]
        )
        return [(fault["pointer"], fault["code"]) for fault in self.body["errors"]]

    @property
    def code(self) -> tuple[int, int, str]:
        """Status, code and type of an error envelope."""
        return self.error[:3]


PROBLEM = ("type", "title", "status", "detail", "message", "instance", "code", "requestId", "errors")


class Caller:
    """Calls the API as a client. ``base`` is the prefix of all paths."""

    def __init__(self, client: ApiClient, *scopes: str, base: str = "/v2") -> None:
        self.client = client
        self.use(issue_token(client, *scopes), base)

    def use(self, token: str, base: str) -> None:
        """Call with this token, below this prefix."""
        self.base = base
        self.token = token
        self._http = Client()

    def call(self, method: str, path: str, body: Any = NOTHING, **headers: str) -> Reply:
        """Send a request. Bytes are sent as they are, anything else as JSON; a header ``None`` is left out."""
        content = b"" if body is NOTHING else body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"authorization": f"Bearer {self.token}"} | headers
        content_type = sent.pop("content_type", "" if body is NOTHING else "application/json")
        response = self._http.generic(
            method,
            self.base + path,
            content,
            content_type=content_type,
            headers={name: value for name, value in sent.items() if value is not None},
        )
        answer = b"".join(response.streaming_content) if response.streaming else response.content
        is_json = response.headers.get("Content-Type") in ("application/json", "application/problem+json")
        decoded = json.loads(answer) if answer and is_json else None
        return Reply(response.status_code, decoded, dict(response.headers), answer)

    def get(self, path: str, **headers: str) -> Reply:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Reply:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Reply:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Reply:
        return self.call("DELETE", path, **headers)

    def bulk(self, resource: str, rows: list[Any], key: str = "sourceId", query: str = "", **more: Any) -> Reply:
        """A bulk request of a resource."""
        return self.post(f"/{resource}/bulk/{key}{query}", {resource: rows, **more})


def make_caller(tenant: Tenant, *scopes: str) -> Caller:
    """A caller of the tenant with these scopes, or all."""
    return Caller(make_api_client(tenant, *scopes))
