"""Folders for embedded servers of their own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice import embedded_postgres


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder that the server's account can enter, unlike pytest's own. Its server is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="backoffice-devdb-"))
    folder.chmod(0o711)
    yield folder
    embedded_postgres.reset(folder)
    shutil.rmtree(folder)
