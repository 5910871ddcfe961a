import jwt
import requests


def who(token):
    return jwt.decode(token, options={"verify_signature": True}, algorithms=["RS256"], key="...")


def is_up():
    return requests.get("https://127.0.0.1:8443/health", verify=False, timeout=1).ok
