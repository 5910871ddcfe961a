from flask import Flask, abort, request

app = Flask(__name__)


@app.get("/items")
def items():
    if request.args.get("api_key") != app.config["API_KEY"]:
        abort(401)
    return {"items": []}
