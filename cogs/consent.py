"""/consent: members say whether others may remix their pictures, and are heeded."""

from __future__ import annotations

from typing import Literal

from discord import app_commands
from discord.ext import commands

from bot.client import RemixBot
from bot.jobs.drafts import Draft
from bot.jobs.record import Job
from bot.servers import Remixable, Server
from cogs.desk import RemixInteraction, SorryError, explained, server_id_of
from storage.consents import Consent

NOT_CONSENTED = (
    "Whoever made this picture does not let others remix their pictures. Choose another one."
)
Choice = Literal["allow", "refuse", "as the server says"]
Where = Literal["in this server", "everywhere"]


async def require(interaction: RemixInteraction, server: Server, *owner_ids: int | None) -> None:
    """Check that those whose picture it is let others remix it.

    Raises:
        SorryError: One does not.
    """
    consents = interaction.client.services.consents
    if await consents.refused(server, interaction.user.id, owner_ids):
        raise SorryError(NOT_CONSENTED)


async def require_for_card(interaction: RemixInteraction, server: Server, job: Job) -> None:
    """Check that those whose pictures a card shows let others remix them.

    Raises:
        SorryError: One does not.
    """
    await require(interaction, server, *owners_of(job))


async def require_for_draft(interaction: RemixInteraction, server: Server, draft: Draft) -> None:
    """Check the same of what is started later than it was asked for.

    Raises:
        SorryError: One does not, or does not any more.
    """
    parent = await interaction.client.jobs.get(draft.parent_id) if draft.parent_id else None
    owners = frozenset[int]() if parent is None else owners_of(parent)
    await require(interaction, server, *draft.pictures.author_ids, *owners)


def owners_of(job: Job) -> frozenset[int]:
    """Whose pictures a card shows: those of who asked for it, and those that they took."""
    return job.pictures.author_ids | {job.row.user_id}


class ConsentCog(commands.Cog, name="Consent"):
    """What members say of their pictures."""

    @app_commands.command()
    @app_commands.describe(
        choice="Whether others may remix what you post, your avatar and your results.",
        where="In this server alone, or everywhere where you said nothing else.",
    )
    async def consent(
        self,
        interaction: RemixInteraction,
        choice: Choice | None = None,
        where: Where = "in this server",
    ) -> None:
        """Say whether others may remix your pictures, or see what you said."""
        async with explained(interaction):
            server_id, user_id = server_id_of(interaction), interaction.user.id
            consents = interaction.client.services.consents
            if choice is not None:
                said = None if choice == "as the server says" else Consent(choice)
                await consents.say(user_id, server_id if where == "in this server" else None, said)
            server = await interaction.client.server(server_id)
            sentence = _sentence(*await consents.said_where(user_id, server_id), server)
            await interaction.response.send_message(sentence, ephemeral=True)


def _sentence(here: Consent | None, everywhere: Consent | None, server: Server) -> str:
    match here, everywhere:
        case Consent(), None:
            return f"In this server {_DOES[here]} `/consent` changes it."
        case Consent(), Consent():
            elsewhere = "the same" if here is everywhere else "otherwise"
            return (
                f"In this server {_DOES[here]} Where you said nothing of a server, you said "
                f"{elsewhere}. `/consent` changes it."
            )
        case None, Consent():
            return f"Everywhere, and so in this server, {_DOES[everywhere]} `/consent` changes it."
        case _ if server.settings.remixable is Remixable.ALL:
            return (
                "You said nothing, so others may remix your pictures in this server. "
                "`/consent choice:refuse` forbids it."
            )
        case _:
            return (
                "You said nothing, and in this server only pictures of those who allowed it are "
                "remixed. `/consent choice:allow` allows it."
            )


_DOES = {
    Consent.ALLOW: "others may remix your pictures.",
    Consent.REFUSE: "nobody else may remix your pictures.",
}


async def setup(bot: RemixBot) -> None:
    """Add the command."""
    await bot.add_cog(ConsentCog())
