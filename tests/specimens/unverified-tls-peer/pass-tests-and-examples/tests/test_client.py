import requests


def test_refuses():
    assert requests.get("https://self-signed.example", verify=False).ok
