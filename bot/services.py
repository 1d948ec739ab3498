"""What the commands of moderators and members ask for besides jobs."""

from __future__ import annotations

from dataclasses import dataclass

from bot.card_reports import CardReports
from bot.consent import Consents
from bot.departures import Departures
from bot.moderation import Moderation
from bot.people import People
from bot.privacy import Privacy
from bot.prompts import Prompts
from bot.spending.draw import Charts


@dataclass(frozen=True, kw_only=True)
class Services:
    """Made once, by the composition root."""

    people: People
    prompts: Prompts
    moderation: Moderation
    consents: Consents
    card_reports: CardReports
    charts: Charts
    privacy: Privacy
    departures: Departures
