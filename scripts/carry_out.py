"""Carry the Dockerfile's steps out in a bare Debian root, and try what comes of it, without Docker.

debootstrap makes the root from the mirror that this machine itself uses, chroot runs the steps,
and the wheels are fetched beforehand, so that no step needs a network. Then the bot runs from it
against the sandbox's Discord. Where debootstrap, root or a mirror is missing, it says so and ends
well. What it cannot show is python:slim itself: the root has Debian's Python instead.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sandbox.discord import DiscordSandbox
from scripts.dockerfile import Build, Stage, context, instructions

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = "python3,python3-venv,ca-certificates"
USER = "10001:10001"
STOPS_WITHIN = 8.0
"""Seconds from SIGTERM to the end, where no call is open."""
NO_SETTINGS = {"DISCORD_TOKEN": "", "FAL_KEY": ""}


def mirror() -> tuple[str, str] | None:
    """Read the first Debian mirror and its release from this machine's own apt."""
    form = "$(SITE) $(RELEASE) $(COMPONENT)"
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", form, "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    for line in listed.stdout.splitlines():
        site, release, component = line.split()
        if component == "main" and "-" not in release:
            return site, release
    return None


def reason_to_skip() -> str | None:
    """Say why nothing can be carried out here, or None."""
    if os.geteuid() != 0:
        return "only root may chroot"
    for tool in ("debootstrap", "chroot", "unshare", "apt-get"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    if importlib.util.find_spec("pip") is None:
        return "this Python has no pip to fetch wheels with"
    return None if mirror() else "apt knows no Debian mirror"


def make_base(base: Path) -> None:
    """Make the bare root, with `python` as the official image has it, and the wheels in it."""
    site, release = mirror() or ("", "")
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", release, str(base), site],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (base / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    asked = ["python", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    version = Stage(root=base).run(asked).stdout.strip()
    locks = [part for name in ("build", "runtime") for part in ("-r", f"requirements/{name}.txt")]
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"),
            *("--only-binary=:all:", "--python-version", version, "--dest", str(base / "wheels")),
            *locks,
        ],
        cwd=ROOT,
        check=True,
    )


def carry_out(work: Path) -> Stage:
    """Make the root and carry every instruction out; give the last stage."""
    make_base(work / "base")
    build = Build(
        base=work / "base",
        context=work / "context",
        work=work,
        pip={"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"},
    )
    for name in context(ROOT):
        target = work / "context" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    for word, text in instructions((ROOT / "Dockerfile").read_text()):
        build.carry_out(word, text)
    return build.stages[-1]


def at_rest(image: Stage) -> list[str]:
    """Try the finished image without settings, and say what is wrong with it."""
    entry = image.commands["ENTRYPOINT"]
    helped = image.run([*entry, "--help"])
    started = image.run([*entry, *image.commands["CMD"]], extra=NO_SETTINGS)
    place = image.run(["python", "-c", "import bot; print(bot.__file__)"])
    owned = image.run(["sh", "-c", "touch /data/try && rm /data/try && ! touch /app/try"])
    found = {
        "--help failed": helped.returncode != 0 or "health" not in helped.stdout,
        "it started without a token": started.returncode == 0,
        "a start without a token does not name it": "DISCORD_TOKEN" not in started.stderr,
        "a start without a token ended in a traceback": "Traceback" in started.stderr,
        "bot is not the installed wheel": "/app/lib/" not in place.stdout,
        "/data is not the user's, or /app is": owned.returncode != 0,
        "it does not run as 10001": image.user != USER,
    }
    return [problem for problem, is_so in found.items() if is_so]


async def at_work(image: Stage, log: Path) -> list[str]:
    """Run the bot against the sandbox's Discord, ask for its health, and stop it."""
    async with DiscordSandbox() as discord:
        discord.add_guild("Art")
        settings = {
            "DISCORD_URL": discord.url,
            "DISCORD_TOKEN": discord.token,
            "FAL_KEY": "id:a-made-up-key",
        }
        before = await _health(image, settings)
        with log.open("w") as output:
            bot = await asyncio.create_subprocess_exec(
                *image.command([*image.commands["ENTRYPOINT"], *image.commands["CMD"]]),
                env={**image.environment, **settings},
                stdout=output,
                stderr=output,
            )
        try:
            well = await _until_well(image, settings, bot)
            seconds = await _stop(bot)
        finally:
            if bot.returncode is None:
                bot.kill()
    print(f"It stopped {seconds:.1f} s after SIGTERM.")
    found = {
        "health was well though nothing ran": before == 0,
        "health was never well": not well,
        f"it ended with {bot.returncode}": bot.returncode != 0,
        f"it took {seconds:.1f} s to stop": seconds > STOPS_WITHIN,
        "the database is not in /data": not image.inside("/data/remix-bot.db").exists(),
    }
    return [problem for problem, is_so in found.items() if is_so]


async def _stop(bot: asyncio.subprocess.Process) -> float:
    begin = time.monotonic()
    if bot.returncode is None:
        bot.send_signal(signal.SIGTERM)
    await asyncio.wait_for(bot.wait(), 150)
    return time.monotonic() - begin


async def _health(image: Stage, settings: dict[str, str]) -> int:
    asked = await asyncio.to_thread(image.run, image.commands["HEALTHCHECK"], extra=settings)
    return asked.returncode


async def _until_well(
    image: Stage, settings: dict[str, str], bot: asyncio.subprocess.Process
) -> bool:
    until = time.monotonic() + 60
    while bot.returncode is None and time.monotonic() < until:
        if await _health(image, settings) == 0:
            return True
    return False


def main() -> int:
    reason = reason_to_skip()
    if reason:
        print(f"Skipped: {reason}.")
        return 0
    with tempfile.TemporaryDirectory(prefix="carry-out-") as work:
        image = carry_out(Path(work))
        log = Path(work) / "bot.log"
        found = at_rest(image) + asyncio.run(at_work(image, log))
        if found:
            print(log.read_text(), end="")
    print(*found or ["The image's steps work, and so does what they make."], sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
