"""Whether answers come from a model."""

from pytest_readiness import P0, Domain, Phase, check, suite


pytestmark = suite(Phase.FUNCTIONALITY, Domain.LLM)


@check(
    "mock-mode-on",
    P0,
    change="config",
    effect="intrusive",
    refs=("FUN-10", "FUN-11", "ASVS 15.2.3"),
)
def test_answers_depend_on_the_prompt(completions):
    """Two different prompts get two different answers, and each follows from its prompt.

    Why: a mock that was left on answers every customer with the same invented text, with status
        200 and green dashboards.
    Fix: switch mock mode off in the audited configuration (`USE_MOCK=false`) and give it a
        provider; let an invalid key be an error, never a canned answer.
    """
    first, second = completions.ask_twice()
    assert not first.says_mock, f"the answer itself says that it is a mock: {first.mark}"
    assert first.text != second.text, f"two prompts got the same answer: {first.shown}"
    for answer in (first, second):
        assert answer.follows, f"an answer does not follow from its prompt: {answer.shown}"
