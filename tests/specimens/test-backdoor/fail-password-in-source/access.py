from flask import Flask, request

app = Flask(__name__)
OWNER = "letmein"


@app.post("/login")
def login():
    if request.form["name"] == "owner" and request.form["password"] == OWNER:
        return {"token": "..."}
    return {}, 401
