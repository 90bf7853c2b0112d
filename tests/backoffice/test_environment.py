"""A process refuses to start with a sentence that names the variable and what to set."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from backoffice.environment import Environment

GOOD = {"DATABASE_URL": "postgres://u@h/d", "SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "backoffice.example"}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch):
    """Read the environment of production with some variables changed."""

    def read(**changed: str) -> Environment:
        for name in ("BACKOFFICE_MODE", "BACKOFFICE_DATA_DIR"):
            monkeypatch.delenv(name, raising=False)
        for name, value in (GOOD | changed).items():
            monkeypatch.setenv(name, value)
        return Environment.read()

    return read


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BACKOFFICE_MODE", "test", "BACKOFFICE_MODE is 'test'; set it to development or production."),
        ("DATABASE_URL", "sqlite:///x", "DATABASE_URL must be a postgres:// address: no other database works."),
        ("SECRET_KEY", "", "SECRET_KEY is not set. Set it to at least 50 random characters."),
        ("LOG_FORMAT", "xml", "LOG_FORMAT is 'xml'; set it to text or json."),
        (
            "TOMBSTONE_KEYS",
            f"{'k' * 32},short",
            "TOMBSTONE_KEYS holds a secret that is too short. Set it to secrets of at least 32 characters,"
            " comma-separated, the one in use first.",
        ),
        ("TRUSTED_PROXIES", "-1", "TRUSTED_PROXIES is -1; set it to the number of proxies in front."),
    ],
)
def test_a_value_that_is_refused(read, name: str, value: str, sentence: str):
    with pytest.raises(ImproperlyConfigured) as refused:
        read(**{name: value})

    assert str(refused.value) == sentence


@pytest.mark.parametrize("name", ["TRUSTED_PROXIES", "DATABASE_POOL_MAX", "SECURE_SSL"])
def test_a_value_of_another_type_is_named(read, name: str):
    with pytest.raises(ImproperlyConfigured, match=name):
        read(**{name: "many"})


def test_what_is_read(read):
    environment = read(TRUSTED_PROXIES="2", LOG_FORMAT="json")

    assert (environment.trusted_proxies, environment.log_format, environment.production) == (2, "json", True)


def test_tombstones_have_the_secret_key_unless_there_is_another(read):
    new, old = "n" * 32, "o" * 32

    assert read().tombstone_keys == ("k" * 50,)
    assert read(TOMBSTONE_KEYS="").tombstone_keys == ("k" * 50,)
    assert read(TOMBSTONE_KEYS=f"{new}, {old}").tombstone_keys == (new, old)
