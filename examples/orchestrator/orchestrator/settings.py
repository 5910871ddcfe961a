"""What the environment may say, and what production insists on."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


MINIMUM_SECRET_LENGTH = 32

CommaSeparated = Annotated[list[str], NoDecode]


class Settings(BaseSettings):
    """Read from the environment, then from ``.env``; the defaults are those of development."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    environment: Literal["development", "production"] = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=16)
    git_commit: str = "unknown"
    sentry_dsn: SecretStr | None = None

    enable_auth: bool = False
    jwt_secret: SecretStr = SecretStr("change-me-access-secret-for-development-only")
    jwt_refresh_secret: SecretStr = SecretStr("change-me-refresh-secret-for-development-only")
    access_token_minutes: int = Field(default=15, ge=1, le=60)
    session_days: int = Field(default=14, ge=1, le=90)
    admin_email: str | None = None
    smtp_url: SecretStr | None = None
    mail_from: str = "no-reply@orchestrator.example"

    database_url: SecretStr = SecretStr("sqlite:///orchestrator.sqlite3")
    database_pool_size: int = Field(default=5, ge=1, le=50)
    redis_url: SecretStr | None = None

    cors_origins: CommaSeparated = ["*"]
    trusted_proxies: CommaSeparated = []
    max_body_bytes: int = Field(default=256 * 1024, ge=1024)
    rate_limit_enabled: bool = False
    rate_limit_per_minute: int = Field(default=60, ge=1)
    login_attempts_per_account: int = Field(default=5, ge=1)
    analyses_per_day: int = Field(default=500, ge=1)

    use_mock: bool = True
    max_tokens: int = Field(default=1024, ge=1, le=8192)
    provider_timeout_seconds: float = Field(default=20, gt=0, le=120)
    provider_attempts: int = Field(default=2, ge=1, le=5)
    analyze_deadline_seconds: float = Field(default=45, gt=0, le=300)
    openai_api_key: SecretStr | None = None
    openai_base_url: str = "https://api.openai.com/v1"
    openai_model: str = "gpt-4o-mini-2024-07-18"
    anthropic_api_key: SecretStr | None = None
    anthropic_base_url: str = "https://api.anthropic.com/v1"
    anthropic_model: str = "claude-sonnet-4-20250514"
    google_api_key: SecretStr | None = None
    google_base_url: str = "https://generativelanguage.googleapis.com/v1beta/openai"
    google_model: str = "gemini-2.0-flash-001"

    @field_validator("cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [item.strip().rstrip("/") for item in value.split(",") if item.strip()]
        return value

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        faults = list(self._production_faults()) if self.in_production else []
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @property
    def in_production(self) -> bool:
        return self.environment == "production"

    @property
    def sqlalchemy_url(self) -> str:
        """The database URL with the driver this application ships."""
        url = self.database_url.get_secret_value()
        for scheme in ("postgresql://", "postgres://"):
            if url.startswith(scheme):
                return f"postgresql+psycopg://{url.removeprefix(scheme)}"
        return url

    def _production_faults(self) -> Iterator[str]:
        """Name everything that is fine on a laptop and is not in production."""
        if not self.enable_auth:
            yield "ENABLE_AUTH must be true"
        if self.use_mock:
            yield "USE_MOCK must be false"
        if not self.rate_limit_enabled:
            yield "RATE_LIMIT_ENABLED must be true"
        if not self.cors_origins or any("*" in origin for origin in self.cors_origins):
            yield "CORS_ORIGINS must list the allowed origins, without wildcards"
        if not (self.openai_api_key or self.anthropic_api_key or self.google_api_key):
            yield "one of OPENAI_API_KEY, ANTHROPIC_API_KEY and GOOGLE_API_KEY must be set"
        yield from self._secret_faults("JWT_SECRET", self.jwt_secret)
        yield from self._secret_faults("JWT_REFRESH_SECRET", self.jwt_refresh_secret)
        if self.jwt_secret == self.jwt_refresh_secret:
            yield "JWT_SECRET and JWT_REFRESH_SECRET must differ"
        if self.workers > 1 and self.redis_url is None:
            yield "REDIS_URL must be set when WORKERS is above 1, or each worker counts alone"

    def _secret_faults(self, name: str, secret: SecretStr) -> Iterator[str]:
        value = secret.get_secret_value()
        if "change-me" in value or "${" in value:
            yield f"{name} is still a placeholder: inject a random value"
        elif len(value) < MINIMUM_SECRET_LENGTH:
            yield f"{name} must have at least {MINIMUM_SECRET_LENGTH} characters"
