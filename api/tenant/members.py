"""Values as the tenant API writes them (contract, section 5.1): instants in UTC to the millisecond."""

from datetime import UTC, datetime


def instant(moment: datetime) -> str:
    """A moment in UTC, with milliseconds and ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
