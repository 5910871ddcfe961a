#!/bin/sh
# exec su-exec app python -m app
exec python -m app
