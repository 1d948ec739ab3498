"""What all backends share: the request, the verbs and the progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bot.backends.options import FalOptions, RunwareOptions


class Operation(StrEnum):
    """What is asked of a backend."""

    REMIX = "remix"
    """A new picture from a source and a prompt."""
    GENERATE = "generate"
    """A new picture from a prompt alone."""
    EDIT = "edit"
    """The source with its marked part made anew after a prompt."""
    REFRAME = "reframe"
    """The source carried on into another shape, without a prompt."""


class MagicPrompt(StrEnum):
    """Whether the provider may rewrite the prompt."""

    AUTO = "auto"
    """The provider decides, or does what it does by default."""
    ON = "on"
    OFF = "off"


class Speed(StrEnum):
    """How much time, and money, a picture is given."""

    FLASH = "flash"
    TURBO = "turbo"
    BALANCED = "balanced"
    """What providers do by default; some call it DEFAULT."""
    QUALITY = "quality"


class PictureFormat(StrEnum):
    """The file format of results, where a backend lets choose."""

    PNG = "png"
    JPG = "jpg"
    WEBP = "webp"


class ProviderName(StrEnum):
    """The companies whose APIs are called."""

    FAL = "fal"
    RUNWARE = "runware"
    IDEOGRAM = "ideogram"


@dataclass(frozen=True, kw_only=True)
class Swatch:
    """One colour of a palette."""

    rgb: str
    """Six upper-case hex digits, such as "FF8800"."""
    percent: int | None = None
    """Its weight in hundredths, 5-100; None leaves it to the provider."""


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Colours to be used: one of the presets, or colours of one's own, never both."""

    preset: str | None = None
    """In lower case, such as "ember"."""
    swatches: tuple[Swatch, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Request:
    """The validated content of one operation, without the bytes of its pictures.

    What is None or empty was not chosen: it is left to the provider, except for the strength
    and the shape, which are always sent where the backend takes them.
    """

    operation: Operation = Operation.REMIX
    backend: str
    prompt: str
    """Empty where the operation has none."""
    strength: int | None = None
    """1-100; 100 stays closest to the source, on every backend."""
    count: int = 1
    aspect: str | None = None
    """Width to height as "16:9"; None takes the backend's nearest to the source."""
    size: str | None = None
    """Pixels as "1312x736", or a name of the backend's own; never with `aspect`."""
    style: str | None = None
    style_preset: str | None = None
    style_codes: tuple[str, ...] = ()
    """Eight upper-case hex digits each."""
    palette: Palette | None = None
    speed: Speed | None = None
    seed: int | None = None
    negative: str | None = None
    magic_prompt: MagicPrompt = MagicPrompt.AUTO
    magic_version: str | None = None
    format: PictureFormat | None = None
    quality: int | None = None
    """Of lossy files, 20-99."""
    spoiler: bool = False


@dataclass(frozen=True, kw_only=True)
class ProviderAccess:
    """What it takes to reach a provider."""

    key: str = field(repr=False)
    url: str | None = None
    """One base address in place of the provider's hosts."""
    options: FalOptions | RunwareOptions | None = None
    """None: as by default."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A normalised picture on disk, ready to be sent."""

    path: Path
    media_type: str
    """image/png, image/jpeg or image/webp: what the bytes are, not what the name says."""
    size: int
    """Bytes."""
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Call:
    """One paid call: what is asked, and the id that is ours."""

    key: str
    """UUID v4 in its canonical form. A provider that deduplicates bills it once."""
    request: Request
    source: Source | None = None
    """None where the operation has none."""
    mask: Source | None = None
    """A PNG of the source's size in black and white; white marks what changes."""
    references: tuple[Source, ...] = ()
    """Pictures whose style is to be followed."""
    webhook: str | None = None
    """Where the provider shall report to, with the call's secret; None: nowhere."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """One picture that a provider made, or withheld."""

    url: str | None
    """Where to read it, or the picture itself as a data URI; None when it was withheld."""
    seed: int | None = None
    prompt: str | None = None
    """The prompt as the provider rewrote it, where it says."""
    resolution: str | None = None
    """"1024x1024" as the provider names it; the file itself decides what is shown."""
    style: str | None = None
    safe: bool = True
    image_id: str | None = None
    content_type: str | None = None
    file_name: str | None = None
    file_size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Queued:
    """Accepted, not begun."""

    position: int | None
    """Works before this one, 0 for the next; None where the provider does not say."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """The provider is at work."""

    outputs: tuple[Output, ...] = ()
    """Pictures that are there already, each once; the rest is still being made."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The provider is done; withheld pictures are among the outputs."""

    outputs: tuple[Output, ...]
    cost: Decimal | None
    """US dollars for the whole call, where the provider says; else None."""


Progress = Queued | Running | Finished


class Backend(Protocol):
    """One model at one provider, bound to the HTTP client of one job.

    Made by `bot.backends.registry.Registry.open`, closed with it.
    """

    async def submit(self, call: Call) -> str:
        """Send one paid call.

        Returns:
            The ticket: JSON text, enough to resume after a restart. It may hold signed
            links, so it is stored but never logged.

        Raises:
            Rejected: Refused for good.
            Unavailable: Certainly not accepted.
            Unconfirmed: Sent, and no readable answer came back.
        """
        ...

    async def find(self, key: str, *, count: int, hint: str | None = None) -> str | None:
        """Ask the provider for a call whose answer was lost.

        Where the catalogue entry says `deduplicates` by our id; elsewhere by the hint.

        Args:
            key: The call's, see `Call`.
            count: How many pictures it asked for.
            hint: The provider's id of the work as a webhook told it, which anyone may have
                sent: it is worth no more than what the provider says of it to our key.

        Returns:
            The ticket, or None where the provider knows nothing of it. Only a backend that
            deduplicates may then be sent the same call again under the same key.

        Raises:
            Unavailable: It could not be asked just now.
            Unconfirmed: There is no way to ask.
        """
        ...

    def work_id(self, ticket: str) -> str | None:
        """The provider's own id of accepted work, which may be logged; None where it has none."""
        ...

    def watch(
        self, ticket: str, *, age: float, nudge: asyncio.Event | None = None
    ) -> AsyncGenerator[Progress]:
        """Follow accepted work until it is finished; the last item is `Finished`.

        Passing faults of the connection are retried inside. The caller sets the deadline.

        Args:
            ticket: What `submit` or `find` returned, in this process or another.
            age: Seconds since the call was accepted.
            nudge: To be set when a webhook told of this work, as often as one does: the
                provider is then asked at once, and often for a while, instead of at the end
                of a pause or when its stream tells. Cleared when it was heeded, so one event
                serves the whole wait. It may be set before the wait begins.

        Raises:
            Rejected: The work failed.
            Unconfirmed: The provider no longer knows the ticket.
        """
        ...

    async def cancel(self, ticket: str) -> bool:
        """Ask the provider to stop; True only when it confirms that the work was stopped.

        Returns False wherever that is in doubt, or the provider cannot cancel.
        """
        ...

    async def probe(self) -> None:
        """Ask something that costs nothing, to learn whether key and account are in order.

        Raises:
            Rejected: They are not (ACCOUNT).
            Unavailable: The provider could not be asked just now.
        """
        ...

    async def fetch(self, output: Output, to: Path) -> None:
        """Stream one picture into the file `to`.

        Raises:
            Rejected: The link is dead (NO_RESULT).
            Unavailable: It could not be read just now.
        """
        ...
