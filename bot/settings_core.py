"""What the operator sets about Discord, the database, spending and the process itself."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot import settings_checks as checks
from bot.settings_checks import Fault
from storage.opening import folder_of

# A paid call starts only while more of the lease is left than its time-out, which for Ideogram's
# synchronous call is 135 s.
SHORTEST_LEASE_SECONDS = 160
HEARTBEATS_PER_LEASE = 4
LARGEST_CREDITS = 1_000_000_000
PROVIDER_KEYS = ("fal_key", "runware_api_key", "ideogram_api_key")


class LogFormat(StrEnum):
    """How a log line is written."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The least severe log line that is written."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def _beside_database(name: str) -> Callable[[dict[str, Any]], Path]:
    return lambda data: folder_of(data["database_url"].get_secret_value()) / name


Secret = Annotated[SecretStr, AfterValidator(checks.secret)]
FalKey = Annotated[Secret, AfterValidator(checks.fal_key)]
ProxyUrl = Annotated[SecretStr, AfterValidator(checks.proxy_url)]
BaseUrl = Annotated[str, AfterValidator(checks.base_url)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(checks.database_url)]
PageUrl = Annotated[str, AfterValidator(checks.page)]
ServerIds = Annotated[frozenset[int], NoDecode, BeforeValidator(checks.server_ids)]
Credits = Annotated[int, Field(ge=0, le=LARGEST_CREDITS)]
Dollars = Annotated[Decimal, Field(ge=0, decimal_places=6)]


class CoreSettings(BaseSettings):
    """The settings that any bot would have."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        validate_default=True,
    )

    discord_token: Secret = Field(
        description="The bot's token, from its page in Discord's developer portal.",
        examples=["your-bot-token"],
    )
    fal_key: FalKey | None = Field(
        default=None,
        description="Key for fal, id and secret. A provider without a key is not offered.",
        examples=["key-id:key-secret"],
    )
    runware_api_key: Secret | None = Field(
        default=None,
        description="Key for Runware.",
        examples=["your-runware-key"],
    )
    ideogram_api_key: Secret | None = Field(
        default=None,
        description="Key for Ideogram. At least one of the three keys is needed.",
        examples=["your-ideogram-key"],
    )
    database_url: DatabaseUrl = Field(
        default=SecretStr("sqlite:///remix-bot.db"),
        description=(
            "The SQLite file, four slashes begin an absolute path; or a PostgreSQL database, "
            "which several processes can share."
        ),
        examples=["sqlite:////data/remix-bot.db"],
        json_schema_extra={"default": "sqlite:///remix-bot.db"},
    )
    spool_dir: Path = Field(
        default_factory=_beside_database("spool"),
        description="Folder for the pictures of jobs in flight.",
        examples=["/data/spool"],
        json_schema_extra={"default": "`spool` beside the SQLite file, or here"},
    )
    spool_max_mb: int = Field(
        default=2048,
        ge=100,
        description="The most megabytes in that folder; "
        "results that waited for ten minutes pass it.",
        examples=["2048"],
    )
    default_daily_credits: Credits = Field(
        default=40,
        description="Credits that a member has for each period (a day, unless the server chose "
        "another) until the server sets its own. A credit is one US cent.",
        examples=["40"],
    )
    confirm_above: Credits = Field(
        default=20,
        description="A remix that costs more credits than this is confirmed first.",
        examples=["20"],
    )
    allowed_servers: ServerIds = Field(
        default=frozenset(),
        description="Ids of the servers that the bot serves, with commas between them.",
        examples=["123456789012345678,234567890123456789"],
        json_schema_extra={"default": "any server"},
    )
    server_monthly_credits: Credits | None = Field(
        default=None,
        description="The most credits that one server spends in a month.",
        examples=["5000"],
        json_schema_extra={"default": "unlimited"},
    )
    daily_spend_usd: Dollars | None = Field(
        default=None,
        description="The most US dollars that the bot spends in a day, over all servers.",
        examples=["25.00"],
        json_schema_extra={"default": "unlimited"},
    )
    prompt_keep_days: int = Field(
        default=30,
        ge=1,
        description="Days after which prompts and links to pictures are dropped from the database.",
        examples=["30"],
    )
    server_keep_days: int = Field(
        default=30,
        ge=1,
        description="Days after which all that is stored of a server is deleted once the bot was "
        "removed from it.",
        examples=["30"],
    )
    privacy_url: PageUrl | None = Field(
        default=None,
        description="Your own page about privacy; `/privacy` links to it.",
        examples=["https://example.com/privacy"],
        json_schema_extra={"default": "none"},
    )
    discord_url: BaseUrl = Field(
        default="https://discord.com",
        description="Base address of Discord; the sandbox is reached by another.",
        examples=["https://discord.com"],
    )
    identify_seconds: float = Field(
        default=5,
        ge=0,
        le=60,
        description="Seconds between two shards that say hello to Discord's gateway, over all "
        "processes. Discord wants 5; only the sandbox takes fewer.",
        examples=["5"],
    )
    fal_url: BaseUrl | None = Field(
        default=None,
        description="One base address in place of fal's hosts.",
        examples=["http://127.0.0.1:9001"],
        json_schema_extra={"default": "fal's hosts"},
    )
    runware_url: BaseUrl | None = Field(
        default=None,
        description="Base address in place of Runware's host.",
        examples=["http://127.0.0.1:9002"],
        json_schema_extra={"default": "Runware's host"},
    )
    ideogram_url: BaseUrl | None = Field(
        default=None,
        description="Base address in place of Ideogram's host.",
        examples=["http://127.0.0.1:9003"],
        json_schema_extra={"default": "Ideogram's host"},
    )
    proxy_url: ProxyUrl | None = Field(
        default=None,
        description="HTTP proxy for everything that the bot sends.",
        examples=["http://proxy.example:3128"],
        json_schema_extra={"default": "none"},
    )
    log_format: LogFormat = Field(
        default=LogFormat.TEXT,
        description="Log lines for people (`text`) or for programs (`json`).",
        examples=["json"],
    )
    log_level: Annotated[LogLevel, BeforeValidator(checks.upper)] = Field(
        default=LogLevel.INFO,
        description="The least severe line that is logged: DEBUG, INFO, WARNING or ERROR.",
        examples=["DEBUG"],
    )
    heartbeat_seconds: int = Field(
        default=15,
        ge=1,
        le=60,
        description="Seconds between two signs of life in the database.",
        examples=["15"],
    )
    lease_seconds: int = Field(
        default=180,
        ge=SHORTEST_LEASE_SECONDS,
        description="Seconds without a sign of life until another process takes the jobs over: "
        f"{SHORTEST_LEASE_SECONDS} or more, and {HEARTBEATS_PER_LEASE} heartbeats or more.",
        examples=["180"],
    )
    health_file: Path = Field(
        default_factory=_beside_database("health.json"),
        description="File that the running bot writes and `remix-bot health` reads.",
        examples=["/data/health.json"],
        json_schema_extra={"default": "`health.json` beside the SQLite file, or here"},
    )

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: dict[str, Any]) -> dict[str, Any]:
        # `FAL_KEY=` in a file means that it is not set, and pasted values bring spaces along.
        stripped = {k: v.strip() if isinstance(v, str) else v for k, v in data.items()}
        return {name: value for name, value in stripped.items() if value != ""}

    @field_validator(PROVIDER_KEYS[-1])
    @classmethod
    def _need_a_provider(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # A key that was refused is missing from `info.data`, and a fault of its own.
        if key is None and all(info.data.get(name, "") is None for name in PROVIDER_KEYS[:-1]):
            others = " and ".join(name.upper() for name in PROVIDER_KEYS[:-1])
            raise Fault(f"is not set, nor are {others}, and one of the three is needed")
        return key

    @field_validator("lease_seconds")
    @classmethod
    def _outlast_heartbeats(cls, lease: int, info: ValidationInfo) -> int:
        least = HEARTBEATS_PER_LEASE * info.data.get("heartbeat_seconds", 0)
        if lease < least:
            what = f"must be {HEARTBEATS_PER_LEASE} times HEARTBEAT_SECONDS or more"
            raise Fault(what, good=str(least))
        return lease
