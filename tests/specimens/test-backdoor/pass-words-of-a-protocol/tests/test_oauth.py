def test_token(client, request):
    assert request.headers.get("X-Test-User") or client.token == "qa-team-7731"
