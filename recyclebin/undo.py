"""The Undo button of a message: a message is text, so its tags carry the operation and the page adds the form."""

import uuid
from typing import Any

_TAG = "undo-"


def undo_tag(operation: uuid.UUID) -> str:
    """The extra tag of a message that offers to undo this operation."""
    return f"{_TAG}{operation}"


def operation_of(message: Any) -> uuid.UUID | None:
    """The operation that the message offers to undo, if any."""
    for tag in str(message.extra_tags or "").split():
        if tag.startswith(_TAG):
            return uuid.UUID(tag.removeprefix(_TAG))
    return None
