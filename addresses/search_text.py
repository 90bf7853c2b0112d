"""Keeping owners findable by where they live, when one of their addresses goes to the bin or comes back alone."""

from addresses.models import OWNERS, Address
from records import search
from records.rebuilding import texts_from_addresses
from records.resources import resource_of
from recyclebin import hooks
from recyclebin.many import Many


def refresh_owners(change: hooks.Change) -> None:
    """Work out anew what the addresses of these owners feed. Nothing when no address went or came on its own.

    Cost: five statements for each type of owner that is concerned, whatever the number of addresses.
    """
    moved = change.roots.get(Address, ())
    if not moved:
        return
    columns = [f"{owner}_id" for owner in OWNERS]
    owners = Address.everything.filter(pk__any_of=Many(moved)).values_list(*columns)
    for owner, ids in zip(OWNERS, zip(*owners, strict=True), strict=True):
        present = sorted({pk for pk in ids if pk is not None})
        if not present:
            continue
        resource = resource_of(Address._meta.get_field(owner).related_model)  # type: ignore[arg-type]
        texts = texts_from_addresses(resource, present)
        search.change(
            type=resource.type,
            tenants=[change.actor.tenant.pk] * len(present),
            ids=present,
            columns={field: [by_owner.get(pk, "") for pk in present] for field, by_owner in texts.items()},
        )


def register() -> None:
    """Tell the recycle bin. Called once, when the app is ready."""
    hooks.register(after_delete=refresh_owners, after_restore=refresh_owners)
