"""Read a Dockerfile and carry its instructions out in folders, with chroot instead of Docker."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What a container has and a bare folder has not. The mounts end with the process.
MOUNTS = 'mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev/shm" && exec chroot "$@"'


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

    def command(self, command: Sequence[str]) -> list[str]:
        """Give the command that runs this one inside, as the stage's user, in its folder."""
        # chroot itself starts in "/", so the folder is entered by a shell inside.
        enter = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', self.folder, *command]
        chroot = [f"--userspec={self.user}", str(self.root), *enter]
        return ["unshare", "--mount", "/bin/sh", "-c", MOUNTS, str(self.root), *chroot]

    def run(
        self, command: Sequence[str], *, extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside and wait for it."""
        return subprocess.run(
            self.command(command),
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
