"""How sources set CORS up."""

from __future__ import annotations

import pytest

from pytest_readiness.probes import cors_code
from pytest_readiness.probes.program import Program


def setups(text: str, path: str = "app.py") -> list[tuple[bool, bool, str]]:
    module = Program({path: text}).module(path)
    assert module is not None
    found = cors_code.in_python(module)
    return [(one.anyone, one.credentials, one.default) for one in found]


FLASK = "from flask_cors import CORS, cross_origin\n"


@pytest.mark.parametrize(
    ("text", "anyone", "credentials", "default"),
    [
        ("app.add_middleware(CORSMiddleware, allow_origins=['*'])", True, False, ""),
        (
            "Middleware(CORSMiddleware, allow_origin_regex='.*', allow_credentials=True)",
            True,
            True,
            "",
        ),
        ("CORSMiddleware(app, allow_origins=['https://a.example'])", False, False, ""),
        ("CORSMiddleware(app, allow_origins=settings.origins)", False, False, ""),
        (f"{FLASK}CORS(app)", True, False, ""),
        (f"{FLASK}CORS(app, origins=['https://a.example'])", False, False, ""),
        (f"{FLASK}CORS(app, resources={{'/api/*': {{'origins': '*'}}}})", True, False, ""),
        (f"{FLASK}@cross_origin(supports_credentials=True)\ndef a(): ...", True, True, ""),
        ("CORS_ALLOW_ALL_ORIGINS = True\nCORS_ALLOW_CREDENTIALS = True", True, True, ""),
        ("CORS_ALLOWED_ORIGINS = ['https://a.example']", False, False, ""),
        ("x = os.getenv('CORS_ORIGINS', '*')", True, False, "CORS_ORIGINS"),
        ("class S:\n    cors_origins: list[str] = ['*']", True, False, "CORS_ORIGINS"),
    ],
)
def test_python(text: str, anyone: bool, credentials: bool, default: str) -> None:
    assert setups(text) == [(anyone, credentials, default)]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("CORS_ALLOW_ALL_ORIGINS = True", "shop/settings/dev.py"),
        ("if '*' in origins:\n    CORSMiddleware(app, allow_origins=['*'])", "app.py"),
        ("CORS(app)", "app.py"),
        (f"{FLASK}CORS()", "app.py"),
    ],
)
def test_what_says_nothing(text: str, path: str) -> None:
    assert setups(text, path) == []


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("app.use(cors());", [(True, False)]),
        ("app.use(cors({ origin: '*' }));", [(True, False)]),
        ("app.use(cors({ origin: true, credentials: true }));", [(True, True)]),
        ("app.use(cors({ origin: ['https://a.example'] }));", [(False, False)]),
        ("app.use(cors(options));", []),
        ("// app.use(cors());", []),
    ],
)
def test_express(call: str, expected: list[tuple[bool, bool]]) -> None:
    text = f"const cors = require('cors');\n{call}\n"
    found = cors_code.in_javascript(text, "src/app.js")
    assert [(one.anyone, one.credentials) for one in found] == expected
    assert list(cors_code.in_javascript(call, "src/app.js")) == []
