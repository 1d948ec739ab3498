"""The pictures of a message: what its components show, its attachments, what its embeds show.

A link is read only where it leads to a host of Discord's. What an embed shows of another site is
taken from Discord's own copy of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

import discord

from bot.jobs.drafts import Candidate
from bot.jobs.record import Job, SourceRef
from cogs import again, media
from cogs.choices import LONGEST, MOST
from cogs.ids import Part

READABLE = frozenset({"image/png", "image/jpeg", "image/jpg", "image/webp"})
"""What Discord says of files that can be read; the file itself decides."""
_OF_CARDS = {Part.AFTER: "Result", Part.BEFORE: "Source", Part.REFERENCES: "Style reference"}
"""What of a card can be chosen, in this order; a mask is no picture of anything."""


@dataclass(frozen=True, kw_only=True)
class _Found:
    links: tuple[str | None, ...]
    """Where it may be had, the best first."""
    kind: str | None
    width: int | None
    height: int | None
    spoiler: bool = False
    name: str | None = None


def of_message(
    message: discord.Message, hosts: Collection[str], author_id: int | None
) -> tuple[Candidate, ...]:
    """The pictures of a message, at most 25, each once.

    Args:
        message: As an interaction brought it, with all that it holds.
        hosts: Those of Discord's that pictures may be read from.
        author_id: Whose message it is; None: nobody's who could be asked.
    """
    found: dict[str, Candidate] = {}
    for one in (*_in_components(message), *_in_attachments(message), *_in_embeds(message)):
        link = next((link for link in one.links if link and urlsplit(link).netloc in hosts), None)
        if link is None or (one.kind is not None and one.kind.split(";")[0] not in READABLE):
            continue
        picture = SourceRef(url=link, width=one.width, height=one.height, author_id=author_id)
        # Links to one file differ in their signatures.
        key = urlsplit(link).path
        name = one.name or f"Picture {len(found) + 1}"
        found.setdefault(key, Candidate(name=_cut(name), picture=picture, spoiler=one.spoiler))
    return tuple(found.values())[:MOST]


def of_card(message: discord.Message, job: Job) -> tuple[Candidate, ...]:
    """The pictures of a card, which give fresh links later too."""
    hidden = _has_spoilers(message)
    found = [
        Candidate(
            name=name if count == 1 else f"{name} {index + 1}",
            picture=again.picture_of(job, message, part, index),
            spoiler=hidden,
        )
        for part, name in _OF_CARDS.items()
        for count in (len(media.pictures(message, part)),)
        for index in range(count)
    ]
    return tuple(found[:MOST])


def of_avatar(person: discord.Member | discord.User) -> tuple[Candidate, ...]:
    """A member's avatar, that of this server first; still, though it may move."""
    avatar = person.display_avatar.replace(size=1024, format="png")
    picture = SourceRef(url=avatar.url, author_id=None if person.bot else person.id)
    return (Candidate(name="Avatar", picture=picture),)


def _in_components(message: discord.Message) -> Iterator[_Found]:
    for component in media.components(message):
        match component:
            case discord.MediaGalleryComponent():
                for item in component.items:
                    yield _of_media(item.media, spoiler=item.spoiler)
            case discord.ThumbnailComponent():
                yield _of_media(component.media, spoiler=component.spoiler)
            case discord.FileComponent():
                found = _of_media(component.media, spoiler=component.spoiler)
                # Any file may stand there, and of some Discord does not say what they are.
                if found.kind is not None:
                    yield replace(found, name=component.name)
            case _:
                continue


def _in_attachments(message: discord.Message) -> Iterator[_Found]:
    for one in message.attachments:
        if one.content_type is not None or one.width is not None:
            yield _Found(
                links=(one.url,),
                kind=one.content_type,
                width=one.width,
                height=one.height,
                spoiler=one.is_spoiler(),
                name=one.filename,
            )


def _in_embeds(message: discord.Message) -> Iterator[_Found]:
    for embed in message.embeds:
        for shown in (embed.image, embed.thumbnail):
            yield _Found(
                links=(shown.proxy_url,),
                kind=getattr(shown, "content_type", None),
                width=shown.width,
                height=shown.height,
            )


def _of_media(item: discord.UnfurledMediaItem, *, spoiler: bool) -> _Found:
    ours = item.attachment_id is not None
    return _Found(
        links=(item.url, item.proxy_url),
        kind=item.content_type,
        width=item.width,
        height=item.height,
        spoiler=spoiler,
        name=unquote(urlsplit(item.url).path.rpartition("/")[2]) if ours else None,
    )


def _has_spoilers(message: discord.Message) -> bool:
    return any(
        item.spoiler
        for component in media.components(message)
        if isinstance(component, discord.MediaGalleryComponent)
        for item in component.items
    )


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
