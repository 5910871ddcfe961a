"""What the OpenAPI document promises, asked of the running system."""

from pytest_readiness import P0, Domain, Phase, check, suite


pytestmark = suite(Phase.FUNCTIONALITY, Domain.BACKEND)

REFUSALS = {401, 403}


@check("broken-contract", P0, refs=("FUN-02", "FUN-04", "FUN-05", "API9:2023"))
def test_operations_answer_as_declared(promise):
    """Each operation that only reads answers with a status and a body that it declares.

    Why: clients are generated from the document; what answers otherwise breaks them, in
        production and for everybody at once.
    Fix: mend the operation, or correct the document and tell the clients; let the framework
        export it (`response_model` in FastAPI) so that the two cannot drift.
    """
    response = promise.ask()
    assert response.status < 500, f"{promise.operation} answers {response.summary}"
    if response.status in REFUSALS and promise.operation.secured:
        return  # not for an ordinary user, which is its good right
    breaches = promise.breaches(response)
    assert not breaches, f"{promise.operation} answers {response.status}: {'; '.join(breaches)}"
