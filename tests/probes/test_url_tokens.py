"""Credentials that sources read from URLs."""

from __future__ import annotations

import pytest

from pytest_readiness.probes import url_tokens
from pytest_readiness.probes.program import Program


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def a():\n    return request.args.get('api_key')", ["api_key"]),
        ("def a():\n    return request.query_params['access_token']", ["access_token"]),
        ("def a():\n    return request.GET['token']", ["token"]),
        ("def a(self):\n    return self.get_query_argument('jwt')", ["jwt"]),
        ("key = APIKeyQuery(name='k')", ["api_key"]),
        (
            "from fastapi import FastAPI\n@app.get('/a')\ndef a(jwt: str, token=Query('')): ...",
            ["jwt", "token"],
        ),
        (
            "from fastapi import FastAPI\n@app.get('/a/{token}')\ndef a(token: str): ...",
            [],
        ),
        (
            "from fastapi import FastAPI\n@app.get('/a')\ndef a(token: str = Header()): ...",
            [],
        ),
        ("def a():\n    return request.args.get('page_token')", []),
        ("def a():\n    return request.form.get('token')", []),
        ("def verify_address():\n    return request.args.get('token')", []),
        ("@app.get('/reset')\ndef a():\n    return request.args.get('token')", []),
        ("def a():\n    request.query_params['token'] = ''", []),
    ],
)
def test_credentials_in_queries(text: str, names: list[str]) -> None:
    module = Program({"a.py": text}).module("a.py")
    assert module is not None
    assert [one.name for one in url_tokens.find(module)] == names
