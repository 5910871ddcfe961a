"""What strangers are given that is not meant for them."""

from pytest_readiness import P0, P1, P2, P3, Domain, Phase, check, fail, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check("exposed-file", P0, change="infra", refs=("EXP-03", "ASVS 13.4.1", "ASVS 13.4.7", "CWE-538"))
def test_no_file_of_the_server_is_served(exposure):
    """Repositories, environment files, keys, dumps and backups are not served.

    Why: `.git` gives away the whole source and its history, `.env` every password, a dump
        everybody's data; bots ask every address of the internet for them within hours.
    Fix: serve one folder that holds nothing but what browsers need, never the checkout; let
        the server in front deny what begins with a dot. Replace every secret that was served: it
        is known now.
    """
    found = exposure.files()
    assert not found, f"{'; '.join(map(str, found))}; replace every secret in it"


@check("debug-mode", P0, change="config", refs=("EXP-02", "ASVS 13.4.2", "CWE-489"))
def test_debugging_is_off(exposure):
    """No debugger, profiler or debug page of a framework answers.

    Why: a debugger's console runs any code on the server; debug pages show source, settings and
        the values of variables, passwords among them.
    Fix: Flask: no `debug=True`, start it with gunicorn. Django: `DEBUG = False`. FastAPI and
        Starlette: `debug=False`. Rails, Laravel, Symfony: `RAILS_ENV=production`,
        `APP_DEBUG=false`, `APP_ENV=prod`.
    """
    found = exposure.debuggers()
    assert not found, f"{'; '.join(map(str, found))}: debugging is on"


@check(
    "open-management",
    P1,
    change="infra",
    refs=("EXP-04", "ASVS 13.4.5", "API9:2023", "CWE-497"),
)
def test_metrics_and_consoles_are_not_for_strangers(exposure):
    """Metrics and consoles for operators are not for strangers, unless `public:` says so.

    Why: metrics list routes, versions and traffic; an actuator hands out the environment and a dump
        of the memory, with every secret in it.
    Fix: serve them on a port of their own or keep them out of the ingress. Where that is so and
        only this audit comes closer, or they are meant for all, write
        `public: [GET /metrics]` in readiness.yaml.
    """
    found = [one for one in exposure.management() if not one.public]
    assert not found, f"{'; '.join(map(str, found))}, and `public:` does not name it"


@check(
    "undeclared-documentation",
    P2,
    change="config",
    refs=("EXP-04", "ASVS 13.4.5", "API9:2023", "CWE-200"),
)
def test_public_documentation_is_meant_to_be(exposure):
    """What describes the API to strangers does so on purpose: `public:` names it.

    Why: a description that nobody meant to publish shows internal operations too. Many are public
        on purpose, which is why this warns and never fails.
    Fix: write `public: [GET /openapi.json]` in readiness.yaml where it is meant; else switch it
        off (FastAPI: `FastAPI(openapi_url=None)`, Spring: `springdoc.api-docs.enabled=false`).
    """
    for one in exposure.documentation():
        if not one.public:
            warn(f"{one}; if that is meant, write `public: [GET {one.path}]` in readiness.yaml")


@check(
    "trace-method",
    P3,
    effect="intrusive",
    change="config",
    refs=("EXP-05", "ASVS 13.4.4", "RFC 9110 9.3.8"),
)
def test_trace_is_off(exposure):
    """TRACE is not answered with the request that came.

    Why: it shows what a proxy has added on the way, addresses and credentials among it.
    Fix: Apache: `TraceEnable off`; Tomcat: no `allowTrace`; elsewhere answer 405 with `Allow`.
    """
    answer = exposure.trace()
    assert not answer.repeats, f"TRACE / answers {answer.shown} with the headers of the request"
    if answer.names_no_method:
        warn("TRACE / answers 405 without the Allow header that RFC 9110 15.5.6 demands")


@check("missing-security-contact", P3, change="docs", refs=("HDR-14", "RFC 9116", "OSPS-VM-03.01"))
def test_a_finder_learns_whom_to_tell(exposure):
    """Whoever finds a hole learns from `/.well-known/security.txt` whom to tell.

    Why: who finds no address tells nobody, or everybody. A file that has expired says that nobody
        reads what is sent there.
    Fix: serve it as text/plain, with `Contact: mailto:security@example.com` and
        `Expires: 2027-06-30T00:00:00Z`, less than a year ahead.
    """
    told = exposure.security_text()
    if not told.path:
        warn("there is no /.well-known/security.txt; another host may serve it, then waive this")
        return
    if not told.contacts:
        fail(f"{told.path} has no Contact")
    if told.ended is None:
        fail(f"{told.path} has no Expires that is a time of RFC 3339")
    assert not told.ended, f"{told.path} has expired: {told.expires}"
