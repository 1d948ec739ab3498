"""Write `docs/parameters.md`: every input, output and value of the five remix systems.

The inputs that members choose come from the catalogue, with what a bare request sends; those
that are the bot's or the operator's, and the outputs, are listed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.backends.base import Operation, Request
from bot.backends.catalogue import by_name
from bot.backends.compose import document
from bot.backends.entry import Direction, Entry, Feature, Form, Input

OPTIONS: Mapping[Feature, str] = {
    Feature.PROMPT: "prompt",
    Feature.SOURCE: "image",
    Feature.MASK: "mask",
    Feature.STRENGTH: "strength",
    Feature.COUNT: "count",
    Feature.ASPECT: "aspect",
    Feature.SIZE: "size",
    Feature.STYLE: "style",
    Feature.STYLE_PRESET: "style_preset",
    Feature.STYLE_CODES: "style_codes",
    Feature.REFERENCES: "reference",
    Feature.PALETTE: "palette",
    Feature.SPEED: "speed",
    Feature.SEED: "seed",
    Feature.NEGATIVE: "negative",
    Feature.MAGIC_PROMPT: "magic_prompt",
    Feature.MAGIC_VERSION: "magic_version",
    Feature.FORMAT: "format",
    Feature.QUALITY: "quality",
}
"""The option of a command in which a feature is found."""
BARE = "p"
LEFT_OUT = "left out"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One input."""

    name: str
    where: str
    theirs: str
    """What the provider does by default."""
    ours: str
    """What the bot sends when nothing was chosen."""
    values: str = ""


@dataclass(frozen=True, kw_only=True)
class System:
    """One operation of one of the five systems."""

    title: str
    entry: Entry
    siblings: tuple[str, ...] = ()
    """Backends that take the same."""
    own: tuple[Row, ...] = ()
    """Inputs that no member chooses."""
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def inputs(self) -> list[Row]:
        """Every input."""
        bare = Request(operation=self.entry.operation, backend=self.entry.name, prompt=BARE)
        source = (1000, 1000) if self.entry.takes(Feature.SOURCE) else None
        sent = document(self.entry, bare, source)
        chosen = (
            row
            for feature, taken in self.entry.inputs.items()
            for row in _rows(self.entry, feature, taken, sent, self._lacking(feature))
        )
        return [*chosen, *self.own]

    def _lacking(self, feature: Feature) -> list[str]:
        """The siblings that do not take it."""
        lacks = (name for name in self.siblings if feature not in by_name(name).inputs)
        return [f"`{name}`" for name in lacks]


def _row(name: str, where: str, theirs: str, ours: str, values: str = "") -> Row:
    return Row(name=name, where=where, theirs=theirs, ours=ours, values=values)


_SYNC_MODE = _row(
    "sync_mode",
    "setting `FAL_SYNC_MODE`",
    "`false`",
    "`false`",
    "`true`, `false`",
)
_FAL_OUTPUTS = {
    "images[].url": "the picture on the card; a data URI is read the same way",
    "images[].content_type": "kept while the job runs; the file itself decides",
    "images[].file_name": "kept while the job runs; pictures are named after their number",
    "images[].file_size": "kept while the job runs; the file itself decides",
    "images[].file_data": "the picture itself, where it comes instead of a link",
    "seed": "on the card; Closer and Bolder send it again",
}
_RUNWARE_OWN = (
    _row("taskType", "the bot", "none", "`imageInference`"),
    _row("taskUUID", "the bot: its own id of the call", "none", "a new UUID"),
    _row("model", "the backend: option `backend`", "none", "`ideogram:3@2`"),
    _row(
        "outputType",
        "setting `RUNWARE_OUTPUT_TYPE`",
        "`URL`",
        "`URL`",
        "`URL`, `base64Data`, `dataURI`",
    ),
    _row("deliveryMethod", "setting `RUNWARE_DELIVERY`", "`sync`", "`async`", "`sync`, `async`"),
    _row("uploadEndpoint", "setting `RUNWARE_UPLOAD_ENDPOINT`", "none", LEFT_OUT, "an address"),
    _row("ttl", "setting `RUNWARE_TTL`", "none", LEFT_OUT, "60 or more seconds"),
    _row(
        "webhookURL",
        "settings `PUBLIC_URL` and `RUNWARE_WEBHOOK_URL`",
        "none",
        "with `PUBLIC_URL`, the bot's own server",
        "an address",
    ),
    _row("includeCost", "setting `RUNWARE_INCLUDE_COST`", "`false`", "`true`", "`true`, `false`"),
    _row(
        "safety.checkContent",
        "setting `RUNWARE_CHECK_CONTENT`",
        "`false`",
        "`true`",
        "`true`, `false`",
    ),
    _row("safety.mode", "setting `RUNWARE_CHECK_MODE`", "`none`", "`fast`", "`none`, `fast`"),
)
_RUNWARE_OUTPUTS = {
    "taskType": "tells pictures from other answers",
    "taskUUID": "tells whose answer it is",
    "imageUUID": "kept with the job; each picture is counted once by it",
    "imageURL": "the picture on the card",
    "imageBase64Data": "the picture on the card",
    "imageDataURI": "the picture on the card",
    "seed": "on the card, one for each picture",
    "cost": "kept with the call, in millionths of a dollar",
    "NSFWContent": "a flagged picture is withheld",
}
_IDEOGRAM_OUTPUTS = {
    "created": "kept with the call while it is open",
    "data[].url": "the picture on the card; none, where it was withheld",
    "data[].prompt": "on the card, where it was rewritten",
    "data[].resolution": "kept while the job runs; the file itself decides",
    "data[].upscaled_resolution": "kept in its place, where it is given",
    "data[].is_image_safe": "an unsafe picture is withheld",
    "data[].seed": "on the card, one for each picture",
    "data[].style_type": "on the card, where the style was left open",
}

_TURBO = "fal-v2-turbo"
SYSTEMS: tuple[System, ...] = (
    System(
        title="fal: Ideogram V3 Remix",
        entry=by_name("fal-v3"),
        own=(_SYNC_MODE,),
        outputs=_FAL_OUTPUTS,
    ),
    System(
        title="fal: Ideogram V2a Remix",
        entry=by_name("fal-v2a"),
        siblings=("fal-v2a-turbo", "fal-v2"),
        own=(_SYNC_MODE,),
        outputs=_FAL_OUTPUTS,
    ),
    System(
        title="fal: Ideogram V2 Turbo, generate",
        entry=by_name(_TURBO, Operation.GENERATE),
        own=(_SYNC_MODE,),
        outputs=_FAL_OUTPUTS,
    ),
    System(
        title="fal: Ideogram V2 Turbo, remix",
        entry=by_name(_TURBO),
        own=(_SYNC_MODE,),
        outputs=_FAL_OUTPUTS,
    ),
    System(
        title="fal: Ideogram V2 Turbo, edit",
        entry=by_name(_TURBO, Operation.EDIT),
        own=(_SYNC_MODE,),
        outputs=_FAL_OUTPUTS,
    ),
    System(
        title="Runware: Ideogram 2.0 Remix",
        entry=by_name("runware-v2"),
        own=_RUNWARE_OWN,
        outputs=_RUNWARE_OUTPUTS,
    ),
    System(
        title="Ideogram: legacy Remix",
        entry=by_name("ideogram-v2"),
        siblings=(
            "ideogram-v1",
            "ideogram-v1-turbo",
            "ideogram-v2-turbo",
            "ideogram-v2a",
            "ideogram-v2a-turbo",
            "ideogram-v3",
            "ideogram-auto",
        ),
        own=(
            _row(
                "model",
                "the backend: option `backend`",
                "`V_2`",
                "`V_2`",
                "`V_1`, `V_1_TURBO`, `V_2`, `V_2_TURBO`, `V_2A`, `V_2A_TURBO`, `V_3`, `AUTO`",
            ),
        ),
        outputs=_IDEOGRAM_OUTPUTS,
    ),
)

HEAD = """\
# Parameters

Every input, output and value of the five remix systems, where it is found in the bot, what the
provider does by default and what the bot sends when nothing was chosen. Every option of a command
is also found under **More** on a card, as far as its backend takes it.

In brackets stands what a member types for a value, where that is something else. Strength is typed
the same way for all of them: 1-100, and 100 stays closest to the source.

<!-- Made by scripts/tables.py from the catalogue and scripts/parameters.py. -->
"""


def page() -> str:
    """Give the whole page, as Markdown."""
    return "\n".join([HEAD, *(_section(system) for system in SYSTEMS)])


def _section(system: System) -> str:
    entry = system.entry
    also = "".join(f", `{name}`" for name in system.siblings)
    lines = [
        f"## {system.title}",
        "",
        f"Backend `{entry.name}`{also}; `{entry.model}`; {len(system.inputs)} inputs.",
        "",
        "| input | in the bot | values | provider's default | ours |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| `{row.name}` | {row.where} | {row.values} | {row.theirs} | {row.ours} |"
            for row in system.inputs
        ),
        "",
        "| output | in the bot |",
        "| --- | --- |",
        *(f"| `{name}` | {where} |" for name, where in system.outputs.items()),
        "",
    ]
    return "\n".join(lines)


def _rows(
    entry: Entry,
    feature: Feature,
    taken: Input,
    sent: Mapping[str, object],
    lacking: Sequence[str],
) -> Iterator[Row]:
    where = f"option `{OPTIONS[feature]}` of `/{entry.operation}`"
    if lacking:
        where += f"; not for {', '.join(lacking)}"
    theirs = "none" if taken.default is None else _quoted(taken.default)
    for name in _names(taken):
        ours = _ours(feature, _at(sent, name), has_source=entry.takes(Feature.SOURCE))
        yield _row(name, where, theirs, ours, _values(entry, feature, taken, name))


def _names(taken: Input) -> list[str]:
    """Give the names in the provider's document; Runware lists the parts of a palette."""
    match taken.form:
        case Form.SIZE_FIELDS:
            return taken.name.split()
        case Form.PALETTE_HEX_CAMEL:
            parts = ("name", "members[].colorHex", "members[].colorWeight")
            return [f"{taken.name}.{part}" for part in parts]
        case _:
            return [taken.name]


def _at(sent: Mapping[str, object], name: str) -> object:
    here: object = sent
    for part in name.split("."):
        here = here.get(part) if isinstance(here, Mapping) else None
    return here


def _ours(feature: Feature, value: object, *, has_source: bool) -> str:
    match feature:
        case Feature.PROMPT:
            return "the member's"
        case Feature.SOURCE:
            return "the normalised picture"
        case Feature.MASK:
            return "the mask, or what is transparent in the picture"
        case Feature.ASPECT | Feature.SIZE if value is not None and has_source:
            return "the nearest to the picture's"
        case Feature.FORMAT if value is not None:
            return f"{_quoted(value)}; left out if only a quality was chosen"
        case _:
            return LEFT_OUT if value is None else _quoted(value)


def _values(entry: Entry, feature: Feature, taken: Input, name: str) -> str:
    within = f"{taken.least} to {taken.most}"
    if taken.form is Form.PALETTE_HEX_CAMEL and not name.endswith(".name"):
        hex_digits = f"`#RRGGBB`, {within} of them; not with a preset"
        return hex_digits if name.endswith("colorHex") else "0.05 to 1 in steps of 0.01"
    if taken.form in _SIZES:
        return _sizes(entry, taken)
    if feature in _PICTURES:
        return f"{within} pictures" if feature is Feature.REFERENCES else "a picture"
    if taken.values:
        own = f", or {within} colours with weights 0.05 to 1"
        return _choices(taken) + (own if taken.form in _PALETTES else "")
    if feature is Feature.STRENGTH:
        return _strength(entry, taken, within)
    return _SPECIAL.get(feature, within).format(within=within)


def _strength(entry: Entry, taken: Input, within: str) -> str:
    if taken.form is Form.HUNDREDTHS:
        return f"0.01 to 1 ({within})"
    return f"{within} (100 to 1)" if entry.strength is Direction.FURTHER else within


_SIZES = (Form.SIZE_OBJECT, Form.SIZE_FIELDS, Form.SIZE_TEXT)
_PALETTES = (Form.PALETTE_RGB, Form.PALETTE_HEX)
_PICTURES = (Feature.SOURCE, Feature.MASK, Feature.REFERENCES)
_SPECIAL = {
    Feature.PROMPT: "{within} characters",
    Feature.NEGATIVE: "{within} characters (1 to 1000)",
    Feature.STYLE_CODES: "{within} of 8 hex digits",
}


def _sizes(entry: Entry, taken: Input) -> str:
    if entry.free_size is None:
        pattern = taken.pattern or "{width}x{height}"
        pairs = ({"width": size.width, "height": size.height} for size in entry.sizes)
        return ", ".join(f"`{pattern.format(**pair)}`" for pair in pairs)
    least, most = entry.free_size
    presets = ", ".join(f"`{preset}`" for preset in entry.presets)
    return f"{presets}, or width and height {least} to {most}"


def _choices(taken: Input) -> str:
    return ", ".join(
        f"`{_plain(value)}`" if _plain(value) == name else f"`{_plain(value)}` ({name})"
        for name, value in taken.values.items()
    )


def _quoted(value: object) -> str:
    return "empty" if value == "" else f"`{_plain(value)}`"


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
