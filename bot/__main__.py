"""The command line of the bot."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from bot import health, logs, tools
from bot.backends.own import OwnBackendsError
from bot.clock import SystemClock
from bot.discord_wire import REFUSALS, UNREACHABLE
from bot.hooks.server import ListenError
from bot.serve import StoppedError, serve
from bot.settings import Settings, SettingsError, load, unknown
from bot.shards import ShardsError, parse
from storage.database import StorageError
from storage.sqlite import VERSION

log = logging.getLogger("bot")

EXIT_FAILED, EXIT_SETTINGS = 1, 2
EXIT_INTERRUPTED = 130
"""As a shell counts a command that Ctrl-C ended."""
INTERRUPTED = {
    "copy-database": (
        "Stopped before the end: FROM is as it was; remove TO, which is half a copy, before the "
        "next try."
    ),
    "calibrate": "Stopped before the end. What was sent to the provider is billed all the same.",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    command = _parser().parse_args(arguments)
    try:
        settings = load()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return EXIT_SETTINGS
    try:
        return _carry_out(settings, command)
    except KeyboardInterrupt:
        print(INTERRUPTED.get(command.command, "Stopped before the end."), file=sys.stderr)
        return EXIT_INTERRUPTED


def _carry_out(settings: Settings, command: argparse.Namespace) -> int:
    match command.command:
        case "run":
            return _run(settings, command)
        case "health":
            return _health(settings)
        case "doctor":
            return asyncio.run(tools.examine(settings))
        case "copy-database":
            return asyncio.run(tools.copy_database(settings, command.source, command.target))
        case _:
            return _calibrate(settings, command)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="remix-bot", description="A Discord bot for remixes.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run the bot")
    run.add_argument("--shard-ids", metavar="IDS", help="shards of this process, such as 0-3")
    run.add_argument("--shard-count", metavar="N", type=int, help="shards of all processes")
    commands.add_parser("health", help="say whether the running bot is well")
    commands.add_parser("doctor", help="check all that the bot needs, without spending anything")
    copying = commands.add_parser(
        "copy-database", help="move the community to another database, and check every row"
    )
    copying.add_argument("source", metavar="FROM", help="such as sqlite:///remix-bot.db")
    copying.add_argument(
        "target", metavar="TO", help="an empty one, such as postgresql://user@host/name"
    )
    calibrate = commands.add_parser(
        "calibrate", help="measure by paid calls which way a backend counts strength or masks"
    )
    calibrate.add_argument("backend", metavar="BACKEND", help="such as fal-v3")
    calibrate.add_argument("image", metavar="IMAGE", type=Path, help="a picture to send")
    calibrate.add_argument("--keep", metavar="FOLDER", type=Path, help="keep the results there")
    calibrate.add_argument("--yes", action="store_true", help="do not ask before spending")
    return parser


def _health(settings: Settings) -> int:
    ill = health.check(settings.health_file, SystemClock().now())
    print(ill or "well")
    return EXIT_FAILED if ill else 0


def _calibrate(settings: Settings, command: argparse.Namespace) -> int:
    def agreed() -> bool:
        try:
            return command.yes or input("Go on? [y/N] ").strip().lower() in {"y", "yes"}
        except EOFError:
            return False

    if command.keep is not None:
        try:
            command.keep.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            print(
                f"{command.keep} is no folder to keep pictures in: {error.strerror}.",
                file=sys.stderr,
            )
            return EXIT_FAILED
    return asyncio.run(
        tools.measure(settings, command.backend, command.image, keep=command.keep, agreed=agreed)
    )


def _warnings(settings: Settings) -> list[str]:
    sqlite = None if settings.database_path is None else health.sqlite_warning(VERSION)
    return [*unknown(), *filter(None, [sqlite])]


def _run(settings: Settings, command: argparse.Namespace) -> int:
    try:
        shards = parse(command.shard_ids, command.shard_count)
    except ShardsError as error:
        print(error, file=sys.stderr)
        return EXIT_SETTINGS
    logs.setup(level=settings.log_level, form=settings.log_format, secrets=settings.secrets)
    for sentence in _warnings(settings):
        log.warning(sentence)
    try:
        asyncio.run(serve(settings, shards))
    except StoppedError as error:
        log.critical("The bot has stopped: %s", error)
        return EXIT_FAILED
    except (StorageError, OwnBackendsError, ListenError, ShardsError, *REFUSALS) as error:
        log.critical("The bot cannot start: %s", error)
        return EXIT_FAILED
    except UNREACHABLE as error:
        log.critical(
            "Discord cannot be reached at %s (%s); check the network, PROXY_URL and DISCORD_URL.",
            settings.discord_url,
            type(error).__name__,
        )
        return EXIT_FAILED
    except Exception:
        log.critical("The bot ended by a fault of its own; start it again.", exc_info=True)
        return EXIT_FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
