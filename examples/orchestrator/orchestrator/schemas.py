"""The bodies of requests and answers."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints


MAX_PROMPT_CHARACTERS = 16_000

Email = Annotated[
    str,
    StringConstraints(
        max_length=254,
        to_lower=True,
        pattern=r"^[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
    ),
    Field(examples=["ada@example.com"]),
]
NewPassword = Annotated[str, StringConstraints(min_length=8, max_length=128)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class RequestBody(BaseModel):
    """Unknown members are refused, so that nobody sets a role by guessing its name."""

    model_config = ConfigDict(extra="forbid")


class Registration(RequestBody):
    email: Email
    password: NewPassword


class Credentials(RequestBody):
    email: Email
    password: Annotated[str, StringConstraints(min_length=1, max_length=128)]


class RefreshToken(RequestBody):
    refresh_token: Token


class ResetRequest(RequestBody):
    email: Email


class ResetConfirmation(RequestBody):
    token: Token
    password: NewPassword


class NewApiKey(RequestBody):
    name: Annotated[str, StringConstraints(max_length=80, pattern=r"^[\w .:@/-]+$")]


class AnalyzeRequest(RequestBody):
    prompt: Annotated[
        str, StringConstraints(min_length=1, max_length=MAX_PROMPT_CHARACTERS, pattern=r"\S")
    ]
    models: Annotated[list[str], Field(min_length=1, max_length=8)] | None = Field(
        default=None, description="Ids from GET /api/available-models; all when absent."
    )
    mode: Literal["combine", "first"] = Field(
        default="combine",
        description="Ask all and merge, or take the first that answers. A stream is always first.",
    )
    max_tokens: Annotated[int, Field(ge=1, le=8192)] | None = None
    stream: bool = Field(default=False, description="Answer with server-sent events.")


class Answer(BaseModel):
    """Answers are built from rows and dataclasses."""

    model_config = ConfigDict(from_attributes=True)


class Accepted(Answer):
    message: str


class TokenPair(Answer):
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the name of the scheme
    expires_in: int = Field(description="Seconds until the access token ends.")


class UserAnswer(Answer):
    id: uuid.UUID
    email: str
    role: Literal["user", "admin"]
    created_at: datetime


class ApiKeyAnswer(Answer):
    id: uuid.UUID
    name: str
    prefix: str
    created_at: datetime


class CreatedApiKey(ApiKeyAnswer):
    key: str = Field(description="Shown this once; only its hash is kept.")


class Page(BaseModel):
    """Which slice of a list to show."""

    limit: Annotated[int, Field(ge=1, le=100)] = 50
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0


PageQuery = Annotated[Page, Query()]


class UserList(Answer):
    items: list[UserAnswer]
    total: int


class ApiKeyList(Answer):
    items: list[ApiKeyAnswer]
    total: int


class Model(Answer):
    id: str = Field(examples=["openai/gpt-4o-mini-2024-07-18"])
    provider: str
    model: str
    available: bool = Field(description="False for a while after several failures in a row.")


class ModelList(Answer):
    models: list[Model]
    mock: bool


class UsageAnswer(Answer):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost_usd: float


class ContributionAnswer(Answer):
    provider: str
    model: str
    status: Literal["ok", "failed"]
    answer: str | None = None
    error: str | None = None
    latency_ms: int | None = None


class AnalysisAnswer(Answer):
    answer: str
    mock: bool
    providers: list[ContributionAnswer]
    usage: UsageAnswer


class Component(Answer):
    status: Literal["up", "down", "mock"]


class Components(Answer):
    database: Component
    cache: Component
    providers: Component


class Health(Answer):
    status: Literal["ok", "degraded", "down"]
    version: str
    components: Components


class Status(Answer):
    status: Literal["ok", "down"]


class Version(Answer):
    version: str
    commit: str
    login_required: bool
