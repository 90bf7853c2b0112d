"""``POST /oauth2/token``: client credentials against an access token (RFC 6749; lookup API contract, section 1.1).

django-oauth-toolkit does the work. This narrows it to the one grant, says 400 where a field is missing, throttles
failures, and keeps out what would make it stumble.
"""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from oauth2_provider.views import TokenView

from api.client_address import address_of
from api.errors import RETRY_AFTER
from api.responses import answer
from api.token_throttle import key_of, note_failure, seconds_to_wait

MAX_BYTES = 16 * 1024


class IssueToken(TokenView):  # type: ignore[misc]
    """Gives out access tokens. The settings name a server class that knows no other grant."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isdecimal() and int(length) <= MAX_BYTES):
            return _error(400, "invalid_request", "The form is too large.")
        try:
            form = request.POST
        except (BadRequest, SuspiciousOperation, MultiPartParserError):
            return _error(400, "invalid_request", "The form cannot be read.")
        if "grant_type" not in form:
            return _error(400, "invalid_request", "The field grant_type is missing.")
        if _is_basic(request):
            client_id, secret = _basic_pair(request)
        else:
            client_id, secret = str(form.get("client_id", "")), str(form.get("client_secret", ""))
            for name, value in (("client_id", client_id), ("client_secret", secret)):
                if not value:
                    return _error(400, "invalid_request", f"The field {name} is missing.")
        if not client_id or "\x00" in client_id + secret:
            return _error(401, "invalid_client", "The credentials are wrong.")
        return self._issue(request, key_of(client_id, address_of(request)))

    def _issue(self, request: HttpRequest, key: str) -> HttpResponse:
        try:
            if wait := seconds_to_wait(key):
                return _error(429, "slow_down", f"Too many failures. Try again in {wait} seconds.", retry_after=wait)
            response: HttpResponse = self.authorization_flow_token_response(request)
            if response.status_code == 401:
                note_failure(key)
        except (OperationalError, InterfaceError):
            return _error(503, "temporarily_unavailable", "Try again in a moment.", retry_after=RETRY_AFTER)
        return response


def _is_basic(request: HttpRequest) -> bool:
    return str(request.META.get("HTTP_AUTHORIZATION", "")).lower().startswith("basic ")


def _basic_pair(request: HttpRequest) -> tuple[str, str]:
    """Client id and secret of an ``Authorization: Basic`` header, empty where they cannot be read."""
    encoded = request.META["HTTP_AUTHORIZATION"][len("basic ") :].strip()
    # The toolkit knows the scheme in one spelling only.
    request.META["HTTP_AUTHORIZATION"] = f"Basic {encoded}"
    try:
        decoded = base64.b64decode(encoded.encode("ascii"), validate=True).decode()
    except (UnicodeError, binascii.Error):
        return "", ""
    client_id, _, secret = decoded.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


def _error(status: int, error: str, description: str, *, retry_after: int = 0) -> HttpResponse:
    headers = {"Retry-After": str(retry_after)} if retry_after else None
    return answer({"error": error, "error_description": description}, status, headers)


token = IssueToken.as_view()
