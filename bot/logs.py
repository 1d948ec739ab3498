"""Logging: one line for each event, the job's id on it, and no secret in it."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

from bot.redaction import Redactor
from bot.settings import LogFormat, LogLevel

# Below INFO, libraries print what passes through them: SQL with prompts, headers with tokens.
OURS = ("bot", "cogs", "storage")
# These print the address of every request at INFO.
CHATTY = ("httpx", "httpcore")

# What logging itself puts on a record; anything else came in `extra`.
_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_job_id: ContextVar[str | None] = ContextVar("job_id", default=None)


@contextmanager
def job_context(job_id: str) -> Generator[None]:
    """Put the job's id on every line that is logged inside, by this task and those it starts."""
    token = _job_id.set(job_id)
    try:
        yield
    finally:
        _job_id.reset(token)


def setup(
    *,
    level: LogLevel,
    form: LogFormat,
    secrets: Iterable[str],
    stream: TextIO | None = None,
) -> None:
    """Send all logging of the process to standard error; a second call replaces the first.

    Args:
        level: The least severe line of our own packages; libraries never go below INFO.
        form: Text or JSON lines.
        secrets: Values that must not be printed, see `Settings.secrets`.
        stream: Instead of standard error.
    """
    redact = Redactor(secrets)
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(TextLines(redact) if form is LogFormat.TEXT else JsonLines(redact))
    root = logging.getLogger()
    root.handlers = [old for old in root.handlers if not isinstance(old, _Handler)]
    root.addHandler(handler)
    wanted = logging.getLevelNamesMapping()[level]
    root.setLevel(max(wanted, logging.INFO))
    for name in OURS:
        logging.getLogger(name).setLevel(wanted)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(wanted, logging.WARNING))
    logging.captureWarnings(capture=True)
    # Python would print the last traceback of a dying process without asking us.
    sys.excepthook = _log_crash


def _log_crash(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("process.crashed", exc_info=(kind, error, trace))


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        # The stock one prints the message and its arguments as they are.
        with suppress(OSError, ValueError):
            self.stream.write(f"log.line_lost logger={record.name} line={record.lineno}\n")


class _Lines(logging.Formatter):
    """What both forms share: the fields of a record, already redacted."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def _when(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC)
        return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _message(self, record: logging.LogRecord) -> str:
        return self._redact(record.getMessage())

    def _extras(self, record: logging.LogRecord) -> dict[str, object]:
        job_id = _job_id.get()
        fields: dict[str, object] = {} if job_id is None else {"job": job_id}
        fields |= {k: v for k, v in vars(record).items() if k not in _OWN_FIELDS}
        return {name: self._plain(value) for name, value in fields.items()}

    def _plain(self, value: object) -> object:
        numeric = isinstance(value, int | float) or value is None
        return value if numeric else self._redact(str(value))

    def _trace(self, record: logging.LogRecord) -> str:
        parts = [self.formatException(record.exc_info)] if record.exc_info else []
        parts += [record.stack_info] if record.stack_info else []
        return self._redact("\n".join(parts))


class JsonLines(_Lines):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        trace = self._trace(record)
        return json.dumps(
            {
                **self._extras(record),
                "at": self._when(record),
                "level": record.levelname,
                "logger": record.name,
                "event": self._message(record),
                **({"trace": trace} if trace else {}),
            }
        )


class TextLines(_Lines):
    """Time, level, logger, event, then key=value; a traceback follows on indented lines."""

    def format(self, record: logging.LogRecord) -> str:
        head = f"{self._when(record)} {record.levelname:<8} {record.name}"
        event = _one_line(self._message(record))
        extras = (f"{name}={_quoted(value)}" for name, value in self._extras(record).items())
        trace = map(_one_line, self._trace(record).splitlines())
        return "\n    ".join([" ".join([head, event, *extras]), *trace])


def _one_line(text: str) -> str:
    # A line break would let text pass for a line of its own, an escape code for the terminal's.
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _quoted(value: object) -> str:
    text = str(value)
    plain = re.fullmatch(r"[^\s\"=]+", text) and text.isprintable()
    return text if plain else _one_line(json.dumps(text, ensure_ascii=False))
