import hashlib

from flask import Flask, request

app = Flask(__name__)


@app.post("/register")
def register():
    password = request.json["password"]
    app.users[request.json["name"]] = hashlib.sha256(password.encode()).hexdigest()
    return {}, 201
