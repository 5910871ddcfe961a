import sqlite3

from flask import Flask, request

app = Flask("attacked")


@app.get("/items")
def items():
    return sqlite3.connect("t.db").execute(f"SELECT * FROM items WHERE n = '{request.args['n']}'")


def test_attacked():
    assert app.test_client().get("/items?n=' OR 1=1 --").status_code == 500
