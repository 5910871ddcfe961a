"""No artifact ever holds a secret: not a file, not the terminal, not the channel of xdist."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.redaction import MASK
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
LATE = """
import pytest
from pytest_readiness import *
from pytest_readiness import stash
pytestmark = suite(Phase.SECURITY, Domain.SECURITY)
TOKEN = "late-" + "".join(["7Gq2", "LmZx", "91Wc"])

@check("early", P1)
def test_early(record_property):
    \"\"\"Quiet.\"\"\"
    record_property("seen", TOKEN)
    print(TOKEN)
    warn(TOKEN)
    assert TOKEN == ""

@check("late", P1)
def test_late(pytestconfig):
    \"\"\"Quiet.\"\"\"
    pytestconfig.stash[stash.REDACTOR].add(TOKEN)
"""
SHARED = (
    LATE
    + """
@check("other", P1)
def test_other():
    \"\"\"Quiet.\"\"\"
    wait()
    print(TOKEN)
    assert TOKEN == ""

import time
from pathlib import Path

def wait():
    for _ in range(200):
        if Path("learned").exists():
            return
        time.sleep(0.1)

def test_early():
    pass

@check("late", P1)
def test_late(pytestconfig):
    \"\"\"Quiet.\"\"\"
    pytestconfig.stash[stash.REDACTOR].add(TOKEN)

@pytest.fixture(autouse=True)
def _tell(request):
    yield
    if request.node.name == "test_late":
        time.sleep(0.5)
        Path("learned").touch()
"""
)
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
MANY = 20
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
        self.given: set[Path] = set()
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
        self.given = {path for path in self._pytester.path.rglob("*") if path.is_file()}
        files = ("--junitxml=out/junit.xml", "--html=out/all.html", "--self-contained-html")
        command = ("--readiness", "-k", "own.py", *files, "--log-file=out/log.txt", *options)
        if in_process:  # without the tap: it would stay in this process, a worker perhaps
            return self._pytester.runpytest_inprocess(*command)
        return self._pytester.runpytest_subprocess("-p", "tap", *command, timeout=300)

    def leaks(self, result: pytest.RunResult) -> list[Leak]:
        """Everything that is left of a secret anywhere."""
        search = Search(self.secrets)
        found = [
            *search.text("terminal", result.stdout.str()),
            *search.text("terminal's errors", result.stderr.str()),
            *search.files(self._pytester.path, self.given),
            *search.files(self.tapped),
        ]
        return list(dict.fromkeys(found))

    def leaks_in_files(self) -> list[Leak]:
        """What is left in the files of the run."""
        return list(Search(self.secrets).files(self._pytester.path, self.given))

    def written(self) -> str:
        """All text that the run has written into the folder."""
        new = {path for path in self._pytester.path.rglob("*") if path.is_file()} - self.given
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in new)

    def raw(self) -> str:
        """Everything that went over the channels of xdist."""
        return "".join(path.read_text("latin-1") for path in self.tapped.iterdir())

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
    assert made.leaks(result)[:MANY] == []


def test_the_search_finds_what_a_blind_audit_leaks(plot: Callable[..., Plot]) -> None:
    """The control: without redaction every place and every shape leaks."""
    made = plot(secrets(0, 4))

    result = made.run("-n2", "-p", "blind", "-rA", "-k", "own.py and (passing or 0-0)")

    found = made.leaks(result)
    places = {leak.place.rpartition(".")[2] for leak in found}
    assert places >= {"terminal", "bin", "xml", "html", "json", "jsonl", "txt"}
    assert {leak.shape for leak in found} == set(made.secrets)


ENDINGS = {
    "a module that cannot be collected": ("readiness/broken.py", "raise ValueError(SECRET)\n"),
    "a conftest that cannot be loaded": ("conftest.py", "raise ValueError(SECRET)\n"),
    "a hook that breaks": (
        "conftest.py",
        "def pytest_runtest_logfinish(nodeid):\n    raise ValueError(SECRET)\n",
    ),
    "an interrupt": ("readiness/other.py", "def test_it():\n    raise KeyboardInterrupt(SECRET)\n"),
    "an exit": ("readiness/other.py", "def test_it():\n    pytest.exit(SECRET)\n"),
    "a crash": ("readiness/other.py", "def test_it():\n    print(SECRET)\n    os._exit(3)\n"),
    "ids by hand": (
        "readiness/other.py",
        "@pytest.mark.parametrize('n', [1], ids=[SECRET])\ndef test_it(n):\n    pass\n",
    ),
    "properties of the suite": (
        "readiness/other.py",
        """def test_it(record_testsuite_property, record_xml_attribute):
    record_testsuite_property('key', SECRET)
    record_xml_attribute('key', SECRET)
""",
    ),
    "a warning while collecting": (
        "readiness/other.py",
        "import warnings\nwarnings.warn(SECRET)\ndef test_it():\n    pass\n",
    ),
}
HEAD = (
    "import json, os, pytest\n"
    "SECRET = ' '.join(json.load(open(os.environ['PLANTED']))['secrets'])\n"
)


PARALLEL = {
    "a module that cannot be collected",
    "a hook that breaks",
    "a crash",
    "a warning while collecting",
}
"""What other processes have to be told of; an inner run with workers takes seconds."""


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_way_to_end_shows_a_secret(
    plot: Callable[..., Plot], pytester: pytest.Pytester, ending: str
) -> None:
    workers = "-n2" if ending in PARALLEL else "-n0"
    made = plot(secrets(list(ENDINGS).index(ending), 4))
    (pytester.path / "readiness" / "own.py").unlink()
    name, source = ENDINGS[ending]
    (pytester.path / "readiness" / "other.py").write_text("def test_it():\n    pass\n")
    (pytester.path / name).write_text(HEAD + source, encoding="utf-8")
    # Under xdist the command line itself goes over the channel: docs/security.md says so.
    given = ["--metadata", "NOTE", next(iter(made.secrets.values()))] if workers == "-n0" else []

    result = made.run(workers, "-k", "other.py or broken.py", "-v", *given)

    assert MASK in result.stdout.str() + result.stderr.str() + made.written()
    assert made.leaks(result)[:MANY] == []


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_what_was_found_before_a_secret_was_known_is_cleaned(
    plot: Callable[..., Plot], pytester: pytest.Pytester, workers: str
) -> None:
    made = plot({})
    token = "late-7Gq2LmZx91Wc"  # noqa: S105 - planted
    made.secrets = {"plain": token}
    (pytester.path / "readiness" / "own.py").write_text(LATE, encoding="utf-8")

    made.run(workers, "--dist=loadfile")

    assert "7Gq2LmZx91Wc" in made.raw() or workers == "-n0"
    assert made.leaks_in_files()[:MANY] == []


def test_a_secret_that_one_worker_learned_is_known_to_the_others(
    plot: Callable[..., Plot], pytester: pytest.Pytester
) -> None:
    made = plot({})
    made.secrets = {"plain": "late-7Gq2LmZx91Wc"}
    (pytester.path / "readiness" / "own.py").write_text(SHARED, encoding="utf-8")

    result = made.run("-n2")

    assert MASK in made.written()
    assert made.leaks(result)[:MANY] == []


def test_an_error_of_the_settings_shows_no_secret(
    plot: Callable[..., Plot], pytester: pytest.Pytester
) -> None:
    made = plot(secrets(1, 4))
    places = "deadline: {0}\ntarget: {{url: {0}, port: {0}, {0}: 1}}\npublic: [{0}]\n"
    value = json.dumps(next(iter(made.secrets.values())))
    (pytester.path / "readiness.yaml").write_text(places.format(value), encoding="utf-8")

    result = made.run()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert MASK in result.stderr.str()
    assert made.leaks(result)[:MANY] == []
