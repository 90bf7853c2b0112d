"""Template tags of the recycle bin."""

import datetime
import uuid
from typing import Any

from django import template

from recyclebin.admin_columns import ago
from recyclebin.undo import operation_of

register = template.Library()


@register.filter
def undoes(message: Any) -> uuid.UUID | None:
    """The operation that this message offers to undo, if any."""
    return operation_of(message)


@register.filter(name="ago")
def ago_filter(moment: datetime.datetime) -> str:
    """How long ago, with the exact time for those who point at it."""
    return ago(moment)
