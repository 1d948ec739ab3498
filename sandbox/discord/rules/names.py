"""Names and descriptions of commands and options, translated ones included."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from sandbox.discord.rules.values import Payload, check_text, require_text

NAME_LENGTH = 32
DESCRIPTION_LENGTH = 100
LOCALES = frozenset(
    {
        *("bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "hi"),
        *("hr", "hu", "id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru"),
        *("sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW"),
    }
)
_DEVANAGARI, _THAI = range(0x0900, 0x0980), range(0x0E00, 0x0E80)


def check_names(
    where: str, payload: Payload, *, plain: bool = False, described: bool = True
) -> Iterator[str]:
    """Check the name and description of a command or option.

    Args:
        where: What the problems begin with.
        payload: The command or option.
        plain: A menu entry, whose name may have capitals and spaces.
        described: A description is needed; else it must be empty or left out.

    Yields:
        One sentence per problem.
    """
    for place, name in _texts(where, payload, "name"):
        yield from require_text(place, name, most=NAME_LENGTH)
        if isinstance(name, str) and name and not plain:
            yield from _check_form(place, name)
    for place, text in _texts(where, payload, "description"):
        if described:
            yield from require_text(place, text, most=DESCRIPTION_LENGTH)
        else:
            yield from check_text(place, text, most=0)
    for key in ("name_localizations", "description_localizations"):
        for locale in _translations(payload, key).keys() - LOCALES:
            yield f"{where}.{key}: unknown locale {locale!r}"


def _translations(payload: Payload, key: str) -> Payload:
    value = payload.get(key)
    return value if isinstance(value, dict) else {}


def _texts(where: str, payload: Payload, key: str) -> Iterator[tuple[str, object]]:
    yield f"{where}.{key}", payload.get(key)
    for locale, text in _translations(payload, f"{key}_localizations").items():
        yield f"{where}.{key}_localizations.{locale}", text


def _check_form(where: str, name: str) -> Iterator[str]:
    r"""Check a name against `^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$`, in lower case."""
    wrong = "".join(sorted({char for char in name if not _is_name_character(char)}))
    if wrong:
        yield f"{where}: {wrong!r} may not stand in a name"
    if name != name.lower():
        yield f"{where}: {name!r} has capitals"


def _is_name_character(char: str) -> bool:
    if char in "-_'" or unicodedata.category(char)[0] in "LN":
        return True
    # Scripts that need their marks: combining vowels are neither letters nor numbers.
    return (ord(char) in _DEVANAGARI or ord(char) in _THAI) and char.isprintable()
