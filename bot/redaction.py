"""Takes secrets out of text that is about to be logged.

The last line of defence: whoever logs leaves secrets out to begin with, but exceptions and other
people's libraries carry what they like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

HIDDEN = "***"

# No library's line is worth more than this, and every pattern below stays quick on it.
LONGEST = 16_384
# Most of what is logged are names and ids, the same again and again.
SHORT = 64
REMEMBERED = 2048

# Header, JSON, Python and keyword forms: Api-Key: x, "token": "x", ('apiKey', 'x'), token=x.
_NAMED = (
    r"(?i)(?<![a-z])(authorization|api[-_]?key|token|secret|password)"
    r"([\"']?\s*[:=]\s*(?:b?[\"'])?|[\"'],\s*b?[\"'])"
    r"(?:(?:key|bearer|bot) +)?[^\s\"',;&)}]+"
)

# Each takes time in proportion to the text, whatever the text is.
_PATTERNS: tuple[tuple[str, str], ...] = (
    (_NAMED, rf"\1\2{HIDDEN}"),
    # fal's and Runware's schemes, wherever a header's value was printed.
    (r"\b(Key|[Bb]earer) +[^\s\"',;]{6,}", rf"\1 {HIDDEN}"),
    # The tokens of interactions and webhooks, which are what lets anyone post as the bot.
    (r"/(webhooks|interactions)/([^/\s]{1,64})/[^/\s?\"'<>]+", rf"/\1/\2/{HIDDEN}"),
    # The secret of a paid call, in the address to which its provider reports.
    (r"/hooks/([^/\s]{1,64})/[^/\s?\"'<>]+", rf"/hooks/\1/{HIDDEN}"),
    # An interaction's token is base64 and begins with "interaction:".
    (r"aW50ZXJhY3Rpb246[\w+/=-]*", HIDDEN),
    # A bot's token: its id, a time and a signature, in base64 with dots between.
    (r"\b[\w-]{23,30}\.[\w-]{6,7}\.[\w-]{27,}", HIDDEN),
    (r"://[^/\s:@]{0,256}:[^/\s@]{1,256}@", f"://{HIDDEN}@"),
    # Signatures live in queries, and no query is worth a place in the log.
    (r"\?[\w.~%-]{1,64}=[^\s\"'<>]*", f"?{HIDDEN}"),
    (r"(?i)\b(ex|hm|sig|exp|signature)=[^\s\"'<>&]+", rf"\1={HIDDEN}"),
    (r"\bdata:[\w/+.-]{1,64};base64,[\w+/=-]*", f"data:{HIDDEN}"),
)


class Redactor:
    """Replaces secrets that are known by their value, and what looks like one, by `***`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if secret for form in (secret, quote(secret, safe=""))}
        # The longest first, or a secret that begins with another would keep its end.
        known = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        rules = ((known, HIDDEN), *_PATTERNS) if known else _PATTERNS
        self._rules = [(re.compile(pattern), replacement) for pattern, replacement in rules]
        self._short = lru_cache(REMEMBERED)(self._redacted)

    def __call__(self, text: str) -> str:
        """Give the text without its secrets, and without its middle where it is very long."""
        if len(text) <= SHORT:
            return self._short(text)
        return self._redacted(_cut(text) if len(text) > LONGEST else text)

    def _redacted(self, text: str) -> str:
        for pattern, replacement in self._rules:
            text = pattern.sub(replacement, text)
        return text


def _cut(text: str) -> str:
    # Between words and lines, so that no half of a secret is left that nothing would recognise.
    head = text[: LONGEST // 2].rpartition(" ")[0]
    tail = text[-LONGEST // 2 :].partition("\n")[2]
    return f"{head} ... ({len(text)} characters) ...\n{tail}"
