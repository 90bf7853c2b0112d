"""Every route of the product. The APIs route themselves in ``api.urls``."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from backoffice import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(pattern_name="admin:index")),
]
