from shop.settings.base import *

CORS_ALLOW_ALL_ORIGINS = True
