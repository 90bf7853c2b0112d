"""Named filters of the recycle bin."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from recyclebin.sought import part, words

if TYPE_CHECKING:
    from recyclebin.models import Deletion  # noqa: F401  (named as a string below)
    from tenants.models import Tenant


class DeletionQuerySet(models.QuerySet["Deletion"]):
    """Deletions as the bin shows them."""

    def for_tenant(self, tenant: "Tenant | int") -> Self:
        return self.filter(tenant=tenant)

    def binned(self) -> Self:
        """Still in the bin: these can be restored. The index over tenant, state and time serves list and order."""
        return self.filter(state="binned")

    def of_operation(self, operation: object) -> Self:
        """All that one action deleted: what *Undo* restores."""
        return self.filter(operation=operation)

    def matching(self, text: str) -> Self:
        """Every blank-separated word occurs in a name, the e-mail, the key or the reason, or is the root's id.

        Words of one or two characters are found at the start of a word only.
        """
        from recyclebin.policies import graph  # which needs the models to be there

        if "\x00" in text:
            return self.none()  # PostgreSQL's text cannot hold it, so nothing stored can match
        found = self
        for word in words(text):
            hit = Q(sought__contains=part(word))
            # Python's decimal digits are more than the ten that a bigint takes, and a bigint has its end.
            if word.isascii() and word.isdecimal() and len(word) <= 18:
                # The types are named for the index, which begins with them.
                hit |= Q(root_type__in=list(graph().by_type), root_id=int(word))
            found = found.filter(hit)
        return found
