import sqlite3
from typing import Literal

from fastapi import FastAPI, HTTPException

app = FastAPI()
SORTABLE = ["name", "price"]


@app.get("/items")
def items(sort: str = "name", way: Literal["ASC", "DESC"] = "ASC", limit: int = 10, page: str = "0"):
    if sort not in SORTABLE:
        raise HTTPException(422)
    offset = int(page) * limit
    sql = f"SELECT * FROM items ORDER BY {sort} {way} LIMIT {limit} OFFSET {offset}"
    return sqlite3.connect("shop.db").execute(sql).fetchall()
