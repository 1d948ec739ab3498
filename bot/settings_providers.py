"""What the operator sets about the providers, and about how they report back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo
from pydantic import field_validator as validator
from pydantic.config import JsonDict

from bot import settings_checks as checks
from bot.backends.base import ProviderName
from bot.backends.catalogue import CATALOGUE
from bot.backends.entry import Direction, MaskColour
from bot.backends.options import Delivery, OutputType
from bot.settings_checks import Fault
from bot.settings_core import BaseUrl, CoreSettings

RESULT_HOUR = 3600
"""Seconds for which a link must outlive the work, so that a restart still finds it."""
SHORTEST_TTL = int(
    max(e.deadline_seconds for e in CATALOGUE if e.provider is ProviderName.RUNWARE) + RESULT_HOUR
)

Turned = Annotated[Direction | None, BeforeValidator(checks.lower)]
Colour = Annotated[MaskColour | None, BeforeValidator(checks.lower)]
PublicUrl = Annotated[BaseUrl, AfterValidator(checks.public_url)]
Link = Annotated[SecretStr, AfterValidator(checks.link)]
UploadLink = Annotated[Link, AfterValidator(checks.upload_template)]
AS_DOCUMENTED: JsonDict = {"default": "as documented"}
CLOSER_MEANING = (
    "Set it only after `remix-bot calibrate` found {} to count strength otherwise than it "
    "documents: `closer` if higher stays closer to the source, else `further`."
)


class ProviderSettings(CoreSettings):
    """The settings of fal, Runware and Ideogram."""

    public_url: PublicUrl | None = Field(
        default=None,
        description="Address at which the providers reach the bot's own server, to report that "
        "work is done; without it they are asked. A proxy must take away what it has of a path.",
        examples=["https://remix.example"],
        json_schema_extra={"default": "none"},
    )
    hooks_host: str = Field(
        default="127.0.0.1",
        description="Address on which that server listens.",
        examples=["0.0.0.0"],  # noqa: S104 - shown, not used
    )
    hooks_port: int = Field(
        default=8080,
        ge=1,
        le=65535,
        description="Port on which that server listens.",
        examples=["8080"],
    )
    operator_webhook_url: Link | None = Field(
        default=None,
        description="A webhook of a Discord channel; the bot tells there what its operator must "
        "mend, such as an empty account.",
        examples=["https://discord.com/api/webhooks/1/abc"],
        json_schema_extra={"default": "none"},
    )
    fallback: bool = Field(
        default=True,
        description="Whether a remix goes to another backend, for no more credits, when the "
        "chosen one is out of order.",
        examples=["false"],
    )
    flagged_refunds_per_day: int = Field(
        default=3,
        ge=0,
        le=1000,
        description="How often a day a member is refunded for a picture that the provider bills "
        "and withholds for its content; after that it is charged.",
        examples=["3"],
    )
    backends_file: Path | None = Field(
        default=None,
        description="TOML file with prices and backends of your own.",
        examples=["/data/backends.toml"],
        json_schema_extra={"default": "none"},
    )
    fal_concurrency: int = Field(
        default=40,
        ge=1,
        description="How many calls the bot has at fal at once. Set it to your account's "
        "concurrency: what is beyond waits at fal, where waiting is not fair between members.",
        examples=["10"],
    )
    fal_user_id: str | None = Field(
        default=None,
        description="Your user id at fal; reports for other users are then refused.",
        examples=["your-fal-user-id"],
        json_schema_extra={"default": "not compared"},
    )
    fal_sync_mode: bool = Field(
        default=False,
        description="Whether fal sends pictures inside its answer. They cannot be asked for "
        "again: one lost in a crash is lost.",
        examples=["false"],
    )
    fal_keep_history: bool = Field(
        default=True,
        description="Whether fal keeps requests and results. Without, a result lost in a crash "
        "is lost.",
        examples=["true"],
    )
    fal_strength: Turned = Field(
        default=None,
        description=CLOSER_MEANING.format("fal"),
        examples=["closer"],
        json_schema_extra=AS_DOCUMENTED,
    )
    fal_mask: Colour = Field(
        default=None,
        description="Which colour of a mask fal changes, if `remix-bot calibrate` found another "
        "than black.",
        examples=["black"],
        json_schema_extra=AS_DOCUMENTED,
    )
    runware_concurrency: int | None = Field(
        default=None,
        ge=1,
        description="How many calls the bot has at Runware at once.",
        examples=["20"],
        json_schema_extra={"default": "unlimited"},
    )
    runware_delivery: Annotated[Delivery, BeforeValidator(checks.lower)] = Field(
        default=Delivery.ASYNC,
        description="How Runware hands results over: `async`, or `sync` on the connection of the "
        "paid call itself.",
        examples=["async"],
    )
    runware_output_type: OutputType = Field(
        default=OutputType.URL,
        description="In which form: `URL`, or `base64Data` or `dataURI` inside the answer, which "
        "costs memory.",
        examples=["URL"],
    )
    runware_upload_endpoint: UploadLink | None = Field(
        default=None,
        description="An address to which Runware also PUTs each picture; `{task}` in it becomes "
        "the id of the call. Only for calls of one picture.",
        examples=["https://files.example/{task}.png"],
        json_schema_extra={"default": "none"},
    )
    runware_ttl: int | None = Field(
        default=None,
        ge=60,
        description=f"Seconds for which Runware's links live: {SHORTEST_TTL} or more.",
        examples=["86400"],
        json_schema_extra={"default": "as Runware keeps them"},
    )
    runware_webhook_url: Link | None = Field(
        default=None,
        description="Where Runware reports to, if not to the bot; not with PUBLIC_URL.",
        examples=["https://hooks.example/runware"],
        json_schema_extra={"default": "none"},
    )
    runware_include_cost: bool = Field(
        default=True,
        description="Whether Runware says what a call cost; without, the list price counts.",
        examples=["true"],
    )
    runware_check_content: bool = Field(
        default=True,
        description="Whether Runware checks pictures for their content. Off, unsafe ones are "
        "shown.",
        examples=["true"],
    )
    runware_check_mode: Annotated[str | None, AfterValidator(checks.check_mode)] = Field(
        default=None,
        description="How: `fast`, or `none` together with RUNWARE_CHECK_CONTENT=false.",
        examples=["fast"],
        json_schema_extra={"default": "`fast` while pictures are checked"},
    )
    runware_strength: Turned = Field(
        default=None,
        description=CLOSER_MEANING.format("Runware"),
        examples=["further"],
        json_schema_extra=AS_DOCUMENTED,
    )
    ideogram_in_flight: int = Field(
        default=10,
        ge=1,
        description="How many pictures your account may have in the making at Ideogram.",
        examples=["10"],
    )
    ideogram_strength: Turned = Field(
        default=None,
        description=CLOSER_MEANING.format("Ideogram"),
        examples=["closer"],
        json_schema_extra=AS_DOCUMENTED,
    )

    @validator("runware_ttl")
    @classmethod
    def _outlive_the_work(cls, ttl: int | None, info: ValidationInfo) -> int | None:
        if ttl is None:
            return ttl
        if info.data.get("runware_output_type") is not OutputType.URL:
            raise Fault("works only with RUNWARE_OUTPUT_TYPE=URL; leave one of them out")
        if ttl < SHORTEST_TTL:
            raise Fault(
                f"must be {SHORTEST_TTL} or more, so that links outlive the work by an hour",
                good=str(SHORTEST_TTL),
            )
        return ttl

    @validator("runware_webhook_url")
    @classmethod
    def _report_to_one(cls, link: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if link is not None and info.data.get("public_url") is not None:
            raise Fault("cannot be set together with PUBLIC_URL; leave one of them out")
        return link

    @validator("runware_check_mode")
    @classmethod
    def _check_in_earnest(cls, mode: str | None, info: ValidationInfo) -> str | None:
        checked = info.data.get("runware_check_content")
        if mode is not None and checked is not None and (mode == "fast") is not checked:
            raise Fault(
                "must be fast while RUNWARE_CHECK_CONTENT is on, else none",
                good="fast" if checked else "none",
            )
        return mode
