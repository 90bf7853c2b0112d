"""Where a request comes from, also behind proxies."""

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The address of the client.

    Without trusted proxies it is that of the connection. With ``TRUSTED_PROXIES`` of them in a row, each has appended
    to ``X-Forwarded-For`` whom it heard from, so the client's address is that many places from the end; what stands
    before it was sent by the client and may be made up. A request with fewer places came past the proxies.
    """
    sent = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    forwarded = [place.strip() for place in sent.split(",") if place.strip()]
    trusted: int = settings.TRUSTED_PROXIES
    if 0 < trusted <= len(forwarded):
        return forwarded[-trusted]
    return str(request.META.get("REMOTE_ADDR", ""))
