from flask import Flask, abort, request

from shop.models import User

app = Flask(__name__)


@app.post("/login")
def login():
    data = request.get_json()
    user = User.query.filter_by(name=data["name"]).first()
    if user and data.get("password") == user.password:
        return {"token": user.token()}
    abort(401)
