"""Errors of the pricing room."""


class OwnerGone(Exception):
    """The owner is not live in this tenant (any more); nothing was written."""
