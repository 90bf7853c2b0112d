"""Errors of the recycle bin. Their text is a sentence for people; callers tell them apart by class."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class RecycleBinError(Exception):
    """The base of all errors of this room: nothing was written."""


class NothingLive(RecycleBinError):
    """None of the chosen records is live: they are in the bin already, erased, unknown, or another tenant's."""

    def __init__(self) -> None:
        super().__init__(_("Nothing to delete: none of these records is live."))


class ChoiceMoved(RecycleBinError):
    """Other records match than were confirmed."""

    def __init__(self) -> None:
        super().__init__(_("Other records match by now than you were shown. Nothing was deleted: look again."))


class ReasonRequired(RecycleBinError):
    """The tenant wants a reason for every deletion by staff, and none was given."""

    def __init__(self) -> None:
        super().__init__(_("Say why: deleting needs a reason here."))


class ReasonTooLong(RecycleBinError):
    """The reason has more characters than are kept."""

    def __init__(self, limit: int) -> None:
        super().__init__(_("The reason is too long: at most %(limit)d characters are kept.") % {"limit": limit})


class ReasonNotText(RecycleBinError):
    """The reason holds control characters or lone surrogates. Tabs and line breaks are welcome."""

    def __init__(self) -> None:
        super().__init__(_("The reason holds a control character, which is not permitted."))


class VersionMoved(RecycleBinError):
    """A chosen record has another version than the caller expected (HTTP: If-Match)."""

    def __init__(self, label: str) -> None:
        super().__init__(_("%(record)s was changed in the meantime.") % {"record": label})


class Blocked(RecycleBinError):
    """Live records that stay forbid the deletion. ``blockers`` holds their labels, a few of them by name."""

    def __init__(self, blockers: Sequence[str]) -> None:
        self.blockers = tuple(blockers)
        text = ngettext(
            "This record stands in the way: %(blockers)s.",
            "These records stand in the way: %(blockers)s.",
            len(self.blockers),
        )
        super().__init__(text % {"blockers": ", ".join(self.blockers)})
