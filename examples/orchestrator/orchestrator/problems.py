"""Every error leaves as RFC 9457 ``application/problem+json`` of one shape."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from orchestrator.logs import request_id


MEDIA_TYPE = "application/problem+json"

logger = logging.getLogger(__name__)


class InvalidField(BaseModel):
    """One member of the request that was refused."""

    field: str
    message: str


class Problem(BaseModel):
    """An error as RFC 9457 describes it."""

    type: str = Field(examples=["urn:orchestrator:problem:invalid-credentials"])
    title: str
    status: int
    detail: str
    request_id: str | None = None
    errors: list[InvalidField] = []


class ProblemError(Exception):
    """Raised anywhere below a route to answer with a problem."""

    def __init__(
        self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers


def response(
    status: int,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[InvalidField] = (),
) -> JSONResponse:
    problem = Problem(
        type=f"urn:orchestrator:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        request_id=request_id.get(),
        errors=list(errors),
    )
    return JSONResponse(problem.model_dump(), status, headers, media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe these statuses as problems in OpenAPI, for ``responses=`` of a route."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Register the handlers; what they miss is caught by ``middleware.ErrorBoundary``."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    for error in (OperationalError, InterfaceError, PoolTimeoutError):
        app.add_exception_handler(error, _on_database_outage)


async def _on_problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)
    return response(error.status, error.code, error.detail, error.headers)


async def _on_http_exception(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    return response(error.status_code, code, error.detail, error.headers)


async def _on_invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [
        InvalidField(field=".".join(str(part) for part in item["loc"]), message=item["msg"])
        for item in error.errors()
    ]
    return response(422, "invalid-request", "The request does not fit the schema.", None, errors)


async def _on_database_outage(_request: Request, error: Exception) -> JSONResponse:
    logger.error("database unavailable", extra={"fields": {"error": type(error).__name__}})
    detail = "The database cannot be reached; try again shortly."
    return response(503, "database-unavailable", detail, {"Retry-After": "5"})
