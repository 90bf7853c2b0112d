"""The page that shows a token, once."""

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite


def token_page(request: HttpRequest, site: "AdminSite", *, title: str, text: str, page: str) -> HttpResponse:
    """The token in plain text, with a way back to ``page``. No cache may keep it."""
    context = {**site.each_context(request), "title": title, "token": text, "page": page}
    request.current_app = site.name
    return TemplateResponse(request, "tenants/token.html", context, headers={"Cache-Control": "no-store"})
