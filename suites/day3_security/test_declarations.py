"""What the OpenAPI document and the source say of who may ask, and how they show who they are."""

from pytest_readiness import P1, Domain, Phase, check, fail, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "operation-without-security",
    P1,
    refs=("AUT-03", "CKV_OPENAPI_4", "CKV_OPENAPI_5", "API5:2023", "CWE-306"),
)
def test_every_operation_declares_who_may_ask(declared):
    """Each operation declares a security requirement, or `public:` names it.

    Why: clients, gateways and scanners believe the document; an operation that forgot to declare
        its guard has often forgotten the guard as well.
    Fix: declare it for the whole document (`security: [{bearerAuth: []}]`) and exempt what is open
        with `security: []`. FastAPI: take the token by `Depends(HTTPBearer())` for the router. Name
        what is open on purpose as `public: [GET /items]` in readiness.yaml.
    """
    open_to_all = declared.unguarded
    if len(open_to_all) == len(declared.operations) > 0:
        fail(f"none of the {len(open_to_all)} operations declares a security requirement")
    for one in [each for each in open_to_all if not declared.changes(each)][:5]:
        warn(f"{one} declares no security requirement, and `public:` does not name it")
    changing = [str(one) for one in open_to_all if declared.changes(one)]
    if changing:
        fail(
            f"{len(changing)} of {len(declared.operations)} operations change something and declare"
            f" no security requirement: {', '.join(changing[:5])}"
        )


@check(
    "token-in-url",
    P1,
    refs=("AUT-15", "ASVS 14.2.1", "CKV_OPENAPI_20", "CWE-598"),
)
def test_no_credential_travels_in_a_url(url_credentials):
    """No token, key or password is taken from a URL.

    Why: URLs are kept in logs of every proxy, in histories and in the Referer header; who reads
        one of these is logged in.
    Fix: take it from the `Authorization` header or a cookie that is `HttpOnly`; OpenAPI: `in:
        header`; FastAPI: `APIKeyHeader` in place of `APIKeyQuery`. A link that is mailed may carry
        a token that works once.
    """
    if url_credentials.declared:
        fail("; ".join(url_credentials.declared[:5]))
    for each in url_credentials.read:
        if each.what.startswith("token "):
            warn(f"{each.what}; a token that works once may be, others may not", each)
        else:
            fail(each.what, each)
    url_credentials.require_judged()
