"""Every route of the product. The APIs route themselves in ``api.urls``."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from api.tenant import account
from api.tenant.urls import tenant_api
from api.urls import lookup_api
from backoffice import health
from contacts.api import CompanyViewSet, ContactViewSet
from customers.api import CustomerViewSet
from tenants import tenant_api as stores
from users.api import UsergroupViewSet, UserViewSet

handler400 = "api.handlers.bad_request"
handler500 = "api.handlers.internal_error"

RESOURCES = (CustomerViewSet, UserViewSet, ContactViewSet, UsergroupViewSet, CompanyViewSet)
"""The resources of the lookup API, in the order of its contract."""

ENDPOINTS = (*account.ENDPOINTS, *stores.ENDPOINTS)
"""The endpoints of the tenant API."""

urlpatterns = [
    *tenant_api(ENDPOINTS),
    *lookup_api([viewset.endpoints() for viewset in RESOURCES]),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(pattern_name="admin:index")),
]
