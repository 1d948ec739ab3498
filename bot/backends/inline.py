"""Pictures that come inside an answer, as data URIs: written to a file in small steps."""

from __future__ import annotations

import binascii
from pathlib import Path

from bot.backends.http_errors import Dead, TooLarge
from bot.backends.links import STEP_BYTES, only_whole

# A multiple of 4, so that every step is whole base64; about as much as is written of a link.
_STEP = STEP_BYTES // 3 * 4


def is_inline(link: str) -> bool:
    """Say whether a link is the picture itself."""
    return link.startswith("data:")


def save(uri: str, to: Path, *, limit: int) -> None:
    """Write the picture in a data URI to a file; takes a while, so call it in a thread.

    Raises:
        Dead: It is not base64.
        TooLarge: More bytes than `limit`.
        OSError: The file cannot be written.
    """
    head, comma, _ = uri[:200].partition(",")
    start = len(head) + 1
    if not comma or not head.endswith(";base64"):
        raise Dead("a data URI that is not in base64")
    if (len(uri) - start) // 4 * 3 > limit + 2:
        raise TooLarge(f"a data URI: more than {limit} bytes")
    with only_whole(to), to.open("wb") as file:
        for at in range(start, len(uri), _STEP):
            file.write(_decoded(uri[at : at + _STEP]))


def _decoded(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise Dead("a data URI with broken base64") from None
