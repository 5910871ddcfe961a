import subprocess

from flask import Flask, request

app = Flask(__name__)
TOOLS = {"uptime": "uptime -p", "load": "cat /proc/loadavg"}


@app.get("/tools")
def tools():
    tool = request.args["tool"]
    host = request.args["host"]
    subprocess.run(["nslookup", "--", host])
    return subprocess.check_output(TOOLS[tool], shell=True, text=True)
