"""The History tab of a record in the admin, and the page that puts values back."""

import re
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from records.admin_forms import stale
from records.admin_put_back import PutBackForm
from records.events import NEWEST, PAGE, event_model, sources_of
from records.models import Record
from records.putting_back import State, may_be_put_back, put_back, state_at
from records.timeline import Timeline, label_of, timeline
from tenants.current import access_of, actor_of
from tenants.permissions import EDIT
from tenants.scoped_admin import may

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Base = ModelAdmin[Any]
else:
    Base = object

_PLACE = re.compile(r"\A\d{1,18}(-\d{1,18})*\Z")


class HistoryMixin(Base):
    """Replaces Django's history, which knows the admin alone, by what the database recorded."""

    history_per_page = PAGE

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.put_back_view)
        name = f"{self.model._meta.app_label}_{self.model._meta.model_name}_put_back"
        return [path("<int:record>/history/<slug:kind>/<int:event>/", view, name=name), *super().get_urls()]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """A page of what happened to the record. It outlives the record, in the bin and beyond."""
        access = access_of(request)
        pk = _id(unquote(object_id))
        if access is None or pk is None or not self.has_view_permission(request):
            raise Http404
        record = self.model.everything.for_tenant(access.tenant).filter(pk=pk).first()
        place = _place(request.GET.get("before", ""))
        page = timeline(self.model, pk, access.tenant.pk, place=place, size=self.history_per_page)
        label = record.label if record else self._last_label(pk, access.tenant.pk)
        if label is None:
            raise Http404
        live = record is not None and record.deletion_id is None and record.erased_at is None
        context = {
            **self._history_page(request, pk, title=label or f"#{pk}", live=live),
            "record": record,
            "original": record,
            "page": page,
            "first": place == NEWEST,
            "older": "-".join(map(str, page.older)) if page.older else "",
            "quiet": place == NEWEST and not page.older and _only_made(page),
            "may_put_back": live and may(request, EDIT, record),
            "reachable": {
                f"{source.model._meta.model_name}.{name}"
                for source in sources_of(self.model)
                for name in may_be_put_back(source.model)
            },
        }
        return TemplateResponse(request, "records/history.html", context)

    def put_back_view(self, request: HttpRequest, record: int, kind: str, event: int) -> HttpResponse:
        """What would change if values were put back to what they were behind an event; on POST it is done."""
        access = access_of(request)
        owner = self.get_object(request, str(record))
        if access is None or owner is None:
            raise Http404
        if not may(request, EDIT, owner):
            raise PermissionDenied
        state = self._state(owner, kind, event)
        if state is None:
            messages.warning(request, _("That address is not there any more. If it is in the recycle bin, restore it."))
            return HttpResponseRedirect(self._history(record))
        asked = [name for name in request.GET.getlist("field") if name in state.names]
        form = PutBackForm(state, access.tenant, asked, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            outcome = put_back(state, form.chosen, actor=actor_of(request), version=form.cleaned_data["version"])
            if outcome.refusal is None:
                self._tell(request, state, form.chosen, changed=outcome.changed)
                return HttpResponseRedirect(self._history(record))
            owner.refresh_from_db()
            state = self._state(owner, kind, event) or state
            form = PutBackForm(state, access.tenant, form.chosen)
            form.refuse(outcome.refusal, newer=stale(owner))
        context = {
            **self._history_page(request, record, title=_("Put back"), live=True),
            "state": state,
            "subject": "" if state.row is owner else label_of(type(state.row), state.event),
            "record": owner,
            "original": owner,
            "form": form,
        }
        return TemplateResponse(request, "records/put_back.html", context)

    def _state(self, owner: Record, kind: str, event: int) -> State | None:
        """Errors: Http404 for an event that is not one of the record or of a live row below it."""
        for source in sources_of(self.model):
            if source.model._meta.model_name != kind or not may_be_put_back(source.model):
                continue
            if not source.owner:
                state = state_at(owner, owner, event)
                break
            rows = source.model.objects.filter(tenant_id=owner.tenant_id)
            found = event_model(source.model).objects.filter(pgh_id=event, **{source.column: owner.pk})
            row = rows.filter(pk__in=found.values("pgh_obj_id"), **{source.column: owner.pk}).first()
            if row is None and found.exists():
                return None
            state = state_at(owner, row, event) if row else None
            break
        else:
            state = None
        if state is None:
            raise Http404
        return state

    def _tell(self, request: HttpRequest, state: State, names: Any, *, changed: bool) -> None:
        if not changed:
            messages.info(request, _("Nothing was changed."))
            return
        labels = ", ".join(difference.label for difference in state.differences if difference.name in names)
        messages.success(request, _("Put back: %(fields)s.") % {"fields": labels})

    def _last_label(self, pk: int, tenant: int) -> str | None:
        """What a record that is gone was called at last. None when it never was here."""
        model: type[Record] = self.model
        last = event_model(model).objects.filter(pgh_obj_id=pk, tenant_id=tenant).order_by("-pgh_id").first()
        return label_of(self.model, last) if last else None

    def _history(self, record: int) -> str:
        opts = self.model._meta
        return reverse(f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_history", args=[record])

    def _history_page(self, request: HttpRequest, record: int, *, title: str, live: bool) -> dict[str, Any]:
        request.current_app = self.admin_site.name
        opts = self.model._meta
        prefix = f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}"
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": opts,
            "live": live,
            "history_url": self._history(record),
            "put_back_name": f"{prefix}_put_back",
            "record_id": record,
            "record_url": reverse(f"{prefix}_change", args=[record]),
            "media": self.media,
        }


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _place(text: str) -> tuple[int, ...]:
    """The place that an address names; one that nobody gave out leads to the newest."""
    return tuple(map(int, text.split("-"))) if _PLACE.match(text) else NEWEST


def _only_made(page: Timeline) -> bool:
    """Whether nothing happened but that the record was created, with all that it has."""
    return len(page.moments) < 2 and all(entry.previous == 0 for moment in page.moments for entry in moment.entries)
