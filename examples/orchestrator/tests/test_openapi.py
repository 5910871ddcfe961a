import json
from pathlib import Path

from orchestrator.app import create_app


COMMITTED = Path(__file__).parent.parent / "openapi.json"
PUBLIC = {
    "/api/auth/register",
    "/api/auth/login",
    "/api/auth/refresh",
    "/api/auth/reset-password",
    "/api/auth/reset-password/confirm",
    "/api/health",
    "/api/health/live",
    "/api/health/ready",
    "/api/version",
}


def test_the_committed_document_is_current(make_settings):
    document = create_app(make_settings()).openapi()
    assert json.loads(COMMITTED.read_text()) == document, "run: python -m orchestrator openapi"


def test_every_operation_that_is_not_public_demands_credentials(client):
    document = client.get("/openapi.json").json()
    open_paths = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if "security" not in operation
    }
    assert open_paths == PUBLIC


def test_every_reference_resolves(client):
    document = client.get("/openapi.json").json()
    text = json.dumps(document)
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in document["components"]["schemas"]
