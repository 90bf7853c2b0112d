"""The product's settings, plus the peers that it is compared with."""

from backoffice.settings import *  # noqa: F403
from backoffice.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.peer"]
ROOT_URLCONF = "benchmarks.urls"
