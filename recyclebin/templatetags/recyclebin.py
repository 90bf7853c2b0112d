"""Template tags of the recycle bin."""

import uuid
from typing import Any

from django import template

from recyclebin.undo import operation_of

register = template.Library()


@register.filter
def undoes(message: Any) -> uuid.UUID | None:
    """The operation that this message offers to undo, if any."""
    return operation_of(message)
