"""Places that accept any certificate."""

from __future__ import annotations

import pytest

from pytest_readiness.probes import peers
from pytest_readiness.probes.program import Program


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "RUN curl -fsSLk https://a.example/x | sh"),
        ("Dockerfile", "RUN curl -o x \\\n  --insecure https://a.example/x"),
        ("deploy.sh", "wget --no-check-certificate https://a.example/x"),
        (".github/workflows/ci.yml", "  GIT_SSL_NO_VERIFY: true"),
        ("Makefile", "\tgit -c http.sslVerify=false clone https://a.example/x"),
        (".npmrc", "strict-ssl=false"),
        (".env.production", "NODE_TLS_REJECT_UNAUTHORIZED=0"),
        ("src/a.ts", "process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';"),
        ("src/a.js", "const agent = new https.Agent({rejectUnauthorized: false})"),
        ("main.go", "tls.Config{InsecureSkipVerify: true}"),
        ("a.rb", "http.verify_mode = OpenSSL::SSL::VERIFY_NONE"),
        ("a.php", "curl_setopt($c, CURLOPT_SSL_VERIFYPEER, false);"),
    ],
)
def test_text_that_switches_verification_off(path: str, text: str) -> None:
    assert peers.is_read(path)
    assert len(list(peers.in_text(text, path))) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "HEALTHCHECK CMD curl -k https://localhost:8443/health"),
        ("Dockerfile", "# RUN curl -k https://a.example"),
        ("Dockerfile", "RUN curl -fsS --retry 3 https://a.example/k -o k"),
        ("deploy.sh", "curl --key client.pem https://a.example"),
        (".env.production", "NODE_TLS_REJECT_UNAUTHORIZED=1"),
        ("src/a.js", "new https.Agent({rejectUnauthorized: settings.verify})"),
        ("src/a.js", "// rejectUnauthorized: false"),
        ("main.go", "tls.Config{InsecureSkipVerify: true, VerifyPeerCertificate: own}"),
    ],
)
def test_text_that_does_not(path: str, text: str) -> None:
    assert list(peers.in_text(text, path)) == []


@pytest.mark.parametrize("path", [".env.example", ".env.development", "notes.md", "app.py"])
def test_other_files_are_not_read(path: str) -> None:
    assert not peers.is_read(path)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("session.verify = False\n", [1]),
        ("context.verify_mode = ssl.CERT_NONE\n", [1]),
        ("urllib3.PoolManager(cert_reqs='CERT_NONE')\n", [1]),
        ("import aiohttp\nsession.get(url, ssl=False)\n", [2]),
        ("Elasticsearch(url, verify_certs=False)\n", [1]),
        ("os.environ['PYTHONHTTPSVERIFY'] = '0'\n", [1]),
        ("if insecure:\n    context.verify_mode = ssl.CERT_NONE\n", []),
        ("session.get(url, ssl=False)\n", []),
        ("Elasticsearch('https://localhost:9200', verify_certs=False)\n", []),
        ("session.verify = ca\n", []),
    ],
)
def test_python(source: str, lines: list[int]) -> None:
    module = Program({"a.py": source}).module("a.py")
    assert module is not None
    assert [one.location.line for one in peers.in_python(module)] == lines
