"""The entrance of the tenant API. Which endpoints there are is said where everything meets, in ``backoffice.urls``."""

from collections.abc import Iterable

from django.urls import URLPattern, re_path

from api.tenant.routes import Endpoint, Router
from api.tenant.serving import entrance


def tenant_api(endpoints: Iterable[Endpoint]) -> list[URLPattern]:
    """The pattern of the tenant API with these endpoints, with and without ``/v2``.

    It has to stand before the lookup API's, which takes everything below ``/v2``.
    """
    pattern = r"\A(?:v2/)?(?P<path>(?:tenants|account)(?:/(?s:.*))?)\Z"
    return [re_path(pattern, entrance(Router(endpoints)), name="tenant-api")]
