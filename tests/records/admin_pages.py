"""Admin pages as a browser sees them: addresses, the fields of a form as they would be posted, the rows of a list."""

from typing import Any

from django.db import models
from django.urls import reverse


def page(model: type[models.Model], name: str, *args: Any) -> str:
    """The address of an admin page: ``page(Customer, "change", 7)``."""
    opts = model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=args)


def fields_of(response: Any, **changes: Any) -> dict[str, Any]:
    """What the browser would post from the form on this page, with some fields changed."""
    context = response.context_data
    posted = _values(context["adminform"].form)
    for inline in context["inline_admin_formsets"]:
        posted |= _values(inline.formset.management_form)
        for form in inline.formset.forms:
            posted |= _values(form)
    return posted | changes


def new_inline(response: Any, number: int, **values: Any) -> dict[str, Any]:
    """What the browser would post for the row that "Add another" brought, the ``number``-th of the first inline."""
    formset = response.context_data["inline_admin_formsets"][0].formset
    prefix = formset.prefix
    blank = {name.replace("__prefix__", str(number)): value for name, value in _values(formset.empty_form).items()}
    filled = {f"{prefix}-{number}-{name}": value for name, value in values.items()}
    return blank | filled | {f"{prefix}-TOTAL_FORMS": str(number + 1)}


def shown(response: Any) -> list[Any]:
    """The rows of a list page, in their order."""
    return list(response.context_data["cl"].result_list)


def texts(response: Any) -> list[str]:
    """The messages that the page shows."""
    return [str(message) for message in response.context["messages"]]


def errors_of(response: Any) -> dict[str, list[str]]:
    """The errors of the main form by field; those of the whole form are below ``__all__``."""
    return dict(response.context_data["adminform"].form.errors)


def _values(form: Any) -> dict[str, Any]:
    values = {form.add_prefix(name): form[name].value() for name in form.fields}
    # A browser does not send a box that is not ticked.
    return {
        name: "on" if value is True else "" if value is None else str(value)
        for name, value in values.items()
        if value is not False
    }
