"""The metrics Prometheus scrapes; ``monitoring/`` and ``docs/runbook.md`` refer to their names."""

import os

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)


HTTP_REQUESTS = Counter("http_requests", "Requests answered.", ["method", "path", "status"])
HTTP_DURATION = Histogram(
    "http_request_duration_seconds", "Time to the end of the answer.", ["method", "path"]
)
HTTP_IN_PROGRESS = Gauge(
    "http_requests_in_progress", "Requests being answered.", multiprocess_mode="livesum"
)
RATE_LIMITED = Counter("rate_limit_rejections", "Requests refused with 429.", ["rule"])
LIMITER_FALLBACKS = Counter(
    "rate_limit_fallbacks", "Decisions made in process because Redis did not answer."
)
AUTH_FAILURES = Counter("auth_failures", "Refused credentials.", ["reason"])
COMPONENT_UP = Gauge(
    "component_up",
    "1 while the component answered its last health check.",
    ["component"],
    multiprocess_mode="livemin",
)
LLM_REQUESTS = Counter("llm_requests", "Calls to a provider.", ["provider", "model", "outcome"])
LLM_DURATION = Histogram(
    "llm_request_duration_seconds",
    "Time of one provider call, retries included.",
    ["provider", "model"],
    buckets=(0.25, 0.5, 1, 2, 4, 8, 15, 30, 60),
)
LLM_TOKENS = Counter("llm_tokens", "Tokens as the provider counted them.", ["provider", "kind"])
LLM_COST = Counter("llm_cost_usd", "Cost at list price.", ["provider", "model"])
BUILD_INFO = Gauge(
    "build_info", "The running build.", ["version", "commit"], multiprocess_mode="livemax"
)


def exposition() -> bytes:
    """Render all metrics, summed over the workers when there are several."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
