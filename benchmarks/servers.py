"""What the servers that the bot is in take of its memory."""

from __future__ import annotations

from benchmarks import pictures
from benchmarks.child import MIB
from benchmarks.figures import Part
from benchmarks.stage import Stage

SERVERS = 1000
"""As many as Discord advises for a shard."""
CHANNELS, ROLES = 20, 15


async def servers(ours: Stage) -> Part:
    """Let the bot be invited to servers, and look what it keeps of them."""
    before = ours.child.resident()
    for number in range(SERVERS):
        _invite(ours, number)
    # Told after all of those, so that it has read them once this is done.
    await ours.run(1, pictures.small(), latency=0.1)
    more = (ours.child.resident() - before) / MIB
    part = Part(title="Servers")
    part.text.append(
        f"Resident, for each {SERVERS:,} servers with {CHANNELS} channels and {ROLES} roles each:"
        f" {more:.0f} MB."
    )
    return part


def _invite(ours: Stage, number: int) -> None:
    guild = ours.discord.add_guild(f"Server {number}", installed=False)
    for channel in range(CHANNELS):
        guild.add_channel(f"channel-{channel}")
    for role in range(ROLES):
        guild.add_role(f"Role {role}")
    ours.discord.invite_bot(guild)
