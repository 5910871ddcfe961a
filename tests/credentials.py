"""Files with credentials in the formats of their providers, and files that only look like it.

Everything is drawn when it is asked for, with the provider's own checksum where there is one:
nothing that looks like a live credential stands in this repository.
"""

# ruff: noqa: E501 - tables are read best with one entry a line

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import random
import string
import uuid
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Callable


ALNUM = string.ascii_letters + string.digits
_UPPER32 = string.ascii_uppercase + "234567"
_HEX = "0123456789abcdef"
_URLSAFE = ALNUM + "-_"


def drawn(dice: random.Random, size: int, alphabet: str = ALNUM) -> str:
    """Random characters."""
    return "".join(dice.choices(alphabet, k=size))


def _base62(number: int, size: int) -> str:
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    text = ""
    while number:
        number, rest = divmod(number, 62)
        text = digits[rest] + text
    return text.rjust(size, "0")


def _with_crc(prefix: str, body: str) -> str:
    """As GitHub and npm end their tokens: six digits of base 62 of the CRC-32 of the body."""
    return f"{prefix}{body}{_base62(binascii.crc32(body.encode()), 6)}"


def aws_key(dice: random.Random) -> str:
    """Id of an AWS access key."""
    return "AK" + "IA" + drawn(dice, 16, _UPPER32)


def aws_secret(dice: random.Random) -> str:
    """The secret half of an AWS access key."""
    return base64.b64encode(dice.randbytes(30)).decode()


def github_token(dice: random.Random) -> str:
    """A classic personal access token of GitHub."""
    return _with_crc("ghp" + "_", drawn(dice, 30))


def stripe_key(dice: random.Random, kind: str = "sk", mode: str = "live") -> str:
    """A key of Stripe: sk is secret, pk is for browsers."""
    return f"{kind}_{mode}_51" + drawn(dice, 97)


def slack_token(dice: random.Random) -> str:
    """A bot token of Slack."""
    digits = [drawn(dice, 12, "123456789") for _ in range(2)]
    return "xo" + f"xb-{digits[0]}-{digits[1]}-" + drawn(dice, 24)


def openai_key(dice: random.Random) -> str:
    """A project key of OpenAI."""
    return "sk-" + f"proj-{drawn(dice, 74, _URLSAFE)}T3Blbk" + f"FJ{drawn(dice, 74, _URLSAFE)}"


def anthropic_key(dice: random.Random) -> str:
    """An API key of Anthropic."""
    return "sk-" + f"ant-api03-{drawn(dice, 93, _URLSAFE)}AA"


def google_key(dice: random.Random) -> str:
    """An API key of Google; Firebase puts such into browsers on purpose."""
    return "AI" + "zaSy" + drawn(dice, 33, _URLSAFE)


def pypi_token(dice: random.Random) -> str:
    """An upload token of PyPI: a macaroon for pypi.org."""
    head = b"\x02\x01\x08pypi.org\x02$" + str(uuid.UUID(int=dice.getrandbits(128))).encode()
    body = b'\x00\x02*[2,"' + str(uuid.UUID(int=dice.getrandbits(128))).encode() + b'"]'
    return "pypi-" + base64.urlsafe_b64encode(
        head + body + b"\x00\x00\x06 " + dice.randbytes(32)
    ).decode().rstrip("=")


def private_key(kind: str = "pkcs8") -> str:
    """A private key as PEM: pkcs8, ec, rsa or openssh."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    key = (
        rsa.generate_private_key(65537, 2048)
        if kind == "rsa"
        else ec.generate_private_key(ec.SECP256R1())
    )
    form = {
        "pkcs8": serialization.PrivateFormat.PKCS8,
        "openssh": serialization.PrivateFormat.OpenSSH,
    }.get(kind, serialization.PrivateFormat.TraditionalOpenSSL)
    return key.private_bytes(
        serialization.Encoding.PEM, form, serialization.NoEncryption()
    ).decode()


def encrypted_key() -> str:
    """A private key that is of no use without its password."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"of a test"),
        )
        .decode()
    )


def public_key() -> str:
    """A public key as PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    return (
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def certificate() -> str:
    """A certificate as PEM, in its looks."""
    body = base64.b64encode(random.Random(7).randbytes(700)).decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


def _service_account(dice: random.Random) -> str:
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "acme-shop",
            "private_key_id": drawn(dice, 40, _HEX),
            "private_key": private_key("pkcs8"),
            "client_email": "shop@acme-shop.iam.gserviceaccount.com",
            "client_id": drawn(dice, 21, string.digits),
        },
        indent=2,
    )


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


LEAKS: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "AWS pair in a file": ("deploy/credentials", lambda d: f"[default]\naws_access_key_id = {aws_key(d)}\naws_secret_access_key = {aws_secret(d)}\n"),
    "AWS pair in Python": ("app/storage.py", lambda d: f's3 = boto3.client("s3", aws_access_key_id="{aws_key(d)}", aws_secret_access_key="{aws_secret(d)}")\n'),
    "GitHub token": ("ci/release.sh", lambda d: f"export GH_TOKEN={github_token(d)}\ngh release create v1\n"),
    "GitHub fine-grained token": (".env", lambda d: f"GITHUB_TOKEN=github_{'pat'}_11{drawn(d, 20, string.ascii_uppercase + string.digits)}_{drawn(d, 59)}\n"),
    "GitHub token in a remote": (".gitmodules", lambda d: f'[submodule "x"]\n\turl = https://x-access-token:{github_token(d)}@github.com/acme/x.git\n'),
    "GitLab token": (".gitlab-ci.yml", lambda d: f"variables:\n  PUSH_TOKEN: gl{'pat'}-{drawn(d, 20, _URLSAFE)}\n"),
    "Slack bot token": ("app/notify.py", lambda d: f'client = WebClient(token="{slack_token(d)}")\n'),
    "Slack webhook": ("alertmanager.yml", lambda d: f"slack_api_url: https://hooks.{'slack'}.com/services/T{drawn(d, 8, _UPPER32)}/B{drawn(d, 10, _UPPER32)}/{drawn(d, 24)}\n"),
    "Stripe secret key": ("config/settings.py", lambda d: f'STRIPE = "{stripe_key(d)}"\n'),
    "Stripe restricted key": (".env.production", lambda d: f"STRIPE_KEY={stripe_key(d, 'rk')}\n"),
    "OpenAI key": ("app/llm.py", lambda d: f'openai.api_key = "{openai_key(d)}"\n'),
    "Anthropic key": (".env.production", lambda d: f"ANTHROPIC_API_KEY={anthropic_key(d)}\n"),
    "Google key": ("app/maps.py", lambda d: f'gmaps = googlemaps.Client(key="{google_key(d)}")\n'),
    "Google service account": ("deploy/sa.json", _service_account),
    "npm token": (".npmrc", lambda d: f"//registry.example.com/:_authToken={_with_crc('npm' + '_', drawn(d, 30))}\n"),
    "PyPI token": (".pypirc", lambda d: f"[pypi]\nusername = __token__\npassword = {pypi_token(d)}\n"),
    "SendGrid key": ("app/mail.py", lambda d: f'sg = SendGridAPIClient("SG.{drawn(d, 22, _URLSAFE)}.{drawn(d, 43, _URLSAFE)}")\n'),
    "Twilio": ("app/sms.py", lambda d: f'account_sid = "AC{drawn(d, 32, _HEX)}"\nauth_token = "{drawn(d, 32, _HEX)}"\nclient = twilio.rest.Client(account_sid, auth_token)\n'),
    "Mailgun key": ("mail.toml", lambda d: f'[mailgun]\napi_key = "key-{drawn(d, 32, _HEX)}"\n'),
    "Hugging Face token": ("train.py", lambda d: f'login(token="hf_{drawn(d, 34, string.ascii_letters)}")\n'),
    "DigitalOcean token": ("main.tf", lambda d: f'provider "digitalocean" {{\n  token = "dop_{"v1"}_{drawn(d, 64, _HEX)}"\n}}\n'),
    "Azure storage": ("appsettings.json", lambda d: f'{{"Storage": "DefaultEndpointsProtocol=https;AccountName=acmeshop;AccountKey={base64.b64encode(d.randbytes(64)).decode()};EndpointSuffix=core.windows.net"}}\n'),
    "Telegram bot": ("bot.py", lambda d: f'bot = telegram.Bot(token="{drawn(d, 10, "123456789")}:AA{drawn(d, 33, _URLSAFE)}")\n'),
    "Discord webhook": ("notify.sh", lambda d: f"curl https://discord.com/api/{'webhooks'}/{drawn(d, 18, '123456789')}/{drawn(d, 68, _URLSAFE)}\n"),
    "Shopify token": ("shop.py", lambda d: f'session = Session(shop, "2025-01", "shp{"at"}_{drawn(d, 32, _HEX)}")\n'),
    "Vault token": ("deploy.sh", lambda d: f"export VAULT_TOKEN=hv{'s'}.{drawn(d, 95, _URLSAFE)}\n"),
    "private key, PKCS 8": ("certs/server.key", lambda _: private_key("pkcs8")),
    "private key, EC": ("certs/ec.pem", lambda _: private_key("ec")),
    "private key, RSA": ("id_rsa", lambda _: private_key("rsa")),
    "private key, OpenSSH": ("deploy_key", lambda _: private_key("openssh")),
    "private key in Python": ("keys.py", lambda _: f'KEY = """{private_key("ec")}"""\n'),
    "private key on one line": (".env", lambda _: 'JWT_PRIVATE_KEY="' + private_key("pkcs8").replace("\n", "\\n") + '"\n'),
    "database URL": ("alembic.ini", lambda d: f"sqlalchemy.url = postgresql://shop:{drawn(d, 18)}@db.acme-shop.io:5432/shop\n"),
    "database URL in YAML": ("config.yaml", lambda d: f"database: mysql://app:{drawn(d, 14)}@10.2.0.14/app\n"),
    "MongoDB URL": ("app.js", lambda d: f'mongoose.connect("mongodb+srv://app:{drawn(d, 16)}@cluster0.ab1cd.mongodb.net/shop")\n'),
    "signing key in an environment file": (".env.production", lambda d: f"JWT_SECRET={drawn(d, 64, _HEX)}\n"),
    "signing key in Python": ("settings.py", lambda d: f"SECRET_KEY = '{drawn(d, 50)}'\n"),
    "Django's key": ("project/settings.py", lambda d: f"SECRET_KEY = 'django-insecure-{drawn(d, 50, ALNUM + '!@#$%^&*(-_=+)')}'\n".replace("'''", "'")),
    "password in Compose": ("compose.yaml", lambda d: f"services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: {drawn(d, 24)}\n"),
    "password in YAML": ("values.yaml", lambda d: f"redis:\n  password: {drawn(d, 20)}\n"),
    "key in JavaScript": ("src/api.js", lambda d: f'const apiKey = "{drawn(d, 40)}";\n'),
    "Basic credentials": ("client.py", lambda d: f'headers = {{"Authorization": "Basic {_b64("admin:" + drawn(d, 16))}"}}\n'),
    "Kubernetes Secret": ("secret.yaml", lambda d: f"apiVersion: v1\nkind: Secret\nmetadata: {{name: shop}}\ntype: Opaque\ndata:\n  password: {_b64(drawn(d, 24))}\n"),
}  # fmt: skip
"""What has to be found: path and text by name."""


def _lock(dice: random.Random) -> str:
    entries = [
        f'    "node_modules/p{n}": {{"version": "1.{n}.0", "integrity": "sha512-{base64.b64encode(dice.randbytes(64)).decode()}"}}'
        for n in range(60)
    ]
    return '{\n  "packages": {\n' + ",\n".join(entries) + "\n  }\n}\n"


def _minified(dice: random.Random) -> str:
    return ";".join(
        f'var {drawn(dice, 2, string.ascii_lowercase)}=function(t,e){{return t.{drawn(dice, 6, string.ascii_lowercase)}("{drawn(dice, 8)}",e)}}'
        for _ in range(400)
    )


def _vault(dice: random.Random) -> str:
    return (
        "$ANSIBLE_VAULT;1.1;AES256\n" + "\n".join(drawn(dice, 80, _HEX) for _ in range(12)) + "\n"
    )


def _sops(dice: random.Random) -> str:
    enc = f"ENC[AES256_GCM,data:{_b64(drawn(dice, 12))},iv:{_b64(drawn(dice, 32))},tag:{_b64(drawn(dice, 16))},type:str]"
    return f"db_password: {enc}\napi_key: {enc}\nsops:\n    kms: []\n    lastmodified: '2026-05-01T10:00:00Z'\n    mac: {enc}\n    version: 3.9.0\n"


HARMLESS: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "UUIDs": ("ids.py", lambda d: "".join(f'KEY_{n} = "{uuid.UUID(int=d.getrandbits(128))}"\n' for n in range(20))),
    "hashes": ("checksums.txt", lambda d: "".join(f"{hashlib.sha256(d.randbytes(9)).hexdigest()}  file{n}.tar.gz\n" for n in range(40))),
    "commits": ("CHANGELOG.md", lambda d: "".join(f"- fix: {drawn(d, 40, _HEX)}\n" for _ in range(30))),
    "lock file": ("package-lock.json", _lock),
    "Python lock file": ("requirements.txt", lambda d: "".join(f"lib{n}==1.0 --hash=sha256:{drawn(d, 64, _HEX)}\n" for n in range(40))),
    "go.sum": ("go.sum", lambda d: "".join(f"github.com/a/b{n} v1.{n}.0 h1:{base64.b64encode(d.randbytes(32)).decode()}\n" for n in range(40))),
    "AWS's example": ("docs/s3.md", lambda _: "aws_access_key_id = AKIA" + "IOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/" + "K7MDENG/bPxRfiCYEXAMPLEKEY\n"),
    "placeholders": (".env.example", lambda _: "JWT_SECRET=change-me\nAPI_KEY=<your-api-key>\nDB_PASSWORD=xxxxxxxxxxxxxxxx\nSTRIPE_KEY=sk_live_" + "xxxxxxxxxxxxxxxxxxxxxxxx\nOPENAI_API_KEY=sk-your-key-here\nTOKEN=your_token_here_please_replace\n"),
    "references": ("compose.yaml", lambda _: "services:\n  api:\n    environment:\n      JWT_SECRET: ${JWT_SECRET:?missing}\n      DATABASE_URL: postgresql://app:${DB_PASSWORD}@db/app\n      PASSWORD_FILE: /run/secrets/db_password\n"),
    "read from the environment": ("settings.py", lambda _: 'SECRET_KEY = os.environ["SECRET_KEY"]\npassword = getpass.getpass()\ntoken = config.get("auth", "token")\napi_key: str = Field(alias="OPENAI_API_KEY")\n'),
    "templates": ("templates/secret.yaml", lambda _: 'apiVersion: v1\nkind: Secret\ndata:\n  password: {{ .Values.db.password | b64enc }}\n  token: "{{ lookup("env", "TOKEN") }}"\n'),
    "workflow secrets": (".github/workflows/ci.yml", lambda _: "jobs:\n  a:\n    env:\n      TOKEN: ${{ secrets.GITHUB_TOKEN }}\n      API_KEY: ${{ secrets.API_KEY }}\n"),
    "certificate": ("certs/ca.pem", lambda _: certificate()),
    "public key": ("certs/jwt.pub", lambda _: public_key()),
    "ssh public key": ("authorized_keys", lambda d: f"ssh-rsa AAAAB3NzaC1yc2E{base64.b64encode(d.randbytes(200)).decode()} ann@acme\n"),
    "frame of a key in code": ("parse.py", lambda _: 'if text.startswith("-----BEGIN PRIVATE KEY-----"):\n    raise ValueError("a private key: -----BEGIN RSA PRIVATE KEY-----")\n'),
    "encrypted key": ("certs/server.enc.key", lambda _: encrypted_key()),
    "ansible vault": ("group_vars/all/vault.yml", _vault),
    "sops": ("secrets.enc.yaml", _sops),
    "git-crypt": ("secrets.env", lambda d: "\0GITCRYPT\0" + d.randbytes(600).decode("latin-1")),
    "minified script": ("static/app.min.js", _minified),
    "image in a style": ("static/app.css", lambda d: f"a{{background:url(data:image/png;base64,{base64.b64encode(d.randbytes(3000)).decode()})}}\n"),
    "image": ("static/logo.png", lambda d: "\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + d.randbytes(4000).decode("latin-1")),
    "Stripe for browsers": ("static/pay.js", lambda d: f'Stripe("{stripe_key(d, "pk")}");\n'),
    "Sentry's address": ("static/errors.js", lambda d: f'Sentry.init({{dsn: "https://{drawn(d, 32, _HEX)}@o{drawn(d, 6, "123456789")}.ingest.sentry.io/{drawn(d, 7, "123456789")}"}});\n'),
    "Firebase": ("static/firebase.js", lambda d: f'firebase.initializeApp({{apiKey: "{google_key(d)}", authDomain: "acme.firebaseapp.com", projectId: "acme"}});\n'),
    "local database": ("README.md", lambda _: "Run with DATABASE_URL=postgresql://postgres:postgres@localhost:5432/app\n"),
    "words about secrets": ("messages.py", lambda _: 'PASSWORD_HELP = "Your password must have twelve characters"\ntoken_type = "bearer"\nsecret_name = "projects/acme/secrets/db-password"\nPASSWORD_RESET_URL = "/account/password/reset/confirm"\n'),
    "Kubernetes placeholder": (
        "deploy/secret.yaml",
        lambda _: (
            "apiVersion: v1\nkind: Secret\nmetadata: {name: shop}\ntype: Opaque\ndata:\n"
            f"  password: {_b64('change-me-in-production')}\n  user: {_b64('shop')}\n"
        ),
    ),
    "request in a guide": (
        "docs/usage.md",
        lambda d: f'curl -H "Authorization: Bearer {drawn(d, 32)}" https://api.acme.io/items\n',
    ),
    "Kubernetes reference": ("deploy.yaml", lambda _: "env:\n- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef: {name: shop-database, key: password}\n"),
    "notebook": ("plot.ipynb", lambda d: json.dumps({"cells": [{"id": drawn(d, 8, _HEX), "outputs": [{"data": {"image/png": base64.b64encode(d.randbytes(2000)).decode()}}]}]})),
    "migration": ("alembic/versions/1_users.py", lambda d: f'revision = "{drawn(d, 12, _HEX)}"\ndown_revision = "{drawn(d, 12, _HEX)}"\npassword_hash = Column("password_hash", String(128))\n'),
    "public word list": ("i18n/en.json", lambda _: '{"password": "Password", "api_key": "API key", "token": "Access token", "secret": "Client secret"}\n'),
}  # fmt: skip
"""What must not be found."""
