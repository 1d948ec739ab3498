from __future__ import annotations

import asyncio
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from bot.logs import job_context, setup
from bot.settings import LogFormat, LogLevel

SECRET = "known-secret-value"
SIGNED = "https://cdn.example/x.png?ex=6720aa00&hm=c0ffee"
LOGGERS = ("", "bot", "cogs", "storage", "httpx", "httpcore", "discord")


@pytest.fixture(autouse=True)
def restore_logging() -> Iterator[None]:
    levels = {name: logging.getLogger(name).level for name in LOGGERS}
    handlers, hook = list(logging.getLogger().handlers), sys.excepthook
    yield
    logging.captureWarnings(capture=False)
    logging.getLogger().handlers, sys.excepthook = handlers, hook
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def start(form: LogFormat, level: LogLevel = LogLevel.INFO) -> io.StringIO:
    # pytest's own handlers raise where a record cannot be formatted.
    logging.getLogger().handlers = []
    stream = io.StringIO()
    setup(level=level, form=form, secrets=[SECRET], stream=stream)
    return stream


def parsed(stream: io.StringIO) -> dict[str, Any]:
    (line,) = stream.getvalue().splitlines()
    return json.loads(line)


log = logging.getLogger("bot.test")


def test_a_text_line_has_event_and_fields() -> None:
    stream = start(LogFormat.TEXT)

    log.info("job.state", extra={"state": "running", "seconds": 1.5, "why": 'two "words"'})

    line = stream.getvalue()
    assert line.endswith(
        'Z INFO     bot.test job.state state=running seconds=1.5 why="two \\"words\\""\n'
    )
    assert len(line.split()[0]) == len("2026-11-21T07:22:03.120Z")


def test_a_json_line_has_the_same_with_types() -> None:
    stream = start(LogFormat.JSON)

    log.info("job.%s", "state", extra={"state": "running", "seconds": 1.5, "seed": None})

    line = parsed(stream)
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "INFO",
        "logger": "bot.test",
        "event": "job.state",
        "state": "running",
        "seconds": 1.5,
        "seed": None,
    }


@pytest.mark.parametrize("form", LogFormat)
def test_the_job_is_on_every_line_of_its_task_and_no_other(form: LogFormat) -> None:
    stream = start(form)

    async def work(job_id: str, met: asyncio.Barrier) -> None:
        with job_context(job_id):
            await met.wait()
            logging.getLogger("storage.jobs").info("inside %s", job_id)
            await asyncio.create_task(step(job_id))

    async def step(job_id: str) -> None:
        log.info("step of %s", job_id)

    async def both() -> None:
        met = asyncio.Barrier(2)
        await asyncio.gather(work("job-a", met), work("job-b", met))
        log.info("outside")

    asyncio.run(both())

    lines = stream.getvalue().splitlines()
    tags = {"a": "job=job-a", "b": "job=job-b"}
    if form is LogFormat.JSON:
        tags = {"a": '"job": "job-a"', "b": '"job": "job-b"'}
    of_a = [line for line in lines if "job-a" in line]
    of_b = [line for line in lines if "job-b" in line]
    assert len(of_a) == len(of_b) == 2
    assert all(tags["a"] in line for line in of_a)
    assert all(tags["b"] in line for line in of_b)
    assert [line for line in lines if "outside" in line and "job-" not in line]


def test_after_the_job_its_id_is_gone() -> None:
    stream = start(LogFormat.JSON)

    with job_context("outer"):
        with job_context("inner"):
            pass
        log.info("still in the outer")
    log.info("in none")

    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first["job"] == "outer"
    assert "job" not in second


LEAKY = [f"raw {SECRET}", SIGNED, "Key id-of-key:secret-of-key", "/webhooks/1/tok-en-of-it"]
LEAKED = (SECRET, "c0ffee", "secret-of-key", "tok-en-of-it")


class Telling:
    """Its text is the secret, as that of an exception or a request may be."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def leak_in_message(text: str) -> None:
    log.warning(text)


def leak_in_args(text: str) -> None:
    log.warning("sent %s and %r", Telling(text), {"to": text})


def leak_in_extras(text: str) -> None:
    log.warning("sent", extra={"text": text, "object": Telling(text), "nested": {"in": [text]}})


def leak_in_exception(text: str) -> None:
    try:
        try:
            raise ValueError(text)
        except ValueError as error:
            raise RuntimeError(f"later: {text}") from error
    except RuntimeError:
        log.exception("failed")


def leak_in_stack(text: str) -> None:
    record = log.makeRecord(log.name, logging.WARNING, "", 1, "stack", (), None, sinfo=text)
    log.handle(record)


def leak_in_wrong_args(text: str) -> None:
    log.warning("%d is not a number", text)


def leak_in_warning(text: str) -> None:
    logging.getLogger("py.warnings").warning("%s", text)


def leak_in_library(text: str) -> None:
    logging.getLogger("discord.http").warning("We are being rate limited. %s", text)


LEAKERS = [
    leak_in_message,
    leak_in_args,
    leak_in_extras,
    leak_in_exception,
    leak_in_stack,
    leak_in_wrong_args,
    leak_in_warning,
    leak_in_library,
]


@pytest.mark.parametrize("form", LogFormat)
@pytest.mark.parametrize("text", LEAKY, ids=LEAKED)
@pytest.mark.parametrize("leak", LEAKERS, ids=lambda leak: leak.__name__)
def test_nothing_secret_passes(
    form: LogFormat, text: str, leak: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = start(form)

    leak(text)

    everything = stream.getvalue() + "".join(capsys.readouterr())
    assert stream.getvalue().count("\n") >= 1
    assert not [secret for secret in LEAKED if secret in everything]


def test_a_line_that_cannot_be_written_says_only_where_it_was(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = start(LogFormat.JSON)

    log.warning("%d", SECRET)

    assert stream.getvalue().startswith("log.line_lost logger=bot.test line=")
    assert SECRET not in "".join(capsys.readouterr())


def test_text_cannot_forge_a_line_or_move_the_cursor() -> None:
    stream = start(LogFormat.TEXT)
    forged = "x\n2026-11-21T00:00:00.000Z INFO     bot forged\x1b[2K\x9b2K\u2028"

    log.info(forged, extra={"field": forged})
    try:
        raise ValueError(forged)
    except ValueError:
        log.exception("caught")

    lines = stream.getvalue().splitlines()
    assert sum(not line.startswith("    ") for line in lines) == 2
    assert not set("\x1b\x9b\u2028") & set(stream.getvalue())


def test_a_traceback_follows_its_line_or_is_a_field_of_it() -> None:
    for form in LogFormat:
        stream = start(form)
        try:
            raise LookupError("a reason")
        except LookupError:
            log.exception("job.failed")
        lines = stream.getvalue().splitlines()
        if form is LogFormat.JSON:
            assert json.loads(lines[0])["trace"].endswith("LookupError: a reason")
            assert len(lines) == 1
        else:
            assert lines[0].endswith("job.failed")
            assert lines[-1] == "    LookupError: a reason"


def test_libraries_never_show_what_passes_through_them() -> None:
    stream = start(LogFormat.TEXT, LogLevel.DEBUG)

    log.debug("ours")
    for name in ("aiosqlite", "discord.gateway", "PIL", "asyncio", "httpx", "httpcore.http11"):
        logging.getLogger(name).debug("theirs")
    logging.getLogger("httpx").info("HTTP Request: GET theirs")
    logging.getLogger("httpcore.connection").info("theirs")
    logging.getLogger("discord.client").info("logging in")
    logging.getLogger("httpx").warning("odd")

    events = [line.split(maxsplit=3)[3] for line in stream.getvalue().splitlines()]
    assert events == ["ours", "logging in", "odd"]


def test_a_higher_level_holds_for_libraries_too() -> None:
    stream = start(LogFormat.TEXT, LogLevel.ERROR)

    for name in ("bot.jobs", "discord.client", "httpx"):
        logging.getLogger(name).warning("not shown")
        logging.getLogger(name).error("shown")

    assert stream.getvalue().count(" shown\n") == 3
    assert "not shown" not in stream.getvalue()


def test_a_second_setup_replaces_the_first() -> None:
    first = start(LogFormat.TEXT)
    second = start(LogFormat.JSON)

    log.info("once")

    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1


CRASH = f"""
import warnings
from bot.logs import setup
from bot.settings import LogFormat, LogLevel
setup(level=LogLevel.INFO, form=LogFormat.JSON, secrets=["{SECRET}"])
warnings.warn("about {SECRET}")
raise SystemError("with {SECRET} and {SIGNED}")
"""


def test_a_dying_process_does_not_print_its_secrets() -> None:
    died = subprocess.run(
        [sys.executable, "-c", CRASH], capture_output=True, text=True, check=False
    )

    warning, crash = map(json.loads, died.stderr.splitlines())
    assert died.returncode == 1
    assert "about ***" in warning["event"]
    assert crash["event"] == "process.crashed"
    assert "SystemError: with *** and https://cdn.example/x.png?***" in crash["trace"]
    assert died.stdout == ""
