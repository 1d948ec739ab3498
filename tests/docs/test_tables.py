from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import shutil
from pathlib import Path
from types import ModuleType

import discord
import pytest
from discord import app_commands
from discord.ext import commands

import cogs
from bot.settings import Settings, load
from scripts import tables

ROOT = Path(__file__).parents[2]
NAMES = [name.upper() for name in Settings.model_fields]
GENERATED = {
    "README.md": "CONFIRM_ABOVE",
    ".env.example": "CONFIRM_ABOVE",
    "docs/parameters.md": "image_weight",
    "docs/failures.md": "content_policy_violation",
}
"""The files with generated parts, and a word of each."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The generated files, in a folder where they may be spoilt."""
    (tmp_path / "docs").mkdir()
    for name in GENERATED:
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def block(name: str) -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, rest = text.partition(f"<!-- {name}:begin -->\n")
    return rest.partition(f"<!-- {name}:end -->")[0].splitlines()[2:]


def test_the_generated_parts_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert tables.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_the_settings_table_names_exactly_the_settings() -> None:
    assert [re.split(r"[|`]", row)[2] for row in block("settings")] == NAMES


def test_the_env_example_names_exactly_the_settings() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()

    assert [m[1] for line in lines if (m := re.match(r"(?:# )?([A-Z_]+)=", line))] == NAMES


def test_a_copied_env_example_holds_nothing_but_what_is_filled_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    filled = text.replace("DISCORD_TOKEN=", "DISCORD_TOKEN=a-real-token")
    filled = filled.replace("\nFAL_KEY=", "\nFAL_KEY=an-id:a-secret")
    (tmp_path / ".env").write_text(filled, encoding="utf-8")

    assert load(tmp_path / ".env").model_fields_set == {"discord_token", "fal_key"}


def tops(cog: type[commands.Cog]) -> set[str]:
    """The names of a cog's commands as Discord lists them first."""
    if issubclass(cog, commands.GroupCog):
        return {str(cog.__cog_group_name__)}
    return {top.name for top in cog.__cog_app_commands__}


def test_the_commands_table_names_exactly_the_commands() -> None:
    # Not by the list of extensions, so that a cog which is missing there is missed here.
    found = pkgutil.walk_packages(cogs.__path__, "cogs.")
    modules = [importlib.import_module(module.name) for module in found]
    ours = [
        value
        for module in modules
        if hasattr(module, "setup")
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, commands.Cog)
        and value.__module__ == module.__name__
    ]
    names = {f"/{name}" for cog in ours for name in tops(cog)}

    listed = [row.split("`")[1] for row in block("commands") if "`/" in row]

    assert {name.split()[0] for name in listed} == names
    assert {"/remix", "/credits"} <= names
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("name", GENERATED)
def test_a_part_that_is_old_is_found_and_mended(
    copy: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    good = (copy / name).read_text(encoding="utf-8")
    assert GENERATED[name] in good
    (copy / name).write_text(good.replace(GENERATED[name], "another"), encoding="utf-8")

    assert tables.main(["--check"], root=copy) == 1
    assert (
        capsys.readouterr().err
        == f"{Path(name).name} is not current: run python -m scripts.tables\n"
    )
    assert tables.main([], root=copy) == 0
    assert (copy / name).read_text(encoding="utf-8") == good


def test_what_is_written_by_hand_is_left_alone() -> None:
    text = "above\n<!-- x:begin -->\nold\n<!-- x:end -->\nbelow \\1"

    whole = tables.between(text, "x", "new \\1")

    assert whole == "above\n<!-- x:begin -->\nnew \\1\n<!-- x:end -->\nbelow \\1"


@pytest.mark.parametrize("text", ["no markers", "<!-- x:begin --><!-- x:end -->" * 2])
def test_lost_or_doubled_markers_are_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="pairs of markers named x"):
        tables.between(text, "x", "table")


class Example(commands.Cog):
    quota = app_commands.Group(name="quota", description="Of members.")

    @quota.command()
    async def show(self, interaction: discord.Interaction, member: discord.Member) -> None:
        """Show what is left."""

    @app_commands.command()
    @app_commands.describe(prompt="This | that", seed="A number")
    async def remix(
        self, interaction: discord.Interaction, prompt: str, seed: int | None = None
    ) -> None:
        """Remix it."""


@app_commands.context_menu(name="Remix this")
async def remix_this(interaction: discord.Interaction, message: discord.Message) -> None:
    """Has no description in Discord."""


def test_commands_of_cogs_groups_and_menus_are_listed_with_their_options() -> None:
    # Of its own are what it defines: another module lists what this one imports.
    module = ModuleType(Example.__module__)
    vars(module).update(Example=Example, menu=remix_this, Cog=commands.Cog, number=1)

    table = tables.commands_table(tables.commands_of(module))

    assert table.splitlines() == [
        "| command | what it does | options |",
        "| --- | --- | --- |",
        "| `/quota show` | Show what is left. | `member` … |",
        "| `/remix` | Remix it. | `prompt` This \\| that<br>`[seed]` A number |",
        "| `Apps > Remix this` | In the menu of a message. |  |",
    ]
