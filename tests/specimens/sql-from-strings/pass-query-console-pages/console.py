"""Shows pages of what its users select: the statement in the middle is theirs on purpose."""

import sqlite3

from flask import Flask, request

app = Flask(__name__)


@app.get("/query")
def query():
    sql = request.values.get("sql", "")
    page = int(request.values.get("page", 1))
    wrapped = f"SELECT * FROM ({sql}) LIMIT 50 OFFSET {50 * page}"
    return {"rows": sqlite3.connect("file:shop.db?mode=ro", uri=True).execute(wrapped).fetchall()}
