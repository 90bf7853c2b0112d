"""How long ago something was, as plain text for a sentence."""

import datetime

from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

JUST_NOW = datetime.timedelta(minutes=1)


def ago(moment: datetime.datetime) -> str:
    """``just now``, ``5 minutes ago``, ``2 days ago``."""
    if timezone.now() - moment < JUST_NOW:
        return _("just now")
    # A message is no place for the blank that keeps a number and its unit on one line.
    return _("%(time)s ago") % {"time": timesince(moment, depth=1).replace("\xa0", " ")}
