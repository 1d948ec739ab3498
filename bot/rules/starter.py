"""The rules that hold in a server until it has made its own: what hardly any of them would allow.

Short on purpose, and clear-cut: a prompt that only sounds like one of these is not refused.
"""

from __future__ import annotations

from bot.rules.rule import Rule, RuleAction, RuleKind

_MINOR = (
    r"(?:child|children|toddlers?|preteens?|minors|schoolgirls?|schoolboys?|little (?:girl|boy)s?)"
)
_SEXUAL = r"(?:nude|naked|topless|sexual|sexy|erotic|porn|hentai|nsfw)"

_REFUSED = (
    # Minors.
    "child porn",
    "childporn",
    "kiddie porn",
    "loli",
    "lolicon",
    "shotacon",
    "jailbait",
    # Gore for its own sake.
    "guro",
    "torture porn",
    "snuff film",
    "beheading video",
    # Without consent.
    "rape",
    "raped",
    "raping",
    "revenge porn",
    "deepnude",
    "nudify",
    # Animals.
    "bestiality",
    "zoophilia",
    # Slurs.
    "nigger",
    "faggot",
    "wetback",
    "gook",
)
_REFUSED_PATTERNS = (
    rf"\b{_SEXUAL}\W+(?:\w+\W+)?{_MINOR}\b",
    rf"\b(?:{_MINOR}|underage)\W+(?:being\W+)?{_SEXUAL}\b",
    r"\b(?:remove|take off|strip off)\W+(?:her|his|their|all)\W+(?:clothes|clothing)\b",
)
_REPORTED = ("beheading", "decapitated", "dismembered", "disembowelled")
"""Also in old paintings: someone should look, but nobody is refused."""
_EXCEPTIONS = (
    "rape of europa",
    "rape of proserpina",
    "rape of the sabine women",
    "rape field",
    "rape blossom",
)


def _starter() -> tuple[Rule, ...]:
    refuse, report = RuleAction.REFUSE, RuleAction.REPORT
    entries = (
        *((RuleKind.WORDS, text, refuse) for text in _REFUSED),
        *((RuleKind.PATTERN, text, refuse) for text in _REFUSED_PATTERNS),
        *((RuleKind.WORDS, text, report) for text in _REPORTED),
        *((RuleKind.EXCEPTION, text, refuse) for text in _EXCEPTIONS),
    )
    return tuple(
        Rule(id=-number, kind=kind, text=text, action=action)
        for number, (kind, text, action) in enumerate(entries, start=1)
    )


STARTER: tuple[Rule, ...] = _starter()
"""Their ids are negative, so that none is taken for a stored one, and change when entries do."""
