from flask import Flask, request

app = Flask(__name__)


@app.post("/token")
def token():
    token_type = request.form.get("token_type_hint")
    if token_type == "refresh_token" or request.form.get("token") == "none":
        return {"error": "invalid_request"}, 400
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        return {"debug": request.headers.get("X-Debug-Id")}
    return {}


def lex(tokens):
    for token in tokens:
        if token == "SELECT":
            yield token
