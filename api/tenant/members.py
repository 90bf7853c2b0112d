"""Values as the tenant API reads and writes them (contract, sections 5.1 and 5.2)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from api.tenant import catalogue
from api.tenant.problems import Fault, invalid


def instant(moment: datetime) -> str:
    """A moment in UTC, with milliseconds and ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def pointer_to(name: str) -> str:
    """The pointer to a member of the body (RFC 6901)."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def read_texts(document: Any, longest: Mapping[str, int]) -> dict[str, str]:
    """The texts of a small body whose members are all needed, with how long each may be.

    Errors: Problem VALIDATION_FAILED with every fault.
    """
    if not isinstance(document, dict):
        raise invalid([Fault("", catalogue.WRONG_TYPE, "The body has to be an object.")])
    faults = [
        Fault(pointer_to(name[:255]), catalogue.UNKNOWN_MEMBER, "There is no such member here.")
        for name in document
        if name not in longest
    ]
    for name, most in longest.items():
        value = document.get(name)
        if value is None or value == "":
            faults.append(Fault(pointer_to(name), catalogue.REQUIRED, f"{name} is needed."))
        elif not isinstance(value, str):
            faults.append(Fault(pointer_to(name), catalogue.WRONG_TYPE, f"{name} is a text."))
        elif len(value) > most:
            faults.append(Fault(pointer_to(name), catalogue.TOO_LONG, f"{name} has at most {most} characters."))
    if faults:
        raise invalid(faults)
    return {name: document[name] for name in longest}
