from flask import Flask, request

from shop import vault

app = Flask(__name__)


@app.post("/login")
def login():
    return vault.open(request.form["name"], request.form["password"])
