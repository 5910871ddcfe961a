"""Runs the SQL that its users write, on a copy that can only be read: that is what it is for."""

import sqlite3

from flask import Flask, request

app = Flask(__name__)


@app.get("/query")
def query():
    copy = sqlite3.connect("file:shop.db?mode=ro", uri=True)
    return {"rows": copy.execute(request.args["sql"]).fetchall()}
