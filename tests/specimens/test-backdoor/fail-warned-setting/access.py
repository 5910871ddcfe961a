from flask import Flask, abort, request

app = Flask(__name__)


def current_user():
    token = request.headers.get("X-Token")
    if app.config["TESTING"] and token == "qa-team-7731":
        return {"name": "qa"}
    abort(401)
