from flask import Flask

app = Flask(__name__)
PASSWORD_FOR_MAIL = app.config["SMTP_PASSWORD"]
