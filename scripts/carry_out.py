"""Carry the Dockerfile's steps out in a bare Debian root, and try what comes of it, without Docker.

debootstrap makes the root from the mirror that this machine itself uses, chroot runs the steps, and
the wheels are fetched beforehand, so that no step needs a network. Where debootstrap, root or a
mirror is missing, it says so and ends well. What it cannot show is python:slim itself: the root has
Debian's Python instead.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGES = "python3,python3-venv,ca-certificates"
USER = "10001:10001"


@dataclass(kw_only=True)
class Stage:
    """One FROM of a Dockerfile, as far as it has been carried out."""

    root: Path
    name: str = ""
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": SYSTEM_PATH})
    folder: str = "/"
    user: str = "0:0"
    commands: dict[str, list[str]] = field(default_factory=dict)
    """ENTRYPOINT, CMD and HEALTHCHECK."""

    def run(
        self, command: Sequence[str], *, extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as the stage's user, and wait for it."""
        # chroot itself starts in "/", so the folder is entered by a shell inside.
        enter = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', self.folder, *command]
        return subprocess.run(
            ["chroot", f"--userspec={self.user}", str(self.root), *enter],
            env={**self.environment, **(extra or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def inside(self, path: str) -> Path:
        """Say where a path of the stage lies on this machine."""
        return self.root / os.path.join(self.folder, path).lstrip("/")  # noqa: PTH118 - "/x" wins


def instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    """Yield each instruction and its text, continued lines joined and comments gone."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, rest.strip()


def context(root: Path) -> list[str]:
    """List the files that .dockerignore lets into the build, relative to the root."""
    lines = (root / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line.strip() and not line.startswith("#")]
    found: list[str] = []
    for folder, folders, files in os.walk(root):
        here = Path(folder).relative_to(root)
        # These are only large: the rules leave them out as well.
        folders[:] = [
            name for name in folders if not (here == Path() and name in {".git", ".venv"})
        ]
        found += [str(here / name) for name in files if _enters(here / name, rules)]
    return sorted(found)


def _enters(path: Path, rules: Sequence[str]) -> bool:
    """Apply Docker's rule: the last pattern that matches the file or a folder above it decides."""
    entering = True
    above = [str(path), *(str(parent) for parent in path.parents if parent != Path())]
    for rule in rules:
        pattern = rule.removeprefix("!")
        anywhere = pattern.removeprefix("**/")
        names = above if anywhere == pattern else [Path(name).name for name in above]
        if any(fnmatchcase(name, anywhere) for name in names):
            entering = rule.startswith("!")
    return entering


def copy(stage: Stage, sources: Sequence[str], target: str, origin: Path) -> None:
    """Copy as COPY does: what is in a folder, or files into a folder that ends with a slash."""
    place = stage.inside(target)
    for source in sources:
        path = origin / source.lstrip("/")
        if path.is_dir():
            shutil.copytree(path, place, symlinks=True, dirs_exist_ok=True)
        elif target.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place / path.name)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place)


class Build:
    """The carrying out of one Dockerfile, stage after stage."""

    def __init__(self, *, base: Path, context: Path, work: Path, pip: Mapping[str, str]) -> None:
        self._base = base
        self._context = context
        self._work = work
        self._pip = pip
        self.stages: list[Stage] = []

    def carry_out(self, word: str, text: str) -> None:
        """Carry one instruction out.

        Raises:
            RuntimeError: A RUN failed.
            KeyError: An instruction that this script does not know.
        """
        print(f"{word} {text}"[:100])
        if word == "FROM":
            self._start(text)
            return
        stage = self.stages[-1]
        {
            "RUN": self._run,
            "COPY": self._copy,
            "ENV": self._env,
            "WORKDIR": self._workdir,
            "USER": lambda stage, text: setattr(stage, "user", text),
            "VOLUME": lambda stage, text: stage.inside(text).mkdir(parents=True, exist_ok=True),
            "STOPSIGNAL": lambda _stage, _text: None,
            "ENTRYPOINT": lambda stage, text: self._command(stage, word, text),
            "CMD": lambda stage, text: self._command(stage, word, text),
            "HEALTHCHECK": lambda stage, text: self._command(stage, word, text),
        }[word](stage, text)

    def _start(self, text: str) -> None:
        root = self._work / f"stage-{len(self.stages)}"
        subprocess.run(["cp", "-a", "--reflink=auto", self._base, root], check=True)
        self.stages.append(Stage(root=root, name=text.partition(" AS ")[2]))

    def _run(self, stage: Stage, text: str) -> None:
        done = stage.run(["/bin/sh", "-c", text], extra=self._pip)
        if done.returncode:
            raise RuntimeError(f"it ended with {done.returncode}:\n{done.stdout}{done.stderr}")

    def _copy(self, stage: Stage, text: str) -> None:
        *sources, target = shlex.split(text)
        origin = self._context
        if sources[0].startswith("--from="):
            name = sources.pop(0).removeprefix("--from=")
            origin = next(one.root for one in self.stages if one.name == name)
        copy(stage, sources, target, origin)

    def _env(self, stage: Stage, text: str) -> None:
        for pair in shlex.split(text):
            name, _, value = pair.partition("=")
            stage.environment[name] = value.replace("$PATH", stage.environment["PATH"])

    def _workdir(self, stage: Stage, text: str) -> None:
        stage.folder = str(Path(stage.folder) / text)
        stage.inside("").mkdir(parents=True, exist_ok=True)

    def _command(self, stage: Stage, word: str, text: str) -> None:
        stage.commands[word] = json.loads(text[text.index("[") :])


def mirror() -> tuple[str, str] | None:
    """Read the first Debian mirror and its release from this machine's own apt."""
    listed = subprocess.run(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(SITE) $(RELEASE) $(COMPONENT)",
            "Created-By: Packages",
        ],
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
    for tool in ("debootstrap", "chroot", "apt-get"):
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
    version = (
        Stage(root=base)
        .run(["python", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
        .stdout.strip()
    )
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


def problems(image: Stage) -> list[str]:
    """Try the finished image as its user, and say what is wrong with it."""
    entry = image.commands["ENTRYPOINT"]
    helped = image.run([*entry, "--help"])
    health = image.run(image.commands["HEALTHCHECK"])
    started = image.run([*entry, *image.commands["CMD"]], extra={"DISCORD_TOKEN": ""})
    place = image.run(["python", "-c", "import bot; print(bot.__file__)"])
    owned = image.run(["sh", "-c", "touch /data/try && rm /data/try && ! touch /app/try"])
    print(health.stdout + health.stderr + started.stdout + started.stderr, end="")
    found = {
        "--help failed": helped.returncode != 0 or "health" not in helped.stdout,
        "health was well though nothing runs": health.returncode == 0,
        "health ended in a traceback": "Traceback" in health.stderr,
        "it started without a token": started.returncode == 0,
        "a start without a token does not name it": "DISCORD_TOKEN" not in started.stderr,
        "a start without a token ended in a traceback": "Traceback" in started.stderr,
        "bot is not the installed wheel": "/app/lib/" not in place.stdout,
        "/data is not the user's, or /app is": owned.returncode != 0,
        "it does not run as 10001": image.user != USER,
    }
    return [problem for problem, is_so in found.items() if is_so]


def carry_out(work: Path) -> Stage:
    """Make the root and carry every instruction out; give the last stage."""
    base = work / "base"
    make_base(base)
    build = Build(
        base=base,
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


def main() -> int:
    reason = reason_to_skip()
    if reason:
        print(f"Skipped: {reason}.")
        return 0
    with tempfile.TemporaryDirectory(prefix="carry-out-") as work:
        found = problems(carry_out(Path(work)))
    print(*found or ["The image's steps work, and so does what they make."], sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
