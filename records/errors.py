"""Errors of the records room."""


class UseTheVerb(TypeError):
    """Something tried to go around a business verb; the message names the one to use."""


class RecordInBin(Exception):
    """A record in the recycle bin is read-only until it is restored."""


class StaleVersion(Exception):
    """The record has another version than the caller expected; nothing was written."""


class TooManyRows(ValueError):
    """More rows in one request than the limit allows; the message names the limit."""
