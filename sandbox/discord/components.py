"""Components of a message as Discord keeps them and sends them out again.

Kept, every component has its id, and each of its media names the file that it shows by the
file's id. Sent out, media carry fresh links and every field that Discord fills in is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.discord.cdn import Cdn, StoredFile
from sandbox.discord.rules.tree import SELECTS, ComponentType
from sandbox.discord.snowflakes import Snowflakes

Component = dict[str, Any]

_SCHEME = "attachment://"
_FILE_KEY = "file_id"
_DEFAULTS: dict[ComponentType, Component] = {
    ComponentType.CONTAINER: {"accent_color": None, "spoiler": False},
    ComponentType.THUMBNAIL: {"description": None, "spoiler": False},
    ComponentType.FILE: {"spoiler": False},
    ComponentType.SEPARATOR: {"divider": True, "spacing": 1},
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
}


def walk(components: list[Component]) -> Iterator[Component]:
    """All components, a parent before its children."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        for slot in ("accessory", "component"):
            if isinstance(component.get(slot), dict):
                yield from walk([component[slot]])


def media_of(component: Component) -> list[Component]:
    """Return the media objects of one component itself: of its items, or its own one."""
    if component["type"] == ComponentType.GALLERY:
        return [item["media"] for item in component["items"]]
    key = {ComponentType.THUMBNAIL: "media", ComponentType.FILE: "file"}.get(component["type"])
    return [component[key]] if key else []


def keep(
    components: list[Component], files: Mapping[str, StoredFile], ids: Snowflakes
) -> list[Component]:
    """Return the components of a request as they are kept.

    Args:
        components: As sent, already found to break no rule.
        files: The files that the message has afterwards, by name.
        ids: For the media, which have ids of their own.
    """
    kept = copied(components)
    number(kept)
    for component in walk(kept):
        for preselected in component.get("default_values") or []:
            preselected["id"] = str(preselected["id"])  # discord.py sends a number
        for media in media_of(component):
            url = str(media.pop("url"))
            media.clear()
            media["id"] = str(ids.new())
            if url.startswith(_SCHEME):
                media[_FILE_KEY] = files[url.removeprefix(_SCHEME)].id
            else:
                media.update(url=url, proxy_url=url)
    return kept


def number(components: list[Component]) -> None:
    """Give each component without an id the lowest free one, in the order of the layout."""
    taken = {component["id"] for component in walk(components) if component.get("id")}
    free = (n for n in range(1, 10_000) if n not in taken)
    for component in walk(components):
        if not component.get("id"):
            component["id"] = next(free)


def copied(value: Any) -> Any:
    """Copy JSON; `copy.deepcopy` takes far longer, since it looks for what is in there twice."""
    if isinstance(value, dict):
        return {key: copied(one) for key, one in value.items()}
    return [copied(one) for one in value] if isinstance(value, list) else value


def shown(components: list[Component]) -> set[int]:
    """Return the ids of the files that components show."""
    media = (item for component in walk(components) for item in media_of(component))
    return {item[_FILE_KEY] for item in media if _FILE_KEY in item}


def render(
    components: list[Component], files: Mapping[int, StoredFile], cdn: Cdn
) -> list[Component]:
    """Return kept components as Discord sends them out, with fresh links.

    Args:
        components: As `keep` made them.
        files: The files of the message, by id.
        cdn: Signs the links.
    """
    rendered = copied(components)
    for component in walk(rendered):
        kind = component["type"]
        for key, value in _DEFAULTS.get(kind, {}).items():
            if component.get(key) is None:
                component[key] = value
        for item in component.get("items", []) if kind == ComponentType.GALLERY else []:
            item.update(description=item.get("description"), spoiler=item.get("spoiler", False))
        for media in media_of(component):
            _fill(component, media, files, cdn)
    return rendered


def _fill(
    component: Component, media: Component, files: Mapping[int, StoredFile], cdn: Cdn
) -> None:
    if component["type"] == ComponentType.FILE:
        component.update(name=None, size=None)
    if _FILE_KEY not in media:
        return
    file = files[media.pop(_FILE_KEY)]
    url = cdn.url(file)
    media.update(url=url, proxy_url=url, content_type=file.content_type, **file.pixels)
    media["attachment_id"] = str(file.id)
    if component["type"] == ComponentType.FILE:
        component.update(name=file.filename, size=len(file.data))
