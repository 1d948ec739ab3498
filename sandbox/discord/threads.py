"""What archived and locked threads let people and bots do.

Documented (Discord's topics/threads, "Locked Threads" and "Active & Archived Threads", read
2026-11): sending a message takes a thread out of the archive, unless it is locked; in an archived
one nothing can be edited, but messages can be deleted; in a locked one nobody without
MANAGE_THREADS can create or update messages, archived or not, and can delete only while it is
active.

Seen by others (discord/discord-api-docs, issues 5517, 6884 and 7707): a bot's public answer in a
locked thread is refused with 50083 "Thread is archived" though it need not be archived. Issue
6884 also has the advice to send an ephemeral follow-up there instead. Issue 8474: before a
component is used in an archived thread, the client asks for it to be reopened, and sends nothing
where the member may not write there. Issue 7900: buttons are grey in locked threads.

Inferred: that ephemeral messages are taken in locked threads from every app, and neither reopen an
archived one; that 50083 is what sending without an interaction meets too; that moderators can use
components in locked threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord.channels import Channel
from sandbox.discord.errors import THREAD_ARCHIVED, ApiError
from sandbox.discord.permissions import Permission
from sandbox.discord.places import Place

if TYPE_CHECKING:
    from sandbox.discord.members import Member


def open_for_message(place: Place, *, ephemeral: bool = False) -> None:
    """Check that the bot can send here, and take the thread out of the archive if need be.

    Raises:
        ApiError: The thread is locked (50083).
    """
    if ephemeral or not isinstance(place, Channel):
        return
    _check_unlocked(place)
    place.reopen()


def check_editable(place: Place) -> None:
    """Check that the bot can edit messages here.

    Raises:
        ApiError: The thread is archived or locked (50083).
    """
    if place.archived:
        raise ApiError(THREAD_ARCHIVED)
    _check_unlocked(place)


def check_deletable(place: Place) -> None:
    """Check that the bot can delete messages here.

    Raises:
        ApiError: The thread is archived and locked (50083).
    """
    if place.archived:
        _check_unlocked(place)


def enter(channel: Channel, member: Member) -> None:
    """Do what Discord's client does before a member writes or uses something in a channel.

    Raises:
        ValueError: The client would not let them.
    """
    have = channel.permissions_of(member)
    moderates = bool(have & Permission.MANAGE_THREADS)
    if channel.locked and not moderates:
        raise ValueError(f"the thread {channel.name} is locked")
    if channel.archived and not (moderates or have & channel.posting):
        raise ValueError(f"{member.name} may not reopen the archived thread {channel.name}")
    channel.reopen()


def _check_unlocked(place: Place) -> None:
    if place.locked and not place.bot_permissions() & Permission.MANAGE_THREADS:
        raise ApiError(THREAD_ARCHIVED)
