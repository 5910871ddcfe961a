import sqlite3

from flask import Flask

app = Flask(__name__)


@app.get("/items")
def items():
    return {"items": sqlite3.connect("shop.db").execute("SELECT * FROM items").fetchall()}
