"""API clients in the admin: made, changed, given a new secret, shut out."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tenants import verbs
from tenants.admin import OwnersAdmin
from tenants.admin_forms import ApiClientForm
from tenants.current import actor_of
from tenants.models import ApiClient
from tenants.token_pages import token_page
from tenants.token_verbs import issue_integration_token, revoke_integration_token

TOKENS_SHOWN = 100

_ISSUED = "tenants.issued"


@admin.register(ApiClient)
class ApiClientAdmin(OwnersAdmin):
    """The integrations of the current tenant. A secret is shown on one page, once: the database keeps a hash of it."""

    form = ApiClientForm
    change_form_template = "tenants/api_client_form.html"
    list_display = ("name", "grants", "condition", "last_used_at", "expires_at")
    search_fields = ("name", "client_id")
    search_help_text = gettext_lazy("Name or client id")
    sortable_by = ("name",)
    ordering = ("name", "id")
    empty_text = gettext_lazy("Make a client for each system that pushes or pulls data.")

    def get_fieldsets(self, request: HttpRequest, obj: Any | None = None) -> Any:
        shown = ("client_id", ("condition", "last_used_at"))
        return (
            (None, {"fields": ("name", *(shown if obj else ()))}),
            (_("Rights"), {"fields": ("scopes", "permissions", "read_only")}),
            (_("Limits"), {"fields": ("expires_at", "requests_per_minute")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        return ("client_id", "condition", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        # Its name stands in the history of what it wrote: it is revoked instead.
        return False

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/rotate/", wrap(self.rotate_view), name="tenants_apiclient_rotate"),
            path("<int:pk>/revoke/", wrap(self.revoke_view), name="tenants_apiclient_revoke"),
            path("<int:pk>/tokens/", wrap(self.token_view), name="tenants_apiclient_token"),
            path("<int:pk>/tokens/<int:token>/revoke/", wrap(self.end_token_view), name="tenants_apiclient_end_token"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = dict(form.cleaned_data)
        if change:
            verbs.change_api_client(actor=actor_of(request), client=obj, **values)
            return
        issued = verbs.create_api_client(actor=actor_of(request), **values)
        obj.pk = issued.client.pk
        request.META[_ISSUED] = issued

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._secret_page(request, request.META[_ISSUED])

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new secret. The old one and its tokens stop working at once."""
        client = self._client(request, pk)
        if request.method != "POST":
            return HttpResponseRedirect(self._page(pk))
        try:
            issued = verbs.rotate_api_client(actor=actor_of(request), client=client)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return HttpResponseRedirect(self._page(pk))
        return self._secret_page(request, issued)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Shut the client out for good."""
        client = self._client(request, pk)
        if request.method == "POST":
            verbs.revoke_api_client(actor=actor_of(request), client=client)
            messages.success(request, _("%(client)s is revoked and gets no token any more.") % {"client": client.name})
        return HttpResponseRedirect(self._page(pk))

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> Any:
        context["tokens"] = list(obj.tokens.all()[:TOKENS_SHOWN]) if obj else []
        return super().render_change_form(request, context, add=add, change=change, form_url=form_url, obj=obj)

    def token_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new integration token, shown once."""
        client = self._client(request, pk)
        if request.method != "POST":
            return HttpResponseRedirect(self._page(pk))
        try:
            issued = issue_integration_token(
                actor=actor_of(request), client=client, name=request.POST.get("token_name", "")
            )
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return HttpResponseRedirect(self._page(pk))
        title = _("Integration token of %(client)s") % {"client": client.name}
        return token_page(request, self.admin_site, title=title, text=issued.text, page=self._page(pk))

    def end_token_view(self, request: HttpRequest, pk: int, token: int) -> HttpResponse:
        """Revoke an integration token."""
        client = self._client(request, pk)
        if request.method == "POST" and revoke_integration_token(actor=actor_of(request), client=client, pk=token):
            messages.success(request, _("The token is revoked. It stops working within 5 seconds."))
        return HttpResponseRedirect(self._page(pk))

    @admin.display(description=gettext_lazy("rights"))
    def grants(self, client: ApiClient) -> str:
        """How much it may do; its page says what."""
        number = len(client.scopes)
        text = ngettext("%(number)d scope", "%(number)d scopes", number) % {"number": number}
        return ", ".join([text, *client.permissions]) if client.permissions else text

    @admin.display(description=gettext_lazy("state"))
    def condition(self, client: ApiClient) -> str:
        """Whether it gets tokens."""
        if not client.is_active:
            return _("Revoked")
        if client.expires_at and client.expires_at <= timezone.now():
            return _("Expired")
        return _("Read only") if client.read_only else _("Active")

    def _client(self, request: HttpRequest, pk: int) -> ApiClient:
        clients: QuerySet[Any] = self.get_queryset(request)
        client: ApiClient | None = clients.filter(pk=pk).first()
        if client is None:
            raise Http404
        if not self.has_change_permission(request, client):
            raise PermissionDenied
        return client

    def _secret_page(self, request: HttpRequest, issued: verbs.IssuedClient) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Secret of %(client)s") % {"client": issued.client.name},
            "opts": self.model._meta,
            "client": issued.client,
            "secret": issued.secret,
            "page": self._page(issued.client.pk),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "tenants/secret.html", context, headers={"Cache-Control": "no-store"})

    @staticmethod
    def _page(pk: int) -> str:
        return reverse("admin:tenants_apiclient_change", args=[pk])
