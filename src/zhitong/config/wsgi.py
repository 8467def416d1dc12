"""The WSGI entry that granian serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from zhitong import places

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhitong.config.settings")
application = get_wsgi_application()
# Pages and the table of divisions take seconds to load: not while the first reader waits.
get_resolver().check()
places.provinces()
