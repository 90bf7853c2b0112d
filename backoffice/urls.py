"""Every route of the product. The APIs route themselves in ``api.urls``."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from api.urls import lookup_api
from backoffice import health
from customers.api import CustomerViewSet

handler500 = "api.handlers.internal_error"

urlpatterns = [
    *lookup_api([CustomerViewSet.endpoints()]),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(pattern_name="admin:index")),
]
