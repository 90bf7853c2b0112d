"""The own profile page: what tills are told of a user, and the user's auth tokens."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from tenants.credentials import TokenKind
from tenants.current import staff_of
from tenants.member_verbs import change_own_profile
from tenants.models import StaffAccount
from tenants.token_pages import token_page
from tenants.token_verbs import issue_auth_token, revoke_auth_token

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite

    ProfileModelForm = forms.ModelForm[StaffAccount]
else:
    ProfileModelForm = forms.ModelForm


class ProfileForm(ProfileModelForm):
    """What users change about themselves."""

    class Meta:
        model = StaffAccount
        fields = ("first_name", "last_name", "mobile", "language_code")
        widgets = dict.fromkeys(fields, UnfoldAdminTextInputWidget)


def profile(site: "AdminSite", request: HttpRequest) -> HttpResponse:
    """GET shows the page, POST saves the form."""
    staff = _sender(request)
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=staff)
    if request.method == "POST" and form.is_valid():
        change_own_profile(staff=staff, **form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        return HttpResponseRedirect(_page())
    tokens = staff.tokens.filter(kind=TokenKind.AUTH, expires_at__gt=timezone.now())
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("Profile"),
        "form": form,
        "tokens": list(tokens),
        "codes": list(staff.memberships.exclude(user_code="").select_related("tenant")),
    }
    request.current_app = site.name
    return TemplateResponse(request, "backoffice/profile.html", context)


def make_token(site: "AdminSite", request: HttpRequest) -> HttpResponse:
    """POST makes an auth token and shows it, once."""
    staff = _sender(request)
    if request.method != "POST":
        return HttpResponseRedirect(_page())
    try:
        issued = issue_auth_token(staff=staff, name=request.POST.get("token_name", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(_page())
    return token_page(request, site, title=_("Your auth token"), text=issued.text, page=_page())


def end_token(request: HttpRequest, pk: int) -> HttpResponse:
    """POST revokes one of the own auth tokens."""
    if request.method == "POST" and revoke_auth_token(staff=_sender(request), pk=pk):
        messages.success(request, _("The token is revoked. It stops working within 5 seconds."))
    return HttpResponseRedirect(_page())


def _sender(request: HttpRequest) -> StaffAccount:
    staff = staff_of(request)
    if staff is None:
        raise Http404
    return staff


def _page() -> str:
    return reverse("admin:profile")
