"""Write the parts of the documentation that list code, or check that they are current.

They are the settings and commands tables of the README, each between its two markers, and the
whole of .env.example, docs/parameters.md and docs/failures.md.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from types import ModuleType

from discord import app_commands
from discord.ext import commands
from pydantic.fields import FieldInfo

from bot.settings import Settings, example_of
from scripts import failures, parameters

ROOT = Path(__file__).resolve().parent.parent

AnyCommand = app_commands.Command | app_commands.ContextMenu

REQUIRED = "required"
UNSET = "not set"

ENV_HEAD = """\
# The settings of Remix Bot. Copy this file to .env and fill in what you need: the bot's token
# and a key for at least one of fal, Runware and Ideogram.
# Made by scripts/tables.py from bot/settings.py; not to be edited by hand.
"""


def settings_table() -> str:
    """List every setting with its default and an example, as Markdown."""
    rows = (
        (f"`{name.upper()}`", _default(field), f"{field.description}", f"`{example_of(name)}`")
        for name, field in Settings.model_fields.items()
    )
    return _markdown(("variable", "default", "what it does", "example"), rows)


def env_example() -> str:
    """Give the file that an operator copies: secrets to fill in, the rest commented out."""
    return "\n".join([ENV_HEAD, *(_env_entry(n, f) for n, f in Settings.model_fields.items())])


def commands_table(found: Iterable[AnyCommand]) -> str:
    """List commands with their options, those in brackets being optional, as Markdown."""
    rows = ((f"`{_name(one)}`", _purpose(one), _options(one)) for one in found)
    return _markdown(("command", "what it does", "options"), rows)


def all_commands() -> list[AnyCommand]:
    """Find the commands of the cogs that the bot loads, without starting it."""
    extensions: Sequence[str] = importlib.import_module("bot.client").EXTENSIONS
    modules = map(importlib.import_module, extensions)
    return [one for module in modules for one in commands_of(module)]


def commands_of(module: ModuleType) -> Iterator[AnyCommand]:
    """Find the commands of one extension: its context menus, and those of the cogs it defines."""
    for value in vars(module).values():
        if isinstance(value, app_commands.ContextMenu):
            yield value
        elif inspect.isclass(value) and value.__module__ == module.__name__:
            yield from _of_cog(value)


def _of_cog(kind: type) -> Iterator[AnyCommand]:
    if issubclass(kind, commands.GroupCog):
        # Only an instance knows the group; ours take nothing to make one.
        yield from (
            one for one in kind().walk_app_commands() if isinstance(one, app_commands.Command)
        )
    elif issubclass(kind, commands.Cog):
        for top in kind.__cog_app_commands__:
            yield from _leaves(top)


def _leaves(top: app_commands.Command | app_commands.Group) -> Iterator[AnyCommand]:
    if isinstance(top, app_commands.Command):
        yield top
        return
    yield from (one for one in top.walk_commands() if isinstance(one, app_commands.Command))


def _name(command: AnyCommand) -> str:
    menu = isinstance(command, app_commands.ContextMenu)
    return f"Apps > {command.name}" if menu else f"/{command.qualified_name}"


def _purpose(command: AnyCommand) -> str:
    if isinstance(command, app_commands.ContextMenu):
        return f"In the menu of a {command.type.name}."
    return str(command.description)


def _options(command: AnyCommand) -> str:
    if isinstance(command, app_commands.ContextMenu):
        return ""
    lines = (
        f"`{p.display_name if p.required else f'[{p.display_name}]'}` {p.description}"
        for p in command.parameters
    )
    return "<br>".join(lines)


def _default(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    if isinstance(extra, dict):
        return str(extra["default"])
    if field.is_required():
        return REQUIRED
    return UNSET if field.default is None else f"`{_plain(field.default)}`"


def _plain(value: object) -> str:
    return str(value.value if isinstance(value, Enum) else value)


def _env_entry(name: str, field: FieldInfo) -> str:
    default, example = _default(field), example_of(name)
    note = f"Default: {default.replace('`', '')}."
    assignment = f"# {name.upper()}={example}"
    if default in {REQUIRED, UNSET}:
        note = f"{default.capitalize()}; a good value: {example}"
        assignment = f"{name.upper()}="
    lines = [*textwrap.wrap(f"{field.description}", 96), note]
    return "\n".join([*(f"# {line}" for line in lines), assignment, ""])


def _markdown(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in lines)


def between(text: str, name: str, table: str) -> str:
    """Put a table between the two markers of its name.

    Raises:
        ValueError: The text has not exactly one such pair.
    """
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    whole, count = pattern.subn(lambda _: f"{begin}\n{table}\n{end}", text)
    if count != 1:
        raise ValueError(f"{count} pairs of markers named {name}, where one is needed")
    return whole


def wanted(root: Path) -> dict[Path, str]:
    """Give the generated files as they ought to be."""
    readme = root / "README.md"
    text = between(readme.read_text(encoding="utf-8"), "settings", settings_table())
    text = between(text, "commands", commands_table(all_commands()))
    return {
        readme: text,
        root / ".env.example": env_example(),
        root / "docs" / "parameters.md": parameters.page(),
        root / "docs" / "failures.md": failures.page(),
    }


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run the command line; with --check nothing is written, and 1 says that something is old."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether all is current")
    check = parser.parse_args(arguments).check
    old = 0
    for path, text in wanted(root).items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if check:
            old = 1
            print(f"{path.name} is not current: run python -m scripts.tables", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
    return old


if __name__ == "__main__":
    sys.exit(main())
