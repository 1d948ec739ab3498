"""What is stored about a member: shown, exported, erased, and dropped when it is old."""

from bot.privacy.privacy import Privacy

__all__ = ["Privacy"]
