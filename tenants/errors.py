"""Errors of the tenants room."""


class PermissionDenied(Exception):
    """The actor lacks a permission. ``permission`` names it."""

    def __init__(self, permission: str) -> None:
        self.permission = permission
        super().__init__(f"This needs the permission {permission}.")
