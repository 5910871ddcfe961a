"""What the program's own source does with what a request carries."""

from pytest_readiness import P0, P1, Domain, Phase, check, fail, suite


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
