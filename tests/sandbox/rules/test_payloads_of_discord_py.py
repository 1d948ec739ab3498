"""What an unmodified discord.py builds from sound parts breaks no rule."""

from __future__ import annotations

import io
from typing import Any

import discord
from discord import app_commands
from discord.http import handle_message_parameters

from sandbox.discord.rules import check_commands, check_message, check_modal


def card(files: list[discord.File]) -> discord.ui.LayoutView:
    buttons = (
        discord.ui.Button[Any](label="Re-roll", custom_id="remix:reroll:1"),
        discord.ui.Button[Any](label="Site", url="https://example.com"),
    )
    select = discord.ui.Select[Any](
        custom_id="remix:pick:1",
        placeholder="Remix which one?",
        options=[discord.SelectOption(label="1"), discord.SelectOption(label="2", emoji="🎨")],
    )
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(
        discord.ui.Container(
            discord.ui.TextDisplay("**Remix**", id=10),
            discord.ui.Section("Before", accessory=discord.ui.Thumbnail(files[0])),
            discord.ui.MediaGallery(discord.MediaGalleryItem(files[1], description="after")),
            discord.ui.Separator(spacing=discord.SeparatorSpacing.large),
            discord.ui.ActionRow(*buttons),
            discord.ui.ActionRow(select),
            accent_colour=discord.Colour.blurple(),
        )
    )
    return view


def pictures() -> list[discord.File]:
    return [discord.File(io.BytesIO(b"x"), filename=name) for name in ("a.png", "b.png")]


def payload_of(**arguments: Any) -> dict[str, Any]:
    with handle_message_parameters(**arguments) as parameters:
        if parameters.payload is not None:
            return dict(parameters.payload)
        assert parameters.multipart
        return discord.utils._from_json(parameters.multipart[0]["value"])


async def test_a_layout_with_files_passes_when_sent() -> None:
    files = pictures()

    payload = payload_of(files=files, view=card(files), nonce=1)

    names = [file.filename for file in files]
    assert check_message(payload, files=names, kept=[], editing=False, v2_before=False) == []


async def test_a_layout_with_files_passes_when_edited_in() -> None:
    files = pictures()

    payload = payload_of(attachments=files, view=card(files))

    names = [file.filename for file in files]
    assert check_message(payload, files=names, kept=[], editing=True, v2_before=True) == []


async def test_content_beside_a_layout_is_refused() -> None:
    files = pictures()

    payload = payload_of(content="x", attachments=files, view=card(files))

    names = [file.filename for file in files]
    problems = check_message(payload, files=names, kept=[], editing=True, v2_before=True)
    assert problems == ["content: not allowed in a Components V2 message"]


def test_an_embed_with_a_classic_view_passes() -> None:
    embed = discord.Embed(title="Quota", description="x", colour=1).add_field(name="a", value="b")

    payload = payload_of(
        content="x", embed=embed, allowed_mentions=discord.AllowedMentions.none(), tts=False
    )

    assert check_message(payload, files=[], kept=[], editing=False, v2_before=False) == []


async def test_a_modal_passes() -> None:
    modal = discord.ui.Modal(title="Edit", custom_id="remix:edit:1")
    field = discord.ui.TextInput[Any](
        style=discord.TextStyle.paragraph, default="a fox", max_length=2000
    )
    modal.add_item(discord.ui.Label(text="Prompt", component=field))
    modal.add_item(discord.ui.TextDisplay("Costs 6 credits"))
    choice = discord.ui.Select[Any](options=[discord.SelectOption(label="fal-v3")])
    modal.add_item(discord.ui.Label(text="Backend", component=choice))
    upload = discord.ui.FileUpload[Any](required=False, min_values=0)
    modal.add_item(discord.ui.Label(text="Another image", component=upload))

    assert check_modal(modal.to_dict()) == []


def test_a_tree_of_commands_passes() -> None:
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))

    @tree.command(description="Remix an image")
    @app_commands.describe(image="Will be shown", strength="1 to 100")
    @app_commands.choices(aspect=[app_commands.Choice(name="Square", value="1:1")])
    @app_commands.guild_only()
    async def remix(
        interaction: discord.Interaction,
        image: discord.Attachment,
        prompt: app_commands.Range[str, 1, 2000],
        strength: app_commands.Range[int, 1, 100] | None,
        aspect: str | None,
        backend: str | None,
    ) -> None: ...

    @remix.autocomplete("backend")
    async def backends(
        interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        return []

    group = app_commands.Group(name="quota", description="Quotas")

    @group.command(name="set", description="Set a quota")
    async def set_quota(interaction: discord.Interaction, member: discord.Member) -> None: ...

    @tree.context_menu(name="Remix This")
    async def remix_this(interaction: discord.Interaction, message: discord.Message) -> None: ...

    tree.add_command(group)

    assert check_commands([command.to_dict(tree) for command in tree.get_commands()]) == []
