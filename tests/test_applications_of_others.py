"""What was learned on applications that nobody here wrote, each case on a small one of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness.model import Finding, Outcome, Reason
from tests.servers import Answer, Asked, serving


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.model import AuditReport

HTML = (("Content-Type", "text/html; charset=utf-8"),)
PAGE = b"<!doctype html><html><body><h1>Plants</h1></body></html>"
READS = {"/plants": {"get": {"responses": {"200": {"description": "all"}}}}}
WRITES = {"/plants": {"post": {"responses": {"201": {"description": "one more"}}}}}
SECURED = {
    "/plants": {"get": {"security": [{"key": []}], "responses": {"200": {"description": "all"}}}}
}


def site(asked: Asked) -> Answer:
    """Pages for people, a health endpoint in plain words, and nothing else."""
    match asked.path:
        case "/":
            return Answer(PAGE, headers=HTML)
        case "/health":
            return Answer(b"Ok", headers=HTML)
        case "/plants" if asked.method == "GET":
            return Answer([])
    return Answer(PAGE.replace(b"Plants", b"Error 404"), 404, HTML)


@pytest.fixture
def address() -> Iterator[str]:
    with serving(site) as url:
        yield url


@pytest.fixture
def audit(
    pytester: pytest.Pytester, record: Callable[[], AuditReport], address: str
) -> Callable[..., list[Finding]]:
    """Audit the site with one check, with or without consent; files stand beside it."""

    def run(check: str, *, consent: bool = True, settings: str = "", **files: str) -> list[Finding]:
        host = address.partition("://")[2]
        text = f"target: {{url: '{address}'}}\n"
        if consent:
            text += f"authorized: {{host: '{host}', by: the tests, until: 2999-12-31}}\n"
        (pytester.path / "readiness.yaml").write_text(text + settings, encoding="utf-8")
        for name, content in files.items():
            path = pytester.path / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        pytester.runpytest_inprocess(
            "--readiness", "-m", f"readiness(id={check!r})", "-p", "no:cacheprovider"
        )
        return record().findings

    return run


def document(paths: dict[str, Any], **components: Any) -> str:
    info = {"title": "Plants", "version": "1"}
    return json.dumps({"openapi": "3.1.0", "info": info, "paths": paths, "components": components})


def outcomes(findings: list[Finding]) -> set[Outcome]:
    return {finding.outcome for finding in findings}


@pytest.mark.parametrize("check", ["unhealthy", "unreachable-target", "soft-not-found"])
def test_plain_words_and_pages_are_fine_where_the_system_is_one_of_pages(
    audit: Callable[..., list[Finding]], check: str
) -> None:
    assert outcomes(audit(check)) == {Outcome.PASSED}


def test_errors_are_forced_without_a_document_too(audit: Callable[..., list[Finding]]) -> None:
    assert outcomes(audit("verbose-errors")) == {Outcome.PASSED}


def test_without_a_health_endpoint_only_one_check_fails(
    pytester: pytest.Pytester, record: Callable[[], AuditReport]
) -> None:
    with serving(lambda _: Answer({"error": "nothing here"}, 404)) as url:
        pytester.makefile(".yaml", readiness=f"target: {{url: '{url}'}}\n")
        pytester.runpytest_inprocess("--readiness", "-k", "test_health", "-p", "no:cacheprovider")
    found = {finding.check: finding for finding in record().findings}
    assert found["unhealthy"].outcome is Outcome.FAILED
    assert found["slow-health"].reason is Reason.BLOCKED


# --- what cannot apply ---------------------------------------------------------------------------


@pytest.mark.parametrize("consent", [True, False])
@pytest.mark.parametrize("check", ["jwt-alg-none", "refresh-token-as-access"])
def test_token_checks_do_not_apply_where_no_source_speaks_of_tokens(
    audit: Callable[..., list[Finding]], check: str, consent: bool
) -> None:
    found = audit(check, consent=consent, app_dot_py="import http.server\nSITE = 'San Jose'\n")
    assert outcomes(found) == {Outcome.NOT_APPLICABLE}
    assert "source and dependency files" in found[0].message
    assert not any(finding.declared for finding in found)


@pytest.mark.parametrize(
    ("settings", "files"),
    [
        pytest.param("", {}, id="there is no source to look at"),
        pytest.param("", {"app_dot_py": "from jose import jwt\n"}, id="the source speaks of them"),
        pytest.param(
            "", {"app_dot_py": "", "requirements_dot_txt": "PyJWT==2.6.0\n"}, id="a dependency does"
        ),
        pytest.param(
            "auth: {login: POST /login}\n", {"app_dot_py": ""}, id="the settings tell of a login"
        ),
        pytest.param(
            "openapi: openapi.json\n",
            {
                "app_dot_py": "",
                "openapi_dot_json": document(
                    SECURED, securitySchemes={"key": {"type": "http", "scheme": "bearer"}}
                ),
            },
            id="the document tells of one",
        ),
    ],
)
def test_token_checks_stay_unverified_where_somebody_may_log_in(
    audit: Callable[..., list[Finding]], settings: str, files: dict[str, str]
) -> None:
    assert outcomes(audit("jwt-alg-none", settings=settings, **files)) == {Outcome.SKIPPED}


@pytest.mark.parametrize("check", ["jwt-alg-none", "mock-mode-on", "broken-login-journey"])
def test_a_url_without_settings_is_not_judged_by_what_stands_here(
    pytester: pytest.Pytester, record: Callable[[], AuditReport], address: str, check: str
) -> None:
    pytester.makepyfile(app="import http.server")
    selection = ("-m", f"readiness(id={check!r})", "-p", "no:cacheprovider")
    pytester.runpytest_inprocess("--readiness", "--readiness-target", address, *selection)
    assert outcomes(record().findings) == {Outcome.SKIPPED}


def test_a_registration_is_not_missed_only_where_the_document_has_none(
    audit: Callable[..., list[Finding]],
) -> None:
    assert outcomes(audit("broken-login-journey")) == {Outcome.SKIPPED}
    told = {"settings": "openapi: openapi.json\n", "openapi_dot_json": document(SECURED)}
    assert outcomes(audit("broken-login-journey", **told)) == {Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize("check", ["auth-disabled", "unauthenticated-operation"])
@pytest.mark.parametrize(
    ("paths", "outcome"),
    [(READS, Outcome.NOT_APPLICABLE), ({**READS, **WRITES}, Outcome.SKIPPED)],
    ids=["only reads", "anybody may write"],
)
def test_a_login_is_not_missed_only_where_the_documented_api_changes_nothing(
    audit: Callable[..., list[Finding]], check: str, paths: dict[str, Any], outcome: Outcome
) -> None:
    merged = {"/plants": {**paths["/plants"], **READS["/plants"]}}
    found = audit(check, settings="openapi: openapi.json\n", openapi_dot_json=document(merged))
    assert outcomes(found) == {outcome}


def test_without_a_document_a_login_stays_unverified_and_the_reason_says_what_to_do(
    audit: Callable[..., list[Finding]],
) -> None:
    found = audit("auth-disabled", app_dot_py="import http.server\n")
    assert outcomes(found) == {Outcome.SKIPPED}
    assert "identities" in found[0].message
    assert "not_applicable" in found[0].message


def test_no_consent_is_needed_to_say_that_no_model_is_asked(
    audit: Callable[..., list[Finding]],
) -> None:
    found = audit("mock-mode-on", consent=False, app_dot_py="import http.server\n")
    assert outcomes(found) == {Outcome.NOT_APPLICABLE}


def test_refresh_tokens_do_not_apply_where_a_login_was_seen_to_give_none(
    pytester: pytest.Pytester, record: Callable[[], AuditReport]
) -> None:
    def with_a_login(asked: Asked) -> Answer:
        if asked.method == "POST":
            return Answer({"token": "0123456789abcdef"})
        known = asked.headers["Authorization"] == "Bearer 0123456789abcdef"
        return Answer({"name": "ada"}) if known else Answer({"error": "who are you?"}, 401)

    with serving(with_a_login) as url:
        host = url.partition("://")[2]
        pytester.makefile(
            ".yaml",
            readiness=f"target: {{url: '{url}'}}\nauth: {{login: POST /login}}\n"
            "identities: {user: {username: ada, password: only-for-tests-7f3k}}\n"
            "operations: {protected: GET /me}\n"
            f"authorized: {{host: '{host}', by: the tests, until: 2999-12-31}}\n",
        )
        selection = "readiness(id='refresh-token-as-access')"
        pytester.runpytest_inprocess("--readiness", "-m", selection, "-p", "no:cacheprovider")
    assert outcomes(record().findings) == {Outcome.NOT_APPLICABLE}


# --- what must not happen ------------------------------------------------------------------------


@pytest.mark.parametrize("ini", ["", "testpaths = tests\n"])
@pytest.mark.parametrize("arguments", [(), ("-n", "2")])
def test_the_conftest_of_their_tests_is_not_imported(
    pytester: pytest.Pytester,
    record: Callable[[], AuditReport],
    ini: str,
    arguments: tuple[str, ...],
) -> None:
    pytester.makepyfile(**{"tests/conftest": "import a_plugin_that_is_not_installed_here"})
    pytester.makeconftest("import os\nos.environ['ROOT_CONFTEST_WAS_READ'] = 'yes'\n")
    pytester.makefile(".ini", pytest=f"[pytest]\n{ini}")
    result = pytester.runpytest_subprocess("--readiness", *arguments, timeout=60)
    assert result.ret == 12  # no target
    assert record().findings


def test_the_root_conftest_is_imported_all_the_same(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_report_header():\n    return 'the root conftest is here'\n")
    result = pytester.runpytest_subprocess("--readiness", "--collect-only", timeout=60)
    result.stdout.fnmatch_lines(["the root conftest is here"])


# --- what browsers heed, where there is nothing for browsers -------------------------------------


def plain_api(asked: Asked) -> Answer:
    """JSON and no pages; it lets one origin read, and says which to nobody else."""
    cross = (("Vary", "Origin"),)
    known = asked.path == "/api/health"
    return Answer({"status": "ok"} if known else {"error": "no"}, 200 if known else 404, cross)


@pytest.fixture
def judged(
    pytester: pytest.Pytester, record: Callable[[], AuditReport]
) -> Callable[..., list[Finding]]:
    """Judge a server by one check, without consent."""

    def run(check: str, decide: Callable[[Asked], Answer]) -> list[Finding]:
        with serving(decide) as url:
            pytester.makefile(".yaml", readiness=f"target: {{url: '{url}'}}\n")
            pytester.runpytest_inprocess(
                "--readiness", "-m", f"readiness(id={check!r})", "-p", "no:cacheprovider"
            )
        return record().findings

    return run


@pytest.mark.parametrize("check", ["weak-content-policy", "frameable-page", "telling-referrer"])
def test_what_is_about_pages_does_not_apply_to_an_api_without_any(
    judged: Callable[..., list[Finding]], check: str
) -> None:
    assert outcomes(judged(check, plain_api)) == {Outcome.NOT_APPLICABLE}


@pytest.mark.parametrize("check", ["lookalike-cors", "missing-vary-origin"])
def test_a_list_of_origins_that_nobody_shows_is_not_judged(
    judged: Callable[..., list[Finding]], check: str
) -> None:
    (finding,) = judged(check, plain_api)
    assert finding.outcome is Outcome.SKIPPED
    assert "its answers differ by origin" in finding.message
    (finding,) = judged(check, site)
    assert finding.outcome is Outcome.NOT_APPLICABLE


def test_hsts_does_not_apply_to_plain_http_on_loopback(
    judged: Callable[..., list[Finding]],
) -> None:
    found = judged("missing-hsts", plain_api)
    assert outcomes(found) == {Outcome.NOT_APPLICABLE}
    assert "plain http on this machine" in found[0].message


def test_an_api_and_its_errors_are_judged_without_a_page(
    judged: Callable[..., list[Finding]],
) -> None:
    found = {finding.subject: finding.outcome for finding in judged("missing-nosniff", plain_api)}
    failed, no = Outcome.FAILED, Outcome.NOT_APPLICABLE
    assert found == {"api": failed, "error": failed, "page": no}


def test_a_path_that_redirects_is_no_error(judged: Callable[..., list[Finding]]) -> None:
    def moved(asked: Asked) -> Answer:
        if asked.path in {"/", "/health"}:
            return site(asked)
        return Answer(b"", 303, (("Location", "/"),))

    found = {finding.subject: finding.outcome for finding in judged("missing-nosniff", moved)}
    assert found["error"] is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("check", ["exposed-file", "debug-mode"])
def test_a_server_that_repeats_what_it_was_asked_serves_no_files(
    judged: Callable[..., list[Finding]], check: str
) -> None:
    def repeats(asked: Asked) -> Answer:
        return Answer(f"You asked for {asked.target}.\n".encode(), headers=HTML)

    assert outcomes(judged(check, repeats)) == {Outcome.PASSED}


TOKENS = "openapi: openapi.json\nidentities: {user: {token: 0123456789abcdef}}\n"


@pytest.mark.parametrize(
    "check",
    [
        *("default-credentials", "account-enumeration", "unlimited-logins"),
        *("refresh-token-as-access", "replayable-refresh-token"),
    ],
)
def test_logins_are_not_missed_where_callers_are_given_their_tokens(
    audit: Callable[..., list[Finding]], check: str
) -> None:
    found = audit(check, settings=TOKENS, openapi_dot_json=document(SECURED))
    assert outcomes(found) == {Outcome.NOT_APPLICABLE}
    assert "given their tokens" in found[0].message


@pytest.fixture
def pages_for_members(
    pytester: pytest.Pytester, record: Callable[[], AuditReport]
) -> Iterator[Callable[[str], list[Finding]]]:
    """A site of pages that answers 200 to everybody, knows `guest`, and says so in words."""

    def page(asked: Asked) -> Answer:
        if asked.method == "POST":
            right = b"username=guest&password=guest" in asked.body
            cookie = (("Set-Cookie", "pass=0123456789abcdef; Path=/"),) if right else ()
            return Answer(b"<p>Welcome</p>" if right else b"<p>Failed</p>", headers=HTML + cookie)
        known = "pass=0123456789abcdef" in (asked.headers["Cookie"] or "")
        inside = b"<h1>Site</h1><p>You are <b>guest</b></p>"
        return Answer(inside if known else b"<h1>Site</h1><a>Log in</a>", headers=HTML)

    with serving(page) as url:
        host = url.partition("://")[2]
        pytester.makefile(
            ".yaml",
            readiness=(
                f"target: {{url: '{url}'}}\n"
                f"authorized: {{host: '{host}', by: the tests, until: 2999-12-31}}\n"
                "auth:\n"
                "  login: {operation: POST /in, form: {username: '{username}',"
                " password: '{password}'}}\n"
                "  token: {place: cookie, name: pass}\n"
                "identities: {user: {username: guest, password: guest}}\n"
                "operations: {protected: GET /home}\n"
            ),
        )

        def run(check: str) -> list[Finding]:
            chosen = ("-m", f"readiness(id={check!r})", "-p", "no:cacheprovider")
            pytester.runpytest_inprocess("--readiness", *chosen)
            return record().findings

        yield run


def test_pages_that_greet_a_member_tell_a_login_from_none(
    pages_for_members: Callable[[str], list[Finding]],
) -> None:
    assert outcomes(pages_for_members("auth-disabled")) == {Outcome.PASSED}


def test_usual_passwords_are_tried_where_an_account_is_told_and_none_can_be_registered(
    pages_for_members: Callable[[str], list[Finding]],
) -> None:
    found = pages_for_members("default-credentials")
    assert outcomes(found) == {Outcome.FAILED}
    assert "'guest'" in found[0].message


def test_a_check_that_needs_an_account_of_its_own_says_how_to_let_it_have_one(
    pages_for_members: Callable[[str], list[Finding]],
) -> None:
    found = pages_for_members("unlimited-logins")
    assert outcomes(found) == {Outcome.SKIPPED}
    assert "auth: {register: POST /path}" in found[0].message
    assert "::" not in found[0].message
