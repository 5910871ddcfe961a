import ssl

import httpx
import requests


def rates(url, ca):
    return requests.get(url, timeout=5, verify=ca).json()


def client():
    return httpx.Client(verify=ssl.create_default_context(cafile="/etc/ssl/own.pem"))
