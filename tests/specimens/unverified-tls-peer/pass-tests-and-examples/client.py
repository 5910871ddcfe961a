import requests


def rates(url):
    return requests.get(url, timeout=5).json()
