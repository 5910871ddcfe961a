import sqlite3

from flask import Flask, request

app = Flask(__name__)


@app.get("/items")
def items():
    name = request.args.get("name", "")
    found = sqlite3.connect("shop.db").execute("SELECT * FROM items WHERE name = ?", (name,))
    return {"items": found.fetchall()}
