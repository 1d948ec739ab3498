"""What a document's references and unions point to, each looked up once.

The file describes each union (components, callbacks) as all of its members, without a
discriminator. Trying every member of every component takes 30 ms for an ordinary card; all of
Discord's unions can be told apart by `type`, by being constants, or by null, and then only the
member that is meant is tried. It also makes problems readable: they are that member's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

Schema = Mapping[str, Any]


class Pointers:
    """References to parts of the document."""

    def __init__(self, document: Schema) -> None:
        self._document = document
        self._targets: dict[str, Schema] = {}

    def target(self, schema: Schema) -> Schema:
        """Return what a schema refers to, else the schema."""
        while "$ref" in schema:
            schema = self.look_up(schema["$ref"])
        return schema

    def look_up(self, ref: str) -> Schema:
        """Return what a reference names."""
        if ref not in self._targets:
            found: Any = self._document
            for key in ref.removeprefix("#/").split("/"):
                found = found[key]
            self._targets[ref] = found
        return self._targets[ref]


class Unions:
    """The members of unions by what tells them apart."""

    def __init__(self, pointers: Pointers) -> None:
        self._pointers = pointers
        self._members: dict[int, dict[object, Schema]] = {}

    def marked(self, members: Sequence[Schema]) -> Mapping[object, Schema]:
        """Return the members of a union of the document, or nothing where no mark is known."""
        known = self._members.get(id(members))
        if known is None:
            known = self._members[id(members)] = self._mark_all(members)
        return known

    def _mark_all(self, members: Sequence[Schema]) -> dict[object, Schema]:
        marked: dict[object, Schema] = {}
        for member in members:
            for mark in self._marks(member):
                if mark in marked:
                    return {}
                marked[mark] = member
        # Something unmarked can only be meant where there is nothing beside it but null.
        return {} if Mark.ANYTHING in marked and len(marked.keys() - {None}) > 1 else marked

    def _marks(self, member: Schema) -> list[object]:
        if "const" in member:
            return [member["const"]]
        if member.get("type") == "null":
            return [None]
        properties = self._pointers.target(member).get("properties", {})
        types = properties.get("type", {}).get("enum")
        return [("type", one) for one in types] if types else [Mark.ANYTHING]


class Mark(Enum):
    """Marks that are no value."""

    ANYTHING = "anything"
    """The only member that is not null."""
    LIST = "a list"


def meant(marked: Mapping[object, Schema], value: object) -> Schema | None:
    """Return the member of a union that a value is meant to be."""
    return marked.get(mark_of(value), marked.get(Mark.ANYTHING))


def mark_of(value: object) -> object:
    """Return what may tell a value apart: itself, or of an object its type."""
    if isinstance(value, dict):
        kind = value.get("type")
        return ("type", kind if isinstance(kind, int | str) else None)
    return Mark.LIST if isinstance(value, list) else value


def words(mark: object) -> str:
    """Say what a mark is."""
    if isinstance(mark, Mark):
        return mark.value
    return f"type {mark[1]!r}" if isinstance(mark, tuple) else repr(mark)
