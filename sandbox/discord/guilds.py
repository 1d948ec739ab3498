"""Guilds: their roles, channels and members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.discord.actors import Actor
from sandbox.discord.channels import Channel, ChannelType
from sandbox.discord.members import moment
from sandbox.discord.permissions import BOT_DEFAULT, MEMBER_DEFAULT, Permission
from sandbox.discord.roles import Role
from sandbox.discord.sessions import Intent
from sandbox.discord.uploads import FILE_LIMIT, Upload
from sandbox.discord.users import User
from sandbox.discord.webhooks import Webhook

if TYPE_CHECKING:
    from sandbox.discord.world import World


_EMPTY = (
    *("emojis", "stickers", "voice_states", "presences", "stage_instances"),
    *("guild_scheduled_events", "soundboard_sounds"),
)


class Guild:
    """A server, with the bot in it or not."""

    def __init__(
        self,
        world: World,
        name: str,
        *,
        bot_permissions: int = BOT_DEFAULT,
        owner: User | None = None,
        installed: bool = True,
    ) -> None:
        self.world = world
        self.id = world.ids.new(apart=True)
        self.name = name
        self.file_limit = FILE_LIMIT
        """Bytes of one file here; boosts raise it."""
        self.installed = installed
        """Whether the bot is in it."""
        self.available = True
        """Whether Discord has no outage here."""
        self.system_channel: Channel | None = None
        self.channels: list[Channel] = []
        self.members: dict[int, Actor] = {}
        self.everyone = Role(
            guild=self, id=self.id, name="@everyone", permissions=MEMBER_DEFAULT, position=0
        )
        self.roles: list[Role] = [self.everyone]
        self.bot_role = self._new_role(world.bot.name, bot_permissions, managed=True)
        self.owner = self._new_member(owner or world.new_user("owner"), [])
        self.bot_member = self._new_member(world.bot, [self.bot_role], joined=0.0)

    def add_role(self, name: str, *, permissions: int = 0) -> Role:
        """Make a role.

        Args:
            name: Its name.
            permissions: Bits of `Permission`, on top of those of everyone.
        """
        role = self._new_role(name, permissions)
        self.announce_role(role, "CREATE")
        return role

    def remove_role(self, role: Role) -> None:
        """Delete a role; its members keep the others."""
        for member in self.members.values():
            if role in member.roles[1:]:
                member.set_roles([other for other in member.roles[1:] if other is not role])
        self.roles.remove(role)
        payload = {"guild_id": str(self.id), "role_id": str(role.id)}
        self.world.gateway.dispatch("GUILD_ROLE_DELETE", payload, guild_id=self.id)

    def add_channel(
        self, name: str, *, nsfw: bool = False, category: Channel | None = None
    ) -> Channel:
        """Make a text channel, in a category with its permissions."""
        return self._make(name, ChannelType.TEXT, nsfw=nsfw, category=category)

    def add_announcements(self, name: str, *, category: Channel | None = None) -> Channel:
        """Make an announcement channel."""
        return self._make(name, ChannelType.ANNOUNCEMENT, category=category)

    def add_voice(
        self, name: str, *, nsfw: bool = False, category: Channel | None = None
    ) -> Channel:
        """Make a voice channel; its text chat is the channel itself."""
        return self._make(name, ChannelType.VOICE, nsfw=nsfw, category=category)

    def add_forum(
        self, name: str, *, nsfw: bool = False, category: Channel | None = None
    ) -> Channel:
        """Make a forum: only posts can be made in it."""
        return self._make(name, ChannelType.FORUM, nsfw=nsfw, category=category)

    def add_category(self, name: str) -> Channel:
        """Make a category for channels to stand under."""
        return self._make(name, ChannelType.CATEGORY)

    def add_thread(self, parent: Channel, name: str) -> Channel:
        """Make a public thread in a text or announcement channel.

        Raises:
            ValueError: There can be none in such a channel.
        """
        kinds = {
            ChannelType.TEXT: ChannelType.PUBLIC_THREAD,
            ChannelType.ANNOUNCEMENT: ChannelType.ANNOUNCEMENT_THREAD,
        }
        if parent.kind not in kinds:
            raise ValueError(f"#{parent.name} takes no threads")
        return self._make(name, kinds[parent.kind], parent=parent)

    def add_post(
        self,
        forum: Channel,
        title: str,
        content: str = "",
        *,
        author: Actor | None = None,
        files: Sequence[Upload] = (),
        embeds: Sequence[dict[str, Any]] = (),
    ) -> Channel:
        """Make a post in a forum: a thread whose first message has the thread's own id.

        Args:
            forum: Where.
            title: The name of the thread.
            content: The first message; the title, if there are no files either.
            author: Who makes it; the server's owner, if nobody is named.
            files: What the first message carries.
            embeds: What Discord made of its links.

        Raises:
            ValueError: It is no forum, or the author may not post in it.
        """
        who = author or self.owner
        if forum.kind is not ChannelType.FORUM:
            raise ValueError(f"#{forum.name} is no forum")
        if not forum.permissions_of(who) & Permission.SEND_MESSAGES:
            raise ValueError(f"{who.name} may not post in #{forum.name}")
        post = Channel(self, title, kind=ChannelType.PUBLIC_THREAD, parent=forum)
        post.owner_id = who.id
        self._add(post)
        text = content or ("" if files else title)
        who.say(post, text, files=files, embeds=embeds, identifier=post.id)
        return post

    def add_webhook(self, channel: Channel, name: str) -> Webhook:
        """Make a webhook of a channel, which some other service writes by."""
        return Webhook(channel, name)

    def add_member(
        self,
        who: str | User,
        *,
        roles: list[Role] | None = None,
        joined: datetime | float | None = None,
    ) -> Actor:
        """Let somebody join: a new user of that name, or one whom another guild has already.

        Args:
            who: The user, or the name of a new one.
            roles: Their roles.
            joined: When, or how many seconds ago; long ago, if nothing is said.
        """
        user = self.world.new_user(who) if isinstance(who, str) else who
        member = self._new_member(user, roles or [], joined=joined)
        payload = {**member.payload(), "guild_id": str(self.id)}
        self.world.gateway.dispatch(
            "GUILD_MEMBER_ADD", payload, guild_id=self.id, needs=Intent.GUILD_MEMBERS
        )
        return member

    def add_bot(self, name: str, *, roles: list[Role] | None = None) -> Actor:
        """Let another bot join; what it posts may have components."""
        return self.add_member(self.world.new_user(name, bot=True), roles=roles)

    def remove_member(self, member: Actor) -> None:
        """Let a member leave."""
        del self.members[member.id]
        payload = {"guild_id": str(self.id), "user": member.user.payload()}
        self.world.gateway.dispatch(
            "GUILD_MEMBER_REMOVE", payload, guild_id=self.id, needs=Intent.GUILD_MEMBERS
        )

    def set_owner(self, member: Actor) -> None:
        """Give the server to another member."""
        self.owner = member
        self._announce()

    def set_system_channel(self, channel: Channel | None) -> None:
        """Choose where Discord's own messages go, such as those about new members."""
        self.system_channel = channel
        self._announce()

    def bot_joined(self) -> None:
        """Note that the bot joins now."""
        self.bot_member.joined = moment(0.0)

    def announce_role(self, role: Role, change: str) -> None:
        """Tell the bot that a role was created or updated ("CREATE", "UPDATE")."""
        payload = {"guild_id": str(self.id), "role": role.payload()}
        self.world.gateway.dispatch(f"GUILD_ROLE_{change}", payload, guild_id=self.id)

    def _new_role(self, name: str, permissions: int, *, managed: bool = False) -> Role:
        role = Role(
            guild=self,
            id=self.world.ids.new(),
            name=name,
            permissions=permissions,
            position=len(self.roles),
            managed=managed,
        )
        self.roles.append(role)
        return role

    def _new_member(
        self, user: User, roles: list[Role], *, joined: datetime | float | None = None
    ) -> Actor:
        member = self.members[user.id] = Actor(self, user, roles, joined=joined)
        return member

    def _make(self, name: str, kind: ChannelType, **options: Any) -> Channel:
        return self._add(Channel(self, name, kind=kind, **options))

    def _add(self, channel: Channel) -> Channel:
        self.channels.append(channel)
        self.world.channels[channel.id] = channel
        channel.announce("CREATE")
        return channel

    def _announce(self) -> None:
        payload = {**self.settings(), "roles": [role.payload() for role in self.roles]}
        self.world.gateway.dispatch("GUILD_UPDATE", payload, guild_id=self.id)

    def partial(self) -> dict[str, Any]:
        """Return the guild as an interaction carries it."""
        return {"id": str(self.id), "locale": "en-US", "features": []}

    def create_payload(self, *, joining: bool) -> dict[str, Any]:
        """Return the guild as GUILD_CREATE carries it.

        Args:
            joining: The bot was just let in. discord.py 2.7.1 knows that by the absence of
                `unavailable`, which is false where a guild became available (again).
        """
        present = [channel for channel in self.channels if not channel.deleted]
        bot = self.bot_member
        threads = [c for c in present if c.is_thread and not c.archived and bot.can_see(c)]
        # Without the members intent a bot is told of nobody but itself.
        return {
            **self.settings(),
            "joined_at": bot.joined.isoformat(),
            "large": False,
            **({} if joining else {"unavailable": False}),
            "member_count": len(self.members),
            "roles": [role.payload() for role in self.roles],
            "channels": [c.gateway_payload() for c in present if not c.is_thread],
            "threads": [c.payload() for c in threads],
            "members": [bot.payload()],
            **{key: [] for key in _EMPTY},
        }

    def settings(self) -> dict[str, Any]:
        """Return what the guild object says of the guild itself."""
        absent = (
            *("icon", "splash", "discovery_splash", "afk_channel_id", "application_id"),
            *("rules_channel_id", "description", "banner"),
            *("vanity_url_code", "public_updates_channel_id", "safety_alerts_channel_id"),
        )
        zero = (
            *("verification_level", "default_message_notifications", "explicit_content_filter"),
            *("mfa_level", "system_channel_flags", "premium_tier", "nsfw_level"),
        )
        system = self.system_channel
        return {
            **dict.fromkeys(absent, None),
            **dict.fromkeys(zero, 0),
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(self.owner.id),
            "system_channel_id": str(system.id) if system else None,
            "features": [],
            "afk_timeout": 300,
            "preferred_locale": "en-US",
            "premium_progress_bar_enabled": False,
        }
