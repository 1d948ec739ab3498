"""What moderators change: each change one transaction, with a row that says who and why."""

from bot.moderation.audit import By, NothingToChangeError
from bot.moderation.moderation import Moderation

__all__ = ["By", "Moderation", "NothingToChangeError"]
