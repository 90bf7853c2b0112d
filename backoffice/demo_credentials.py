"""The file that keeps the demo's passwords and secret in plain text, so that every ``make run`` can print them."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

import msgspec

from tenants.choices import Role
from tenants.verbs import new_secret

SUPERUSER = "superuser"
_letters = "abcdefghjkmnpqrstuvwxyz"


class Login(msgspec.Struct, frozen=True):
    """One staff account. ``role`` is a tenant role or ``superuser``."""

    role: str
    email: str
    password: str


class DemoCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """All that someone needs to try the demo. ``client_id`` is empty until the API client exists.

    ``hashes`` holds what the database stored for these passwords and the secret, by e-mail address and client id. While
    it still stores the same they still work: no need to spend argon2's time on each of them at every start.
    """

    tenant: str
    staff: list[Login]
    client_id: str = ""
    client_secret: str
    hashes: dict[str, str] = {}


def invent(tenant: str) -> DemoCredentials:
    """New random credentials: one login for each role and a superuser, at a domain that no mail ever reaches."""
    return DemoCredentials(
        tenant=tenant,
        staff=[Login(role, f"{role}@example.com", _password()) for role in (*Role.values, SUPERUSER)],
        client_secret=new_secret(),
    )


def read(path: Path) -> DemoCredentials | None:
    """What the file holds; ``None`` when there is none, or when it is damaged and so as good as lost."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=DemoCredentials)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write(path: Path, credentials: DemoCredentials) -> None:
    """Replace the file in one step, readable by its owner only: a crash leaves the old one or the new one.

    Errors: OSError when the folder cannot be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp() makes its file with mode 0600.
    handle, name = tempfile.mkstemp(prefix=".credentials-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(credentials), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def _password() -> str:
    """12 letters in threes of four: 54 bits, easy to type."""
    return "-".join("".join(secrets.choice(_letters) for _ in range(4)) for _ in range(3))
