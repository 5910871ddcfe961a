"""What the program's own source does with what a request carries."""

from pytest_readiness import P0, P1, Domain, Phase, check, fail, not_applicable, suite, warn


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


@check(
    "fast-password-hash",
    P0,
    refs=("AUT-11", "ASVS 11.4.2", "CWE-916", "CWE-256"),
)
def test_passwords_are_hashed_slowly(code):
    """Passwords are kept as hashes that are slow to compute, each with a salt.

    Why: a graphics card tries billions of md5, sha1 or sha256 a second: who reads the table once
        knows most passwords, here and wherever else they are used.
    Fix: `argon2.PasswordHasher().hash(password)`, `bcrypt.hashpw`, Django's `make_password`,
        werkzeug's `generate_password_hash`; compare with their `verify` or `check`, never with `==`
        or in SQL. Hash anew at the next login of each account.
    """
    found = code.fast_passwords
    if found:
        fail(code.told(found), found[0])
    code.require_passwords()


@check(
    "test-backdoor",
    P0,
    refs=("ASVS 15.2.3", "CWE-798", "CWE-489"),
)
def test_nothing_in_the_source_lets_somebody_in(code):
    """No word or header that stands in the source lets somebody in.

    Why: everybody who ever read the source, a log or an old image has it, and it opens the door
        past all passwords.
    Fix: remove it. Tests give their own users a token, or replace the dependency:
        `app.dependency_overrides[current_user] = ...` in FastAPI, `force_login` in Django.
    """
    for each in code.back_doors:
        if each.guarded:
            warn(f"{each.what}, when a setting is on as well", each)
        else:
            fail(each.what, each)
    code.require_requests()


@check(
    "wildcard-origin-in-code",
    P1,
    change="config",
    refs=("COR-06", "ASVS 3.4.2", "CWE-942"),
)
def test_origins_are_named(code, origins_of_production):
    """CORS names the origins that may read answers.

    Why: with `*` any page that a user visits reads what the API answers to their browser; together
        with credentials it acts as that user.
    Fix: `CORSMiddleware(allow_origins=["https://app.example.com"])`, `CORS(app, origins=[...])`,
        `CORS_ALLOWED_ORIGINS` in Django, `cors({origin: [...]})` in Express. Waive it for an API
        that is public and takes no cookies.
    """
    for each in origins_of_production.wide:
        fail(f"{each.name} allows every origin", each)
    for each in code.cors:
        if each.anyone and each.credentials:
            fail("every origin is allowed, with credentials", each)
        if each.anyone and not origins_of_production.sets(each.default):
            warn(f"every origin is allowed{each.default and ' where nothing else is set'}", each)
    if not code.cors and not origins_of_production.named:
        not_applicable("no source and no environment sets CORS up in a way that is known here")
