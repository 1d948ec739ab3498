"""Rows of a report, as the tests write them."""

from __future__ import annotations

from hypothesis import strategies as st

from bot.spending.rows import Spent

HOSTILE = [
    "Bartholomew the Magnificent of Exeter",
    "W" * 32,
    "\ufdfd" * 20,
    "\u7530\u4e2d\u3055\u3093",
    "tanaka\u7530\u4e2d",
    "\u0645\u062d\u0645\u062f \u0627\u0644\u0639\u0631\u0628\u064a",
    "\u05e9\u05dc\u05d5\u05dd",
    "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\U0001f3a8Anna\U0001f3a8",
    "\U0001f525\U0001f480",
    "\U0001d4d0\U0001d4f7\U0001d4f7\U0001d4ea",
    "$x^2$ and $",
    "_under",
    "```tick```",
    "\u202eevil\u202c",
    "Z\u0324\u0327\u0331\u0332\u0333\u0334a\u0300\u0301\u0302lgo",
    "=cmd()",
    "\u0301",
    "\x00\n\r\t",
    "",
]
"""Names that formats, fonts or measures stumble over."""


def spent(user_id: int = 1, backend: str = "fal-v3", cost: int = 10, **more: int) -> Spent:
    of = {"jobs": 1, "pictures": 1, "micros": cost * 10_000, **more}
    return Spent(user_id=user_id, backend=backend, credits=cost, **of)


amounts = st.integers(0, 50) | st.integers(0, 10**9)
many = st.lists(
    st.builds(
        Spent,
        user_id=st.integers(1, 40),
        backend=st.sampled_from([f"backend-{number}" for number in range(14)]),
        jobs=amounts,
        pictures=amounts,
        credits=amounts,
        micros=amounts,
    ),
    max_size=60,
)
names = st.dictionaries(
    st.integers(1, 40), st.text(max_size=40) | st.sampled_from(HOSTILE), max_size=40
)
