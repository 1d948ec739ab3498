"""What the operator sets: one frozen model, from the environment and a `.env` file.

The settings table of the README and `.env.example` are made from the descriptions, defaults and
examples of the fields (`scripts/tables.py`).
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr, ValidationError
from pydantic_settings import DotEnvSettingsSource

from bot import settings_checks as checks
from bot.settings_core import LogFormat, LogLevel
from bot.settings_providers import ProviderSettings
from storage.opening import file_of, folder_of

__all__ = ["LogFormat", "LogLevel", "Settings", "SettingsError", "example_of", "load", "unknown"]


class SettingsError(Exception):
    """The settings do not let the bot start; the text has one line for each fault.

    A line names the variable and shows a good value, and never holds what was set.
    """

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Settings(ProviderSettings):
    """All settings, checked; built once, in main, by `load`."""

    @property
    def database_path(self) -> Path | None:
        """The file that `database_url` names; None where it names a server."""
        return file_of(self.database_url.get_secret_value())

    @property
    def data_folder(self) -> Path:
        """Where files lie that no setting names a place for."""
        return folder_of(self.database_url.get_secret_value())

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value that must never be printed, for the log to know them by."""
        fields = (getattr(self, name) for name in type(self).model_fields)
        hidden = [field for field in fields if isinstance(field, SecretStr)]
        if self.database_path is not None:
            # Where a file lies is nothing to hide.
            hidden.remove(self.database_url)
        values = [field.get_secret_value() for field in hidden]
        parts: list[str] = []
        if self.fal_key:
            parts.append(self.fal_key.get_secret_value().partition(":")[2])
        for url in filter(None, (self.proxy_url, self.database_url)):
            if password := urlsplit(url.get_secret_value()).password:
                parts += [password, unquote(password)]
        return (*values, *parts)


def load(env_file: str | Path | None = ".env") -> Settings:
    """Read the settings; the environment goes before the file, which may be absent.

    Raises:
        SettingsError: Some are missing or wrong; all of them are named.
    """
    options: dict[str, Any] = {"_env_file": env_file}
    try:
        return Settings(**options)
    except ValidationError as error:
        faults = _faults(error)
    except UnicodeDecodeError:
        faults = (f"{env_file} is not UTF-8 text; a good first line: DISCORD_TOKEN=your-bot-token",)
    # Outside of the handlers, so that no traceback leads back to what was set.
    raise SettingsError(faults)


def _faults(error: ValidationError) -> tuple[str, ...]:
    details = error.errors(include_url=False, include_input=False)
    return tuple(
        checks.sentence(name.upper(), detail, example_of(name))
        for detail in details
        # A default that depends on a refused value is no fault of its own.
        if detail["type"] != "default_factory_not_called"
        for name in [str(detail["loc"][0])]
    )


def example_of(name: str) -> str:
    """Give a good value of a field, as one would write it in `.env`."""
    examples = Settings.model_fields[name].examples or []
    return str(examples[0])


def unknown(env_file: str | Path = ".env") -> tuple[str, ...]:
    """Name the variables of the file that look like ours and are none, one sentence each."""
    ours = {name.upper() for name in Settings.model_fields}
    words = {name.partition("_")[0] for name in ours}
    sentences: list[str] = []
    for theirs in map(str.upper, DotEnvSettingsSource(Settings, env_file=env_file).env_vars):
        close = get_close_matches(theirs, ours, n=1, cutoff=0.8)
        if theirs not in ours and (close or theirs.partition("_")[0] in words):
            meant = f"; is {close[0]} meant?" if close else ""
            sentences.append(f"{theirs} in {env_file} is no setting and is ignored{meant}")
    return tuple(sentences)
