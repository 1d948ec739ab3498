"""A stand-in of Discord: gateway, REST API, CDN, and members whom a test plays.

async with DiscordSandbox() as discord:
    guild = discord.add_guild("Art")
    channel = guild.add_channel("remix")
    member = guild.add_member("alice")
    await discord.ready()  # a bot that was given discord.url and discord.token
    shot = await member.slash(channel, "remix", image=Upload("cat.png", data), prompt="...")
    await shot.answered()
    await member.click(shot.message, "Re-roll")
"""

from sandbox.discord.actors import Actor
from sandbox.discord.app import Recorded
from sandbox.discord.channels import Channel, ChannelType
from sandbox.discord.commands import CommandType
from sandbox.discord.guilds import Guild
from sandbox.discord.interactions import Answer, Invocation, Kind
from sandbox.discord.message import Button, Flag, Message, Select
from sandbox.discord.permissions import Permission
from sandbox.discord.roles import Role
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.sessions import Intent
from sandbox.discord.uploads import Upload
from sandbox.discord.users import User
from sandbox.discord.webhooks import Webhook

__all__ = [
    "Actor",
    "Answer",
    "Button",
    "Channel",
    "ChannelType",
    "CommandType",
    "DiscordSandbox",
    "Flag",
    "Guild",
    "Intent",
    "Invocation",
    "Kind",
    "Message",
    "Permission",
    "Recorded",
    "Role",
    "Select",
    "Upload",
    "User",
    "Webhook",
]
