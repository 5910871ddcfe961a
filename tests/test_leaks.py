"""No artifact ever holds a secret: not a file, not the terminal, not the channel of xdist."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.planting import TRAVELS, Leak, Search, secrets


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SERVER = """
import os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = f"{self.path}\\n{self.headers}\\n".encode() + body
        print(said.decode("utf-8", "replace"), flush=True)
        for name, value in sorted(os.environ.items()):
            if name.startswith("GIVEN"):
                print(name.lower(), value, repr(value), flush=True)
                said += value.encode()
        self.send_response(200 if self.path == "/" else 418)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Echo).serve_forever()
"""
TAP = """
import os
from pathlib import Path
from execnet.gateway_base import BaseGateway

original = BaseGateway._send

def tapped(self, msgcode, channelid=0, data=b""):
    with Path(os.environ["TAPPED"], f"{os.getpid()}.bin").open("ab") as file:
        file.write(data)
    return original(self, msgcode, channelid, data)

if original.__name__ != "tapped":
    BaseGateway._send = tapped
"""


BLIND = """
from pytest_readiness import redaction

redaction.Redactor.text = redaction.Redactor.known = lambda self, text: text
"""
FORMS = len(TRAVELS)
SAID = {
    "leaks-when-passing": 4 * FORMS + FORMS + 3,
    "leaks-in-assertions": 2,
    "leaks-in-errors": FORMS,
    "leaks-in-words": FORMS,
    "leaks-in-marks": 1,
    "leaks-in-warnings": FORMS + 1,
    "leaks-in-fixtures": 5 * FORMS,
    "leaks-in-teardown": 5 * FORMS,
    "leaks-in-ids": 1,
    "leaks-in-subtests": 4 * FORMS + 3,
    "leaks-in-extras": 3,
    "leaks-in-exchanges": 7,
}
"""How often a check of ``leaking.py`` says a secret at least, in whatever form."""
MANY = 200
"""Leaks that a failing test shows; the first would do."""


class Plot:
    """A team's folder whose every corner knows secrets, and an audit that leaks them."""

    def __init__(
        self,
        pytester: pytest.Pytester,
        monkeypatch: pytest.MonkeyPatch,
        outside: Path,
        planted_secrets: Mapping[str, str],
    ) -> None:
        self._pytester = pytester
        self.secrets = planted_secrets
        self.carriers = [
            [travel(one) for travel in TRAVELS.values()] for one in self.secrets.values()
        ]
        self.tapped = outside / "tapped"
        self.tapped.mkdir(parents=True)
        planted = outside / "planted.json"
        planted.write_text(
            json.dumps({"secrets": list(self.secrets.values()), "forms": self.carriers})
        )
        (outside / "tap.py").write_text(TAP)
        (outside / "blind.py").write_text(BLIND)
        monkeypatch.setenv("PLANTED", str(planted))
        monkeypatch.setenv("TAPPED", str(self.tapped))
        monkeypatch.setenv("PYTHONPATH", str(outside), prepend=os.pathsep)
        monkeypatch.syspath_prepend(outside)
        self._hide(monkeypatch)

    def _hide(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Give the secrets to the audit, each in one of the ways in which it learns them."""
        identities, variables, mounted = {}, {}, {}
        for number, value in enumerate(self.secrets.values()):
            name = f"PLANT_{number}"
            match number % 5:
                case 0:
                    monkeypatch.setenv(f"{name}_SECRET", value)
                case 1:
                    monkeypatch.setenv(name, value)
                    identities[f"one{number}"] = {"username": "a", "password": f"${{{name}}}"}
                case 2:
                    monkeypatch.setenv(name, value)
                    variables[f"GIVEN_{number}_TOKEN"] = f"${{{name}}}"
                case 3:
                    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
                    with (self._pytester.path / ".env").open("a", encoding="utf-8") as file:
                        file.write(f"{name}_PASSWORD='{quoted}'\n")
                case 4:
                    folder = self._pytester.path / "secrets"
                    folder.mkdir(exist_ok=True)
                    (folder / f"one{number}").write_text(value, encoding="utf-8")
                    mounted[f"one{number}"] = {"file": f"./secrets/one{number}"}
        path = self._pytester.path
        (path / "server.py").write_text(SERVER)
        (path / "compose.yaml").write_text(json.dumps({"services": {}, "secrets": mounted}))
        target = {
            "command": ["python", "server.py", "{port}"],
            "ready": "/",
            "environment": variables,
        }
        http = {"requests_per_second": 1000}
        (path / "readiness.yaml").write_text(
            json.dumps({"target": target, "identities": identities, "http": http})
        )
        (path / "readiness").mkdir()
        source = Path(__file__).with_name("leaking.py").read_text(encoding="utf-8")
        (path / "readiness" / "own.py").write_text(source, encoding="utf-8")

    def run(self, *options: str, in_process: bool = False) -> pytest.RunResult:
        """Audit; every file that it may leave is asked for."""
        given = {path for path in self._pytester.path.rglob("*") if path.is_file()}
        files = ("--junitxml=out/junit.xml", "--html=out/all.html", "--self-contained-html")
        command = ("--readiness", "-p", "tap", "-k", "own.py", *files, "--log-file=out/log.txt")
        if in_process:
            result = self._pytester.runpytest_inprocess(*command, *options)
        else:
            result = self._pytester.runpytest_subprocess(*command, *options, timeout=300)
        self.given = given
        return result

    def leaks(self, result: pytest.RunResult) -> list[Leak]:
        """Everything that is left of a secret anywhere."""
        search = Search(self.secrets)
        found = [
            *search.text("terminal", result.stdout.str()),
            *search.text("terminal's errors", result.stderr.str()),
            *search.files(self._pytester.path, self.given),
            *search.files(self.tapped),
        ]
        return list(dict.fromkeys(found))[:MANY]

    def plantings(self) -> int:
        """How often the checks that ran have said a secret, in whatever form."""
        journal = self._pytester.path / "readiness-report" / "findings.jsonl"
        findings = [json.loads(line) for line in journal.read_text().splitlines()]
        return sum(SAID[finding["check"]] for finding in findings)


@pytest.fixture
def plot(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Plot]:
    """Lay a plot around secrets."""
    return lambda planted: Plot(pytester, monkeypatch, tmp_path_factory.mktemp("outside"), planted)


MODES = {
    "long": (("-n0", "-l", "--tb=long", "-vv", "-ra", "-o", "log_cli=true"), False),
    "workers": (("-n2", "-rA"), False),
    "short": (("-n0", "-l", "--tb=short", "-rA"), True),
    "native": (("-n2", "--tb=native", "-v", "-l", "-rA"), False),
}


@pytest.mark.parametrize("mode", MODES)
def test_no_artifact_holds_a_secret(
    plot: Callable[..., Plot], mode: str, record_property: Callable[[str, object], None]
) -> None:
    options, in_process = MODES[mode]
    # Every mode has shapes of its own; ALL_LEAKS tries each with all, which takes minutes.
    part, parts = (0, 1) if os.environ.get("ALL_LEAKS") else (list(MODES).index(mode), len(MODES))
    made = plot(secrets(part, parts))

    result = made.run(*options, in_process=in_process)

    count = made.plantings()
    record_property("plantings", count)
    print(f"{count} plantings")  # noqa: T201 - it is shown with -rP
    assert count > 10_000 / len(MODES)
    assert "INTERNALERROR" not in result.stdout.str()
    assert made.leaks(result) == []


def test_the_search_finds_what_a_blind_audit_leaks(plot: Callable[..., Plot]) -> None:
    """The control: without redaction every place and every shape leaks."""
    made = plot(secrets(0, 4))

    result = made.run("-n2", "-p", "blind", "-rA", "-o", "log_cli=true", "-k", "own.py and 0-0")

    found = made.leaks(result)
    places = {leak.place.rpartition(".")[2] for leak in found}
    assert places >= {"terminal", "bin", "xml", "html", "json", "jsonl", "txt"}
    assert {leak.shape for leak in found} == set(list(made.secrets)[:1])
