"""The product's routes, plus those of the peers."""

import os

from django.urls import path

from backoffice.urls import urlpatterns as product
from benchmarks.peer.views import BulkTwins, GetTwin
from records import search

urlpatterns = [
    path("peer/bulk", BulkTwins.as_view()),
    path("peer/twins/<str:source>/<str:source_id>", GetTwin.as_view()),
    *product,
]

if os.environ.get("BENCHMARK_WITHOUT") == "search_text":
    # Leaves the search text out, to measure what it costs. Only this server does; the product has no such switch.
    search.change = lambda **_: None  # type: ignore[assignment]
