import json
from base64 import b64decode

from flask import Flask, request

app = Flask(__name__)


@app.get("/basket")
def basket():
    return {"basket": json.loads(b64decode(request.cookies["basket"]))}
