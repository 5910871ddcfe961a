import sqlite3

from flask import Flask, request

app = Flask(__name__)


@app.post("/login")
def login():
    found = sqlite3.connect("shop.db").execute(
        "SELECT id FROM users WHERE name = ? AND password = ?",
        (request.form["name"], request.form["password"]),
    )
    return {"id": found.fetchone()}
