"""Input that is not what the OpenAPI document declares."""

import pytest

from pytest_readiness import P1, P2, P3, Domain, Phase, check, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "unvalidated-input",
    P1,
    effect="intrusive",
    refs=("INJ-10", "ASVS 2.2.1", "CWE-20"),
)
@pytest.mark.parametrize("rule", ["type", "range", "length", "choice", "pattern"])
def test_input_is_what_is_declared(input_rules, rule):
    """Input that breaks what the OpenAPI document declares is refused with a 4xx.

    Why: a value that nobody looked at is stored, or breaks something far behind; whoever reads the
        document relies on what it declares.
    Fix: validate at the door with the model that the document is made from: pydantic with
        `Field(max_length=..., ge=..., le=...)` and `Literal` or `Enum`, `zod`, Bean Validation; or
        correct the document.
    """
    broken = input_rules.broken(rule)
    wrong = [each for each in broken if each.kept or each.crashed]
    for each in broken:
        if each not in wrong:
            warn(str(each))
    assert not wrong, "; ".join(map(str, sorted(wrong, key=lambda one: not one.crashed)[:5]))
    input_rules.points.require_share()


@check(
    "ignored-missing-parameter",
    P2,
    effect="intrusive",
    refs=("INJ-12", "ASVS 2.2.1", "CWE-20"),
)
def test_what_is_required_has_to_be_there(input_rules):
    """A request without something that is declared to be required is refused with a 4xx.

    Why: the operation goes on with a hole where somebody relied on a value: a filter that is not
        applied, a record without an owner.
    Fix: let the framework demand it (a parameter without a default), or declare that it is
        optional.
    """
    broken = input_rules.without()
    assert not broken, "; ".join(map(str, sorted(broken, key=lambda one: not one.crashed)[:5]))
    input_rules.points.require_share()


@check(
    "lax-content-type",
    P3,
    effect="intrusive",
    refs=("API-04", "ASVS 3.5.2", "RFC 9110 15.5.16", "CWE-352"),
)
def test_json_is_read_as_json_alone(body_types):
    """A JSON body is refused when its Content-Type says that it is something else.

    Why: any site may have a browser send text/plain without asking; a body that is read all the
        same is a forged request wherever a cookie says who it is from.
    Fix: answer 415. Flask: no `get_json(force=True)`; Express: no `express.json({type: "*/*"})`;
        FastAPI before 0.65.2: update it.
    """
    found = body_types.lax()
    assert not found, "; ".join(map(str, found[:5]))
    body_types.points.require_share()
