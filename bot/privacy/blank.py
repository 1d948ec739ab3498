"""What a job's JSON is without anybody's words and links, still to be read as before."""

from __future__ import annotations

import json
from typing import Any, cast

from storage.prompts_kept import PromptsRow


def blank(row: PromptsRow) -> PromptsRow:
    """Leave out the prompts, also as a provider rewrote them, and the links to pictures.

    Where a card shows a picture, and whose picture it is, stays: buttons need the one, and the
    consent of its author the other.
    """
    return PromptsRow(
        job_id=row.job_id,
        request=_changed(row.request, {"prompt": "", "negative": None}),
        source=_changed(row.source, {"url": ""}),
        results=None if row.results is None else _changed(row.results, {"prompt": None}),
    )


def _changed(text: str, values: dict[str, Any]) -> str:
    # Written as `bot.jobs.record` writes it, which `storage.spending` reads as text.
    changed = _walk(json.loads(text), values)
    return json.dumps(changed, separators=(",", ":"), ensure_ascii=False)


def _walk(tree: object, values: dict[str, Any]) -> object:
    if isinstance(tree, dict):
        branches = cast("dict[str, object]", tree)
        return {
            name: values[name] if name in values else _walk(branch, values)
            for name, branch in branches.items()
        }
    if isinstance(tree, list):
        return [_walk(branch, values) for branch in cast("list[object]", tree)]
    return tree
