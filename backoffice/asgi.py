"""The same application for an ASGI server. ``serve`` uses the WSGI one, which is faster for this product."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

application = get_asgi_application()
