"""Who asks and where, as the policies of `bot` need it."""

from __future__ import annotations

import discord

from bot.admission import Asker, Place
from bot.client import RemixBot

RemixInteraction = discord.Interaction[RemixBot]


def role_ids(member: discord.Member | discord.User) -> frozenset[int]:
    """The ids of a member's roles, as the interaction brought them."""
    if not isinstance(member, discord.Member):
        return frozenset()
    # `Member.roles` leaves out all roles of a server that is not cached yet.
    return frozenset(member._roles)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def asker_of(interaction: RemixInteraction) -> Asker:
    """Since when the one who asks has an account, and is a member."""
    user = interaction.user
    joined = user.joined_at if isinstance(user, discord.Member) else None
    return Asker(
        created=int(user.created_at.timestamp() * 1000),
        joined=None if joined is None else int(joined.timestamp() * 1000),
    )


def place_of(interaction: RemixInteraction) -> Place:
    """Where an interaction is: the channel, what it belongs to, and whether it is for adults."""
    channel = interaction.channel
    parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
    category_id = getattr(channel, "category_id", None)
    if isinstance(channel, discord.Thread) and channel.parent is not None:
        category_id = channel.parent.category_id
    nsfw = getattr(channel, "is_nsfw", None)
    return Place(
        ids=frozenset(filter(None, (interaction.channel_id, parent_id, category_id))),
        age_restricted=bool(nsfw and nsfw()),
    )
