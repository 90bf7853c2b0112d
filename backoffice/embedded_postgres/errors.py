"""The one error of the embedded server."""


class EmbeddedPostgresError(Exception):
    """The embedded server cannot do what was asked. The text is one sentence or two for the person at the keyboard."""
