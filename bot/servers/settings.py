"""What moderators set for their server; every default is safe to begin with."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pydantic import TypeAdapter

from bot.periods import PeriodRule, period
from bot.strength import DEFAULT
from storage import servers
from storage.database import Query
from storage.servers import ServerRow


class Pressers(StrEnum):
    """Who may press the buttons of a card."""

    EVERYONE = "everyone"
    """On their own credits."""
    REQUESTER = "requester"
    """Only who asked for it."""


class Flagged(StrEnum):
    """What becomes of pictures that a provider flags for their content."""

    REFUSE = "refuse"
    SPOILER = "spoiler"
    """Shown, hidden until they are clicked, in age-restricted channels; refused elsewhere."""


class Remixable(StrEnum):
    """Whose pictures may be remixed where they said nothing."""

    ALL = "all"
    ONLY_ALLOWED = "only_allowed"


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """All that is set of a server, apart from its quota and prompt rules."""

    enabled: bool = True
    channels: tuple[int, ...] = ()
    """Where it may be used: channels, with their threads, or categories; none: everywhere."""
    log_channel: int | None = None
    backends: tuple[str, ...] = ()
    """Names of the backends offered; none: all that the operator offers."""
    backend: str | None = None
    """The one that is taken where none is named; None: the first offered."""
    strength: int = DEFAULT
    pressers: Pressers = Pressers.EVERYONE
    flagged: Flagged = Flagged.REFUSE
    fallback: bool = True
    """Whether another backend may stand in, where the operator allows that at all."""
    notice_after: int | None = None
    """Seconds after which the member is told by a reply that a remix is done; None: never."""
    remixable: Remixable = Remixable.ALL
    account_days: int = 0
    """The least age of an account."""
    member_days: int = 0
    """The least time since a member joined."""
    period: PeriodRule = field(default_factory=PeriodRule)
    budget: int | None = None
    """Credits for the server's month; None is unlimited."""
    jobs_at_once: int | None = None
    """Jobs that a member may have under way."""
    most_pictures: int | None = None
    """Of one request."""
    cooldown: int = 0
    """Seconds between two starts of one member."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server with what is set of it."""

    id: int
    settings: ServerSettings
    set_up: bool
    """Whether its moderators finished setting it up."""


_SETTINGS: Final = TypeAdapter(ServerSettings)
UNSET: Final = ServerSettings()


def read(text: str) -> ServerSettings:
    """Read stored settings; what they do not name is as by default."""
    return _SETTINGS.validate_json(text)


def write(settings: ServerSettings) -> str:
    """Write settings as JSON."""
    return _SETTINGS.dump_json(settings).decode()


def server_of(server_id: int, row: ServerRow | None) -> Server:
    """Make a server of its row, if there is one."""
    settings = UNSET if row is None else read(row.settings)
    return Server(
        id=server_id, settings=settings, set_up=row is not None and row.set_up is not None
    )


async def read_server(query: Query, server_id: int) -> Server:
    """Read a server, inside a transaction or outside."""
    return server_of(server_id, await servers.get(query, server_id))


def period_of(settings: ServerSettings, now: int) -> int:
    """When the members' present period began; milliseconds."""
    return period(settings.period, now).starts
