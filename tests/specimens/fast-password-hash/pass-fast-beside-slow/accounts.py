"""Fast hashes that are no storage: before bcrypt, for a range query, for an address, for a token."""

import base64
import hashlib
import secrets

import bcrypt
import requests
from flask import Flask, request

app = Flask(__name__)


def hashed(password):
    digest = base64.b64encode(hashlib.sha256(password.encode()).digest())
    return bcrypt.hashpw(digest, bcrypt.gensalt())


def is_pwned(password):
    sha1 = hashlib.sha1(password.encode()).hexdigest().upper()
    return sha1[5:] in requests.get(f"https://api.pwnedpasswords.com/range/{sha1[:5]}").text


def picture(email):
    return hashlib.md5(email.encode()).hexdigest()


def key_of(token):
    return hashlib.sha256(token.encode()).hexdigest()


@app.post("/admin")
def admin():
    given = request.authorization.password
    if secrets.compare_digest(given, app.config["ADMIN_PASSWORD"]):
        return {"hello": "admin"}
    return {}, 401
