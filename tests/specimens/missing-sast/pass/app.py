import subprocess


def run(name):
    return subprocess.run(name, shell=True)
