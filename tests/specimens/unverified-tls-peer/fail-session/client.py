import ssl

import requests

session = requests.Session()
session.verify = False


def context():
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made
