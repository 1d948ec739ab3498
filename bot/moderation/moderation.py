"""All that moderators can change, in one place."""

from __future__ import annotations

from bot.clock import Clock
from bot.moderation.credits import Credits
from bot.moderation.quotas import Quotas
from bot.moderation.scene import Changes
from bot.moderation.servers import Servers
from bot.moderation.suspensions import Suspensions
from bot.people import People
from storage.database import Database


class Moderation:
    """Changes of one database."""

    def __init__(self, *, database: Database, clock: Clock, people: People) -> None:
        changes = Changes(database=database, clock=clock, people=people)
        self.quotas = Quotas(changes)
        self.credits = Credits(changes)
        self.suspensions = Suspensions(changes)
        self.servers = Servers(changes)
