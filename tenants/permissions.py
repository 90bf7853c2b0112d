"""The three tenant permissions and what each role holds of them (tenant API contract, section 2.3)."""

ACCESS = "TENANT.ACCESS"
BACKOFFICE = "TENANT.BACKOFFICE"
ADMIN = "TENANT.ADMIN"
# Editing is a right of its own, so that a Viewer (read-only) and an Editor differ by one word.
EDIT = "edit"
# So is deleting permanently: nothing brings that back, so it can be withheld from those who look after the bin.
PURGE = "purge"

ALL_PERMISSIONS = (ACCESS, BACKOFFICE, ADMIN)

_BY_ROLE: dict[str, frozenset[str]] = {
    "viewer": frozenset({ACCESS}),
    "editor": frozenset({ACCESS, EDIT}),
    "owner": frozenset({ACCESS, EDIT, BACKOFFICE, ADMIN, PURGE}),
}


def permissions_of_role(role: str) -> frozenset[str]:
    """The permissions of a role; an unknown role holds none."""
    return _BY_ROLE.get(role, frozenset())
