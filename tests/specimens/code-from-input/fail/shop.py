import pickle
from base64 import b64decode

from flask import Flask, request

app = Flask(__name__)


@app.get("/basket")
def basket():
    return {"basket": pickle.loads(b64decode(request.cookies["basket"]))}
