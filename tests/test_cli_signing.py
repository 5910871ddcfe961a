"""The life of a certificate, as somebody types it: key, record, sign-off, attestation, change."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_readiness import configuration
from pytest_readiness.cli import USAGE_ERROR, main
from pytest_readiness.model import Exchange, Provenance, SignOffRules
from pytest_readiness.publish import publish
from pytest_readiness.reports.json import parse
from pytest_readiness.signing import PASSPHRASE, read_private
from tests.runs import FAILED, PASSED, WARNED, run_of


COMMIT = "4c1f0e6a9b2d7f8091a2b3c4d5e6f708192a3b4c"
GOOD = run_of(
    (20, PASSED, "P0", "security"), (1, WARNED, "P1", "backend"), owners=(("backend", "ann"),)
)


class Here:
    """A folder with a key, a configuration and the record of an audit of it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.run(0, "keygen", "--output", "keys")
        self.key = "keys/readiness.key"
        self.public = Path("keys/readiness.pub").read_text("utf-8").strip()
        settings = f'attestation: {{keys: ["{self.public}"]}}\n'
        Path("readiness.yaml").write_text(settings, encoding="utf-8")
        self.record("report", GOOD)

    def record(self, folder: str, run, **more) -> Path:
        files = configuration.files(Path("readiness.yaml"), Path(), {})
        origin = Provenance(configuration=configuration.digest(files), files=files)
        report = run.report(**({"commit": COMMIT, "provenance": origin} | more))
        Path(folder).mkdir()
        return publish(report, Path(folder), ["json"])[0]

    def run(self, code: int, *words: str) -> str:
        """Run a command that has to end with this code; what it said."""
        assert main(words) == code
        said = self._capsys.readouterr()
        return said.out + said.err

    def sign_off(self, code: int, *more: str, record: str = "report/readiness.json") -> str:
        return self.run(code, "sign-off", record, "--by", "Ann", *more)

    def attest(self, code: int = 0, record: str = "report/readiness.json") -> str:
        return self.run(code, "attest", record, "--key", self.key)

    def verify(self, code: int, *more: str) -> str:
        return self.run(code, "verify", "report/attestation.json", *more)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> Here:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(PASSPHRASE, raising=False)
    return Here(tmp_path, capsys)


def test_a_key_is_never_replaced_and_can_be_locked(here: Here, monkeypatch) -> None:
    before = Path(here.key).read_bytes()
    assert "a key is never replaced" in here.run(USAGE_ERROR, "keygen", "--output", "keys")
    assert Path(here.key).read_bytes() == before
    monkeypatch.setenv(PASSPHRASE, "correct horse")
    assert "locked with a passphrase" in here.run(0, "keygen", "--output", "locked")
    assert read_private(Path("locked/readiness.key"), "correct horse").public
    monkeypatch.delenv(PASSPHRASE)
    said = here.run(USAGE_ERROR, "attest", "report/readiness.json", "--key", "locked/readiness.key")
    assert f"give its passphrase in {PASSPHRASE}" in said


def test_an_attestation_holds_until_something_changes(here: Here) -> None:
    assert "CONDITIONAL GO, readiness-" in here.attest()
    everything = ("--record", "report/readiness.json", "--commit", COMMIT[:9], "--config")
    said = here.verify(0, *everything, "readiness.yaml")
    assert "compared: record, commit, configuration\nnot compared: images" in said
    Path("waivers.yaml").write_text("[]", encoding="utf-8")
    path = Path("report/readiness.json")
    path.write_bytes(path.read_bytes().replace(b"WARNED", b"PASSED").replace(b'"shop"', b'"ship"'))
    said = here.verify(1, *everything, "readiness.yaml", "--commit", "0" * 7)
    assert "another record: sha256:" in said
    assert "another commit: 0000000" in said
    assert "configuration: waivers.yaml is new" in said


def test_a_changed_attestation_is_not_valid(here: Here) -> None:
    here.attest()
    path = Path("report/attestation.json")
    text = path.read_text("utf-8")
    signature = json.loads(text)["signatures"][0]["sig"]
    changed = ("B" if signature[0] == "A" else "A") + signature[1:]
    path.write_text(text.replace(signature, changed), encoding="utf-8")
    assert "its signature does not fit" in here.verify(1)
    path.write_text(text.replace("  ", "   "), encoding="utf-8")
    assert "it is not as it was written" in here.verify(1)
    path.write_text("{}", encoding="utf-8")
    assert "expected a DSSE envelope" in here.verify(USAGE_ERROR)


def test_whose_signature_counts_is_said_by_option_or_settings(here: Here) -> None:
    here.attest()
    here.run(0, "keygen", "--output", "other")
    assert "none of those that count" in here.verify(1, "--key", "other/readiness.pub")
    here.verify(0, "--key", "other/readiness.pub", "--key", here.public)
    assert "expected a public key" in here.verify(USAGE_ERROR, "--key", here.key)
    Path("readiness.yaml").write_text("version: 1\n", encoding="utf-8")
    assert "attestation.keys names no key" in here.verify(USAGE_ERROR)
    Path("readiness.yaml").unlink()
    assert "whose signature counts?" in here.verify(USAGE_ERROR)


def test_an_attestation_beside_another_record_is_not_valid(here: Here) -> None:
    here.attest()
    assert "compared: record\n" in here.verify(0)
    here.record("later", GOOD, commit="0" * 40)
    Path("later/readiness.json").replace("report/readiness.json")
    assert "not valid: another record" in here.verify(1)


def test_an_attestation_beside_a_copy_says_what_that_is(here: Here) -> None:
    here.attest()
    here.run(0, "report", "report/readiness.json", "--without-evidence", "--output", "shared")
    Path("report/attestation.json").replace("shared/attestation.json")
    said = here.run(0, "verify", "shared/attestation.json")
    assert "a copy without evidence, which nobody has signed" in said
    assert "not compared: record" in said
    copy = ("--record", "shared/readiness.json")
    assert "another record" in here.run(1, "verify", "shared/attestation.json", *copy)


def test_a_verdict_can_be_required(here: Here) -> None:
    here.attest()
    here.verify(0, "--require", "CONDITIONAL")
    assert "the verdict is CONDITIONAL GO, required is GO" in here.verify(1, "--require", "GO")


def test_without_a_key_nothing_is_called_an_attestation(here: Here) -> None:
    said = here.run(0, "attest", "report/readiness.json", "--unsigned")
    assert "so it proves nothing" in said
    assert not Path("report/attestation.json").exists()
    statement = json.loads(Path("report/statement.json").read_text("utf-8"))
    assert statement["predicate"]["result"] == "WARNED"
    assert "DSSE" in here.run(USAGE_ERROR, "verify", "report/statement.json")


def test_a_polished_record_is_not_attested(here: Here) -> None:
    report = GOOD.report()
    polished = replace(report, scorecard=replace(report.scorecard, readiness=1000))
    Path("polished").mkdir()
    publish(polished, Path("polished"), ["json"])
    said = here.attest(1, record="polished/readiness.json")
    assert "does not follow from its findings: scorecard.readiness: recorded 1000" in said


def test_sign_offs_are_gathered_and_attested(here: Here) -> None:
    said = here.sign_off(0, "--role", "security", "--comment", "after the drill")
    assert "security: approved by Ann on 20" in said
    assert "operations: missing" in said
    said = here.sign_off(1, "--role", "operations", "--key", here.key, "--reject")
    assert "not listed for this role" in said
    assert "operations: rejected by Ann" in here.sign_off(0, "--role", "operations", "--reject")
    here.attest()
    assert "not signed off by technical lead, product owner\n" in here.verify(0)


def test_where_a_role_has_keys_it_signs(here: Here) -> None:
    rules = SignOffRules(roles=("security",), keys={"security": (here.public,)})
    record = str(here.record("guarded", GOOD, sign_off=rules))
    assert "it is not signed" in here.sign_off(1, "--role", "security", record=record)
    said = here.sign_off(0, "--role", "security", "--key", here.key, record=record)
    assert said.endswith(", signed\n")
    here.attest(record=record)
    said = here.run(0, "verify", "guarded/attestation.json")
    assert "not signed off" not in said
    with Path(record).open("a", encoding="utf-8") as file:
        file.write("\n")
    said = here.run(0, "report", record, "--format", "json", "--output", "again")
    assert "security: missing" in said
    assert "it is about another record" in said


def test_what_cannot_be_approved_can_be_rejected(here: Here) -> None:
    record = str(here.record("bad", run_of((1, FAILED, "P0", "security"))))
    said = here.sign_off(1, "--role", "security", record=record)
    assert "the verdict is NO-GO: it can be rejected, not approved" in said
    assert not Path("bad/sign-offs.json").exists()
    assert "security: rejected" in here.sign_off(0, "--role", "security", "--reject", record=record)


@pytest.mark.parametrize("words", [["--role", "intern"], ["--role", "  "]])
def test_a_role_that_nobody_knows_is_not_written(here: Here, words: list[str]) -> None:
    here.sign_off(USAGE_ERROR if words[1].isspace() else 1, *words)
    assert not Path("report/sign-offs.json").exists()


def test_a_copy_for_others_has_no_evidence_and_does_not_replace_the_record(here: Here) -> None:
    seen = Exchange("GET http://inside/", "200", "curl http://inside/", 3)
    run = replace(GOOD, findings=tuple(replace(one, evidence=(seen,)) for one in GOOD.findings))
    record = here.record("full", run)
    before = record.read_bytes()
    said = here.run(USAGE_ERROR, "report", str(record), "--without-evidence")
    assert "give --output DIR" in said
    here.run(0, "report", str(record), "--without-evidence", "--output", "shared")
    copy = Path("shared/readiness.json").read_text("utf-8")
    assert b"inside" in before
    assert "inside" not in copy
    assert record.read_bytes() == before
    assert parse(copy).full_record.startswith("sha256:")
    here.run(0, "recompute", "shared/readiness.json")
    assert "attest the full record" in here.attest(1, record="shared/readiness.json")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify", "none.json", "--key", "keys/readiness.pub"], "none.json: No such file"),
        (["attest", "none.json", "--unsigned"], "none.json: No such file"),
        (["attest", "readiness.yaml", "--unsigned"], "readiness.yaml: "),
        (["attest", "report/readiness.json", "--key", "none.key"], "none.key: No such file"),
        (["attest", "report/readiness.json", "--key", "readiness.yaml"], "expected a PEM file"),
        (["sign-off", "none.json", "--role", "security", "--by", "A"], "none.json: No such file"),
        (["sign-off", "report/readiness.json", "--role", "security", "--by", ""], "--by: "),
    ],
)
def test_what_cannot_be_used_is_said(here: Here, words: list[str], said: str) -> None:
    assert said in here.run(USAGE_ERROR, *words)


@pytest.mark.parametrize(
    "words", [["--commit", "main"], ["--image", "shop:1"], ["--valid-days", "0"]]
)
def test_wrong_words_are_refused_at_once(here: Here, capsys, words: list[str]) -> None:
    command = "attest" if "--valid-days" in words else "verify"
    with pytest.raises(SystemExit):
        main([command, "report/readiness.json", "--key", here.key, *words])
    assert "expected" in capsys.readouterr().err


def test_broken_sign_offs_are_not_written_over(here: Here) -> None:
    path = Path("report/sign-offs.json")
    path.write_text("{", encoding="utf-8")
    assert "report/sign-offs.json: file: Invalid JSON" in here.sign_off(
        USAGE_ERROR, "--role", "security"
    )
    assert "sign-offs.json" in here.attest(USAGE_ERROR)
    assert path.read_text("utf-8") == "{"
