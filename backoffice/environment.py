"""Every setting that comes from the environment, typed, in one place.

docs/reference/settings.md lists them. Nothing else in the product reads ``os.environ``.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

BASE_DIR = Path(__file__).resolve().parent.parent
DEVELOPMENT_SECRET_KEY = "development-only-key-never-used-when-BACKOFFICE_MODE-is-production"  # noqa: S105

SHORTEST_SECRET = 32


@dataclass(frozen=True)
class Environment:
    """The configuration of one process. ``Environment.read()`` is the only way to make one."""

    production: bool
    secret_key: str
    tombstone_keys: tuple[str, ...]
    database: dict[str, Any]
    data_dir: Path
    allowed_hosts: tuple[str, ...]
    csrf_trusted_origins: tuple[str, ...]
    secure_ssl: bool
    database_pool_max: int
    search_timeout: int
    trusted_proxies: int
    export_timeout: int
    exports_per_process: int
    log_level: str
    log_format: str

    @classmethod
    def read(cls, env: Env | None = None) -> "Environment":
        """Read and check the environment.

        Development is what a process without ``DATABASE_URL`` gets; with one it is production unless
        ``BACKOFFICE_MODE=development`` says otherwise, so that a forgotten variable fails closed.

        Errors: ImproperlyConfigured with one sentence that names the variable and what to set.
        """
        env = env or Env()
        try:
            url = env.str("DATABASE_URL", "")
            mode = env.str("BACKOFFICE_MODE", "production" if url else "development")
            if mode not in {"development", "production"}:
                raise ImproperlyConfigured(f"BACKOFFICE_MODE is {mode!r}; set it to development or production.")
            production = mode == "production"
            data_dir = Path(env.str("BACKOFFICE_DATA_DIR", str(BASE_DIR / ".local"))).resolve()
            if production and not url:
                raise ImproperlyConfigured(
                    "DATABASE_URL is not set. In production set it to a PostgreSQL 15 or newer server, for example"
                    " postgres://backoffice:secret@db.internal/backoffice. The embedded server is for development only."
                )
            log_format = env.str("LOG_FORMAT", "text")
            if log_format not in {"text", "json"}:
                raise ImproperlyConfigured(f"LOG_FORMAT is {log_format!r}; set it to text or json.")
            proxies = env.int("TRUSTED_PROXIES", 0)
            if proxies < 0:
                raise ImproperlyConfigured(f"TRUSTED_PROXIES is {proxies}; set it to the number of proxies in front.")
            secret_key = env.str("SECRET_KEY", "" if production else DEVELOPMENT_SECRET_KEY)
            if not secret_key:
                raise ImproperlyConfigured("SECRET_KEY is not set. Set it to at least 50 random characters.")
            hosts = env.list("ALLOWED_HOSTS", [] if production else ["127.0.0.1", "localhost", "[::1]"])
            if not hosts:
                raise ImproperlyConfigured(
                    "ALLOWED_HOSTS is not set. Set it to the host names served, comma-separated."
                )
            if url:
                database = dict(env.dj_db_url("DATABASE_URL"))
                if "postgresql" not in str(database.get("ENGINE")):
                    raise ImproperlyConfigured("DATABASE_URL must be a postgres:// address: no other database works.")
            else:
                from backoffice.embedded_postgres import connection_settings

                database = connection_settings(data_dir)
            return cls(
                production=production,
                secret_key=secret_key,
                tombstone_keys=_secrets(env, "TOMBSTONE_KEYS", secret_key),
                database=database,
                data_dir=data_dir,
                allowed_hosts=tuple(hosts),
                csrf_trusted_origins=tuple(env.list("CSRF_TRUSTED_ORIGINS", [])),
                secure_ssl=env.bool("SECURE_SSL", production),
                database_pool_max=env.int("DATABASE_POOL_MAX", 0),
                search_timeout=_seconds(env, "SEARCH_TIMEOUT", 10),
                trusted_proxies=proxies,
                export_timeout=_seconds(env, "EXPORT_TIMEOUT", 3600),
                exports_per_process=_positive(env, "EXPORTS_PER_PROCESS", 2),
                log_level=env.str("LOG_LEVEL", "INFO"),
                log_format=log_format,
            )
        except EnvError as error:
            raise ImproperlyConfigured(f"{error} See docs/reference/settings.md.") from error


def _positive(env: Env, name: str, default: int) -> int:
    number = env.int(name, default)
    if number < 1:
        raise ImproperlyConfigured(f"{name} is {number}; set it to 1 or more.")
    return int(number)


def _seconds(env: Env, name: str, default: int) -> int:
    """A time limit. PostgreSQL would take 0 for none at all."""
    seconds = env.int(name, default)
    if seconds < 1:
        raise ImproperlyConfigured(f"{name} is {seconds}; set it to a number of seconds from 1 on.")
    return int(seconds)


def _secrets(env: Env, name: str, default: str) -> tuple[str, ...]:
    """Secrets, the one in use first; the default alone where the variable is empty."""
    listed: list[str] = env.list(name, [])
    secrets = tuple(secret.strip() for secret in listed)
    if secrets and min(map(len, secrets)) < SHORTEST_SECRET:
        raise ImproperlyConfigured(
            f"{name} holds a secret that is too short. Set it to secrets of at least {SHORTEST_SECRET} characters,"
            " comma-separated, the one in use first."
        )
    return secrets or (default,)
