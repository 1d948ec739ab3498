"""The controls of single settings: selects, and buttons that stand beside what they change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import discord
from discord import ChannelType, ui

from bot.backends.entry import Entry
from bot.quotas import credits_text, price
from bot.strength import STEPS, name_of
from cogs import text
from cogs.settings_ids import Setting, SettingsId, Verb
from cogs.settings_state import State
from cogs.settings_values import NEVER, OFF, ON, PAGE, page
from cogs.settings_words import FLAGGED, NAMES, PERIODS, PRESSERS, REMIXABLE, say, seconds

Item = ui.Item[ui.LayoutView]
Option = discord.SelectOption

MOST_CHANNELS: Final = 25
MOST_PAGES: Final = 4
"""Selects of backends; of more than a hundred only these are shown."""
USUAL_NOTICES: Final = (30, 60, 120, 300)
"""Seconds."""
USABLE: Final = (
    *(ChannelType.text, ChannelType.news, ChannelType.forum, ChannelType.voice),
    *(ChannelType.stage_voice, ChannelType.category),
)
"""Where the bot may be used; threads and posts follow what they are in."""
LOGGABLE: Final = (ChannelType.text, ChannelType.news)

HINTS: Final[Mapping[Setting, str]] = {
    Setting.CHANNELS: (
        "Where the bot may be used, threads and posts included. A category stands for its channels."
    ),
    Setting.LOG_CHANNEL: "Moderators' changes, reports and spent budgets are posted there.",
    Setting.BACKENDS: "What members can choose.",
    Setting.BACKEND: "Taken where a member names none.",
    Setting.STRENGTH: "Taken where a member names none; 100 stays closest to their picture.",
    Setting.PRESSERS: "Who may press Re-roll, Edit and the like.",
    Setting.REMIXABLE: "What holds for members who said nothing with `/consent`.",
    Setting.ACCOUNT_DAYS: "Younger accounts cannot use the bot.",
    Setting.MEMBER_DAYS: "Who joined later than that cannot use the bot yet.",
    Setting.FLAGGED: "Results that a provider marks as unsafe.",
    Setting.FALLBACK: "Another backend stands in where the chosen one is out of order.",
    Setting.NOTICE_AFTER: "A reply mentions the member once when a long remix is done.",
    Setting.PERIOD: "When members' credits renew. What is spent in a period stays spent.",
    Setting.ZONE: "When days begin, and what dates mean here.",
}


def control(state: State, setting: Setting) -> Iterator[Item]:
    """What shows and changes one setting."""
    yield from _CONTROLS[setting](state, setting)


def told(state: State, setting: Setting) -> str:
    """What holds of one setting in words, whoever decided it."""
    if setting is Setting.FALLBACK and not state.fallback_allowed:
        return "off, by whoever runs the bot"
    if setting is Setting.BACKEND and state.settings.backend is None and state.offered:
        return text.inline(state.offered[0])
    return say(state.settings, setting)


def _channels(state: State, setting: Setting) -> Iterator[Item]:
    chosen = state.settings.channels
    yield _head(state, setting, clear="Everywhere" if chosen else None, shown=bool(chosen))
    yield _channel_select(state, setting, chosen, USABLE, most=MOST_CHANNELS)


def _log_channel(state: State, setting: Setting) -> Iterator[Item]:
    chosen = state.settings.log_channel
    ids = () if chosen is None else (chosen,)
    yield _head(state, setting, clear="No log channel" if ids else None, shown=bool(ids))
    yield _channel_select(state, setting, ids, LOGGABLE, most=1)


def _backends(state: State, setting: Setting) -> Iterator[Item]:
    yield _head(state, setting, clear="All backends" if state.settings.backends else None)
    chosen = state.settings.backends or state.names
    yield from _paged(state, setting, state.names, chosen, several=True)


def _backend(state: State, setting: Setting) -> Iterator[Item]:
    yield _head(state, setting)
    names = [name for name in state.names if name in state.offered]
    if names:
        yield from _paged(state, setting, names, state.offered[:1], several=False)


def _strength(state: State, setting: Setting) -> Iterator[Item]:
    now = state.settings.strength
    yield _head(state, setting, form="In numbers…")
    options = [
        Option(label=f"{name} ({number})", value=str(number), default=number == now)
        for name, number in STEPS.items()
    ]
    if name_of(now) is None:
        options.insert(0, Option(label=str(now), value=str(now), default=True))
    yield _select(state, setting, options)


def _notice(state: State, setting: Setting) -> Iterator[Item]:
    now = state.settings.notice_after
    yield _head(state, setting, form="In seconds…")
    usual = {None, *USUAL_NOTICES, now}
    yield _select(
        state,
        setting,
        [
            Option(
                label="Never" if one is None else f"After {seconds(one)}",
                value=NEVER if one is None else str(one),
                default=one == now,
            )
            for one in sorted(usual, key=lambda one: one or 0)
        ],
    )


def _typed(state: State, setting: Setting) -> Iterator[Item]:
    yield _head(state, setting, form="Change…", shown=True)


def _fallback(state: State, setting: Setting) -> Iterator[Item]:
    if not state.fallback_allowed:
        yield _head(state, setting, shown=True)
        return
    on = state.settings.fallback
    custom_id = SettingsId(verb=Verb.PUT, setting=setting, value=OFF if on else ON)
    words = _words(state, setting, shown=True)
    yield _beside(words, custom_id, "Turn off" if on else "Turn on")


def _named(options: Mapping[str, str]) -> Callable[[State, Setting], Iterator[Item]]:
    """Make the control of a setting that is one of a few."""

    def build(state: State, setting: Setting) -> Iterator[Item]:
        now = say(state.settings, setting)
        yield _head(state, setting)
        yield _select(
            state,
            setting,
            [
                Option(label=_capital(words), value=value, default=words == now)
                for value, words in options.items()
            ],
        )

    return build


_CONTROLS: Final[Mapping[Setting, Callable[[State, Setting], Iterator[Item]]]] = {
    Setting.CHANNELS: _channels,
    Setting.LOG_CHANNEL: _log_channel,
    Setting.BACKENDS: _backends,
    Setting.BACKEND: _backend,
    Setting.STRENGTH: _strength,
    Setting.NOTICE_AFTER: _notice,
    Setting.FALLBACK: _fallback,
    Setting.ACCOUNT_DAYS: _typed,
    Setting.MEMBER_DAYS: _typed,
    Setting.ZONE: _typed,
    Setting.PRESSERS: _named({**PRESSERS}),
    Setting.REMIXABLE: _named({**REMIXABLE}),
    Setting.FLAGGED: _named({**FLAGGED}),
    Setting.PERIOD: _named({**PERIODS}),
}


def _head(
    state: State,
    setting: Setting,
    *,
    clear: str | None = None,
    form: str | None = None,
    shown: bool = False,
) -> Item:
    """The name of a setting and what it is for, with a button beside it if there is one.

    Args:
        state: What the panel shows.
        setting: Which.
        clear: The label of a button that sets it to what it is by default.
        form: The label of a button that opens its form.
        shown: Whether to say what is set, for lack of a select that does.
    """
    words = _words(state, setting, shown=shown)
    label, verb = (clear, Verb.CLEAR) if clear else (form, Verb.FORM)
    if label is None:
        return ui.TextDisplay(words)
    return _beside(words, SettingsId(verb=verb, setting=setting), label)


def _beside(words: str, custom_id: SettingsId, label: str) -> Item:
    button: ui.Button[ui.LayoutView] = ui.Button(label=label, custom_id=str(custom_id))
    return ui.Section(words, accessory=button)


def _words(state: State, setting: Setting, *, shown: bool) -> str:
    value = f": {told(state, setting)}" if shown else ""
    return f"**{NAMES[setting]}**{value}\n-# {HINTS[setting]}"


def _select(state: State, setting: Setting, options: list[Option]) -> Item:
    custom_id = SettingsId(verb=Verb.PICK, setting=setting, turn=state.turn)
    return ui.ActionRow(ui.Select(custom_id=str(custom_id), options=options))


def _channel_select(
    state: State,
    setting: Setting,
    chosen: Sequence[int],
    kinds: Sequence[ChannelType],
    *,
    most: int,
) -> Item:
    custom_id = SettingsId(verb=Verb.PICK, setting=setting, turn=state.turn)
    kept = [one for one in chosen if one not in state.gone][:most]
    select: ui.ChannelSelect[ui.LayoutView] = ui.ChannelSelect(
        custom_id=str(custom_id),
        channel_types=list(kinds),
        placeholder=_capital(say(state.settings, setting)) if not chosen else None,
        min_values=0,
        max_values=most,
        default_values=[
            discord.SelectDefaultValue(id=one, type=discord.SelectDefaultValueType.channel)
            for one in kept
        ],
    )
    return ui.ActionRow(select)


def _paged(
    state: State,
    setting: Setting,
    names: Sequence[str],
    chosen: Sequence[str],
    *,
    several: bool,
) -> Iterator[Item]:
    """Selects of backends, divided among as many as it takes."""
    pages = min(MOST_PAGES, -(-len(names) // PAGE))
    for number in range(pages):
        shown = page(names, number)
        custom_id = SettingsId(verb=Verb.PICK, setting=setting, value=str(number), turn=state.turn)
        select: ui.Select[ui.LayoutView] = ui.Select(
            custom_id=str(custom_id),
            placeholder="None of these" if several else f"{shown[0]} to {shown[-1]}",
            min_values=0 if several else 1,
            max_values=len(shown) if several else 1,
            options=[
                Option(
                    label=name,
                    value=name,
                    description=_described(_first(state.entries, name)),
                    default=name in chosen,
                )
                for name in shown
            ],
        )
        yield ui.ActionRow(select)


def _first(entries: Sequence[Entry], name: str) -> Entry:
    return next(entry for entry in entries if entry.name == name)


def _described(entry: Entry) -> str:
    each = price(entry.price_at(None), 1).credits
    return f"{entry.title}, {credits_text(each)} a picture"[:100]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
