"""What one setting's value must be, and the sentence for one that is not.

No sentence holds the value: it may be a secret in the wrong place.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic_core import ErrorDetails

from storage.opening import SQLITE, is_shared

# Shorter than any real token: what is refused is a paste that was cut off.
SHORTEST_SECRET = 8
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Fault(ValueError):
    """A value that cannot be used; the text follows the variable's name in a sentence.

    `good` replaces the field's example where that would not do either.
    """

    def __init__(self, what: str, *, good: str | None = None) -> None:
        super().__init__(what)
        self.good = good


def secret(value: SecretStr) -> SecretStr:
    """Refuse what can be no token or key: cut off, with spaces, or not ASCII."""
    if not re.fullmatch(rf"[!-~]{{{SHORTEST_SECRET},}}", value.get_secret_value()):
        raise Fault(f"must be the bare value, {SHORTEST_SECRET} or more characters without spaces")
    return value


def fal_key(value: SecretStr) -> SecretStr:
    """Refuse a fal key that is not `id:secret`.

    Source: `auth.py` of fal-client 1.0.3, whose header is `Key <id>:<secret>`.
    """
    if not re.fullmatch(r"[^:]+:[^:]+", value.get_secret_value()):
        raise Fault("must be the key's id, a colon and its secret")
    return value


def base_url(value: str) -> str:
    """Refuse what paths cannot be added to; drop slashes at the end."""
    if not _is_http(value) or re.search(r"[@?#]", value):
        raise Fault("must be an http or https address without credentials or a query")
    return value.rstrip("/")


def proxy_url(value: SecretStr) -> SecretStr:
    """Refuse proxies that discord.py cannot use (aiohttp knows HTTP ones only)."""
    if not _is_http(value.get_secret_value()):
        raise Fault("must be the http or https address of a proxy")
    return value


def _is_http(value: str) -> bool:
    try:
        parts = urlsplit(value)
        # Reading the port is what checks it.
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def database_url(value: SecretStr) -> SecretStr:
    """Refuse what is neither a SQLite file nor a PostgreSQL server's database.

    Jobs must outlive the process, so no `:memory:`.
    """
    url = value.get_secret_value()
    if not (_is_database(url) if is_shared(url) else _is_file(url)):
        raise Fault(
            f"must be {SQLITE} and the path of a file, or postgresql:// and user:password@host/name"
        )
    return value


def _is_file(url: str) -> bool:
    path = url.removeprefix(SQLITE)
    return (
        url.startswith(SQLITE) and path not in {"", ":memory:"} and not re.search(r"[?#]|/$", path)
    )


def _is_database(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # Reading the port is what checks it. A socket's folder stands in the query, as `host`.
        return parts.port != 0 and parts.path not in {"", "/"}
    except ValueError:
        return False


def server_ids(value: object) -> object:
    """Read ids with commas between them."""
    if not isinstance(value, str):
        return value
    ids = [part.strip() for part in value.split(",")]
    if not all(re.fullmatch(r"[0-9]{15,20}", part) for part in ids):
        raise Fault("must be server ids with commas between them")
    return frozenset(map(int, ids))


def public_url(value: str) -> str:
    """Refuse an address without TLS, but for the machine's own, where stand-ins are."""
    parts = urlsplit(value)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise Fault("must be an https address, because secrets travel to it")
    return value


def link(value: SecretStr) -> SecretStr:
    """Refuse what is no http or https address; its path or query may be a secret."""
    if not _is_http(value.get_secret_value()) or "@" in value.get_secret_value():
        raise Fault("must be an http or https address without credentials before the host")
    return value


def page(value: str) -> str:
    """Refuse what could not stand in a message of Discord's as a link."""
    if not _is_http(value) or re.search(r"[\s()<>@]", value):
        raise Fault("must be an http or https address without spaces, brackets or credentials")
    return value


def upload_template(value: SecretStr) -> SecretStr:
    """Refuse an address to upload to that would be the same for every call."""
    if value.get_secret_value().count("{task}") != 1:
        raise Fault("must contain {task} once, which becomes the id of the call")
    return value


def check_mode(value: str | None) -> str | None:
    """Refuse modes of content checks that Runware does not have."""
    if value not in {None, "fast", "none"}:
        raise Fault("must be fast or none")
    return value


def lower(value: object) -> object:
    """Let names be written in capitals."""
    return value.lower() if isinstance(value, str) else value


def upper(value: object) -> object:
    """Let names of levels be written in small letters."""
    return value.upper() if isinstance(value, str) else value


# What pydantic calls a fault, and how it goes on after the variable's name.
_WHAT = {
    "missing": "is not set",
    "value_error": "{error}",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a number of fewer digits",
    "decimal_parsing": "must be an amount such as 25.00",
    "decimal_max_places": "must have at most {decimal_places} decimals",
    "finite_number": "must be an amount such as 25.00",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "enum": "must be {expected}",
    "bool_parsing": "must be true or false",
}


def sentence(name: str, error: ErrorDetails, example: str) -> str:
    """Say what is wrong with one variable, and show a value that would do."""
    context = error.get("ctx", {})
    what = _WHAT.get(error["type"], "cannot be used").format(**context)
    fault = context.get("error")
    good = fault.good if isinstance(fault, Fault) and fault.good else example
    return f"{name} {what}; a good value: {name}={good}"
