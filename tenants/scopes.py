"""OAuth scopes: which exist, and which a client may ask for (lookup API contract, section 1.1)."""

from typing import Any

from oauth2_provider.scopes import BaseScopes

from tenants.permissions import ALL_PERMISSIONS

RESOURCES = ("customers", "users", "contacts", "usergroups", "companies")

SCOPES: dict[str, str] = {
    **{f"{resource}:read": f"Read {resource}" for resource in RESOURCES},
    **{f"{resource}:write": f"Create and change {resource}" for resource in RESOURCES},
    **{f"{resource}:delete": f"Move {resource} to the recycle bin" for resource in RESOURCES},
    "addresses:read": "Read addresses",
    "addresses:write": "Create, change and delete addresses",
    "bulk:write": "Use the bulk endpoints",
    "pricing:write": "Write price agreements",
    "ssn:read": "Read social security numbers",
    "ssn:write": "Write social security numbers",
    "ids:choose": "Create records with ids of the caller's choice",
}
"""The scopes of the lookup API and what they allow, in plain words."""


class ClientScopes(BaseScopes):  # type: ignore[misc]  # the library is untyped
    """Each client asks for what it was granted: its scopes and, for the tenant API, its permissions."""

    def get_all_scopes(self) -> dict[str, str]:
        return SCOPES | {permission: permission for permission in ALL_PERMISSIONS}

    def get_available_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return [*application.scopes, *application.permissions] if application else []

    def get_default_scopes(self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        return self.get_available_scopes(application, request)
