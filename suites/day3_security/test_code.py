"""What the program's own source does with what a request carries."""

from pytest_readiness import P0, P1, Domain, Phase, check, fail, not_applicable, suite


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "sql-from-strings",
    P0,
    refs=("INJ-02", "ASVS 1.2.4", "CWE-89"),
)
def test_no_statement_is_put_together_from_requests(code):
    """No value of a request becomes part of the text of an SQL statement.

    Why: whoever sends a quotation mark goes on writing the statement: they read every table, and
        log in as anybody.
    Fix: give values as parameters: `execute("... WHERE name = ?", [name])` (`%s` for psycopg and
        MySQL), `text("... WHERE name = :name")` with `{"name": name}` for SQLAlchemy. Look names of
        columns up in a table of your own: `COLUMNS[sort]`.
    """
    found = code.sql_from_requests
    if found:
        fail(code.told(found), found[0])
    code.require_sql()


@check(
    "code-from-input",
    P1,
    refs=("INJ-11", "ASVS 1.3.2", "ASVS 1.5.2", "ASVS 1.2.5", "CWE-94", "CWE-502", "CWE-78"),
)
def test_nothing_of_a_request_is_run(code):
    """No value of a request is run as code, given to a shell or unpickled.

    Why: each of them lets the sender run what they like on the server; a pickle and YAML with
        objects run code while they are read.
    Fix: `json.loads` or a schema in place of `pickle.loads`; `yaml.safe_load`; a table of functions
        in place of `eval`; `subprocess.run(["nslookup", "--", name])` without `shell=True`.
    """
    found = code.run_from_requests
    if found:
        fail(code.told(found), found[0])
    code.require_requests()


@check(
    "unverified-tls-peer",
    P1,
    refs=("TLS-05", "ASVS 12.3.2", "CKV2_DOCKER_2", "CKV2_DOCKER_6", "CWE-295"),
)
def test_every_peer_shows_its_certificate(code):
    """No connection accepts just any certificate.

    Why: whoever sits between the two reads and changes everything, credentials first; what an
        image or a workflow downloads that way is run later on.
    Fix: leave verification on and give the own authority instead: `requests.get(url,
        verify="ca.pem")`, `httpx.Client(verify=ssl.create_default_context(cafile="ca.pem"))`,
        `NODE_EXTRA_CA_CERTS`, `curl --cacert ca.pem`, `RootCAs` in Go.
    """
    if not code.asks_others:
        not_applicable("the repository holds no program, image or script")
    found = code.unverified_peers
    if found:
        fail(code.told(found), found[0])
    code.require_readable()
