"""The form of the page that asks before a deletion: why, and what exactly was shown."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _

from recyclebin.reasons import REASON_LIMIT, recent_reasons
from tenants.choices import ReasonRule
from tenants.current import Access

if TYPE_CHECKING:
    from django.forms import TextInput as UnfoldAdminTextInputWidget
else:
    from unfold.widgets import UnfoldAdminTextInputWidget

SUGGESTIONS_ID = "recent-reasons"
"""The list of suggestions on the page; the field names it."""


class DeletionForm(forms.Form):
    """Why, and what exactly was confirmed. Everything hidden says what the page showed, never what to delete more."""

    # A browser that refuses by itself would say so in its own words, and in its own language.
    use_required_attribute = False

    reason = forms.CharField(max_length=REASON_LIMIT, required=False, widget=UnfoldAdminTextInputWidget)
    tenant = forms.IntegerField(widget=forms.HiddenInput)
    expected = forms.IntegerField(widget=forms.HiddenInput)
    # Tells the same records from as many others; empty when they are too many to tell.
    mark = forms.RegexField(r"\A[0-9a-f]{0,32}\Z", required=False, widget=forms.HiddenInput)
    # The version of the one record; empty for several.
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # The rows that were ticked, separated by commas; empty for "all that match".
    chosen = forms.RegexField(r"\A\d{1,18}(,\d{1,18})*\Z", required=False, widget=forms.HiddenInput)

    def __init__(self, access: Access, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        rule = access.tenant.reason_rule
        if rule == ReasonRule.OFF:
            del self.fields["reason"]
            return
        reason = self.fields["reason"]
        reason.label = _("Reason")
        reason.required = rule == ReasonRule.MANDATORY
        reason.error_messages["required"] = _("Say why: deleting needs a reason here.")
        reason.help_text = _("Shown in the recycle bin, so that others understand.")
        reason.widget.attrs |= {"list": SUGGESTIONS_ID, "autocomplete": "off"}
        if reason.required:
            reason.widget.attrs["aria-required"] = "true"
        if self.is_bound and "reason" in self.errors:
            reason.widget.attrs["autofocus"] = True

    def clean_tenant(self) -> int:
        """A page that was opened in another tenant must not delete in this one."""
        tenant: int = self.cleaned_data["tenant"]
        if tenant != self.access.tenant.pk:
            raise forms.ValidationError(_("You work in another tenant by now. Nothing was deleted."))
        return tenant

    @property
    def suggestions(self) -> tuple[str, ...]:
        """What staff of the tenant wrote lately, where a reason is asked for."""
        return recent_reasons(self.access.tenant) if "reason" in self.fields else ()

    def shows(self, number: int, mark: str) -> bool:
        """Whether the page that was confirmed showed just these records. The form has to be valid."""
        shown: dict[str, Any] = self.cleaned_data
        return bool(shown["expected"] == number and (shown["mark"] or mark) == mark)
