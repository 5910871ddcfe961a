import json

import pytest


QUESTION = {"prompt": "Which of these is larger, nonce kw-4711?"}


def events(response):
    """Decode server-sent events into (name, data) pairs."""
    blocks = response.text.strip().split("\n\n")
    pairs = [block.split("\n") for block in blocks]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in pairs
    ]


def test_all_providers_are_asked_and_combined(make_live, stub):
    answer = make_live().post("/api/analyze", json=QUESTION).json()
    assert [entry["status"] for entry in answer["providers"]] == ["ok"] * 3
    assert "kw-4711" in answer["answer"]
    assert answer["mock"] is False
    assert answer["usage"]["total_tokens"] > 0
    assert answer["usage"]["cost_usd"] > 0
    assert stub.calls == 4  # three answers and their merger


def test_different_prompts_get_different_answers(make_live):
    client = make_live()
    one = client.post("/api/analyze", json={"prompt": "first 111"}).json()
    other = client.post("/api/analyze", json={"prompt": "second 222"}).json()
    assert one["answer"] != other["answer"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("fail-500", "unavailable"),
        ("fail-429", "rate-limited"),
        ("hang", "timeout"),
        ("malformed", "malformed"),
    ],
)
def test_a_failing_provider_is_survived(make_live, fault, error):
    seconds = 1 if fault == "hang" else 10
    client = make_live(
        openai_model=f"gpt-{fault}", provider_attempts=1, provider_timeout_seconds=seconds
    )
    answer = client.post("/api/analyze", json=QUESTION)
    assert answer.status_code == 200
    failed, *others = answer.json()["providers"]
    assert (failed["status"], failed["error"]) == ("failed", error)
    assert [entry["status"] for entry in others] == ["ok", "ok"]
    assert "kw-4711" in answer.json()["answer"]


def test_the_next_provider_takes_over(make_live, stub):
    client = make_live(openai_model="gpt-fail-500")
    answer = client.post("/api/analyze", json=QUESTION | {"mode": "first"}).json()
    assert [entry["status"] for entry in answer["providers"]] == ["failed", "ok"]
    assert stub.calls == 3  # two attempts at the first, one at the second


def test_when_nobody_answers_it_is_503_and_no_secret_shows(make_live, stub):
    stub.fault = "500"
    answer = make_live().post("/api/analyze", json=QUESTION)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "openai: unavailable" in answer.json()["detail"]
    assert "test-key" not in answer.text


def test_a_provider_that_keeps_failing_is_left_alone(make_live, stub):
    client = make_live(openai_model="gpt-fail-500", provider_attempts=3)
    client.post("/api/analyze", json=QUESTION)
    listed = client.get("/api/available-models").json()["models"]
    assert [model["available"] for model in listed] == [False, True, True]
    before = stub.calls
    client.post("/api/analyze", json=QUESTION | {"mode": "first"})
    assert stub.calls == before + 1
    assert client.get("/api/health").json()["components"]["providers"]["status"] == "up"


def test_the_deadline_bounds_the_whole_request(make_live):
    client = make_live(
        openai_model="gpt-hang", provider_timeout_seconds=5, analyze_deadline_seconds=1
    )
    answer = client.post("/api/analyze", json=QUESTION).json()
    assert answer["providers"][0]["error"] == "deadline"
    assert answer["providers"][1]["status"] == "ok"


def test_models_are_chosen_by_id(make_live):
    client = make_live()
    models = [model["id"] for model in client.get("/api/available-models").json()["models"]]
    answer = client.post("/api/analyze", json=QUESTION | {"models": models[1:2]}).json()
    assert [entry["provider"] for entry in answer["providers"]] == ["anthropic"]
    unknown = client.post("/api/analyze", json=QUESTION | {"models": ["no/such"]})
    assert unknown.status_code == 422


def test_max_tokens_reaches_the_provider_and_is_capped(make_live):
    client = make_live(max_tokens=10)
    usage = client.post(
        "/api/analyze", json=QUESTION | {"mode": "first", "max_tokens": 4000}
    ).json()["usage"]
    assert usage["completion_tokens"] == 10


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/analyze", QUESTION | {"stream": True}), ("/api/analyze/stream", QUESTION)],
)
def test_an_answer_is_streamed(make_live, path, body):
    response = make_live().post(path, json=body)
    assert response.headers["content-type"].startswith("text/event-stream")
    (first, started), *deltas, (last, done) = events(response)
    assert (first, last) == ("start", "done")
    assert started["model"].startswith("openai/")
    assert "kw-4711" in "".join(data["text"] for _, data in deltas)
    assert done["usage"]["total_tokens"] > 0


def test_a_stream_passes_over_a_provider_that_does_not_start(make_live):
    client = make_live(openai_model="gpt-fail-500")
    (_, started), *_, (last, _) = events(client.post("/api/analyze/stream", json=QUESTION))
    assert started["model"].startswith("anthropic/")
    assert last == "done"


def test_an_interrupted_stream_ends_with_an_error_event(make_live):
    client = make_live(openai_model="gpt-cut")
    *_, (last, data) = events(client.post("/api/analyze/stream", json=QUESTION))
    assert (last, data["status"]) == ("error", 503)


def test_a_stream_without_any_provider_is_503(make_live, stub):
    stub.fault = "500"
    assert make_live().post("/api/analyze/stream", json=QUESTION).status_code == 503


def test_mock_mode_says_that_it_is_one(make_client):
    client = make_client(enable_auth=False)
    answer = client.post("/api/analyze", json=QUESTION).json()
    assert answer["mock"] is True
    assert answer["usage"]["total_tokens"] == 0
    assert client.get("/api/available-models").json()["mock"] is True
    assert events(client.post("/api/analyze/stream", json=QUESTION))[-1][0] == "done"


@pytest.mark.parametrize("prompt", ["", "   ", "x" * 16_001])
def test_empty_and_oversized_prompts_are_refused(make_client, prompt):
    client = make_client(enable_auth=False)
    assert client.post("/api/analyze", json={"prompt": prompt}).status_code == 422


def test_analyses_are_limited_per_user(make_client):
    client = make_client(enable_auth=False, rate_limit_enabled=True, analyses_per_day=2)
    answers = [client.post("/api/analyze", json=QUESTION).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
