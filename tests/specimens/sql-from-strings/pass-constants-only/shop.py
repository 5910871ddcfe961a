import sqlite3

from flask import Flask, request

app = Flask(__name__)
TABLE = "items"
COLUMNS = ("id", "name", "price")
ORDERS = {"cheap": "price ASC", "dear": "price DESC"}


@app.get("/items")
def items():
    ids = request.args.getlist("id")
    order = ORDERS.get(request.args.get("order"), "name")
    marks = ", ".join("?" for _ in ids)
    sql = f"SELECT {', '.join(COLUMNS)} FROM {TABLE} WHERE id IN ({marks}) ORDER BY {order}"
    return {"items": sqlite3.connect("shop.db").execute(sql, ids).fetchall()}
