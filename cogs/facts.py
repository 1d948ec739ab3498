"""What a card says of its job: what was asked, what came of it, and what is to be noted."""

from __future__ import annotations

from collections.abc import Mapping

from bot import palettes
from bot.backends.base import MagicPrompt, Operation, Request
from bot.jobs.record import Job, Outcome
from bot.quotas import credits_text
from cogs import text

DOING: Mapping[Operation, str] = {
    Operation.REMIX: "Remixing",
    Operation.GENERATE: "Generating",
    Operation.EDIT: "Editing",
    Operation.REFRAME: "Reframing",
}
DONE: Mapping[Operation, str] = {
    Operation.REMIX: "Remix",
    Operation.GENERATE: "Generated",
    Operation.EDIT: "Edit",
    Operation.REFRAME: "Reframed",
}
BETWEEN = " · "


def order(job: Job) -> str:
    """What was asked and what it may cost, in one line."""
    references = len(job.pictures.references)
    return BETWEEN.join(
        [
            f"**{job.request.backend}**",
            *_chosen(job.request),
            *([f"style references {references}"] if references else []),
            credits_text(job.row.reserved),
        ]
    )


def result(job: Job) -> str:
    """What was asked, what came and what it cost, in one line."""
    seeds = text.seeds(job)
    first = job.outcome.results[0] if job.outcome and job.outcome.results else None
    left_open = job.request.style in {None, "auto"}
    style = first.style.lower() if first and first.style and left_open else None
    return BETWEEN.join(
        [
            f"**{_maker(job)}**",
            *_chosen(job.request),
            *([f"made as {text.inline(style)}"] if style else []),
            *([f"seed {seeds}"] if seeds else []),
            *([f"{first.width} x {first.height}"] if first else []),
            "free" if job.row.gift else credits_text(job.row.settled or 0),
        ]
    )


def main_notes(job: Job) -> list[str]:
    """What a member must know of a job that succeeded: what it cost them and who did it."""
    outcome = job.outcome
    if outcome is None:
        return []
    flagged = sum(result.flagged for result in outcome.results)
    return [
        *(["This came after the refund, so it is free."] if job.row.gift else []),
        *([f"Flagged by the provider, so hidden until clicked: {flagged}."] if flagged else []),
        *_shortfall(job, outcome),
        *(
            [f"Made by {outcome.backend}, because {job.request.backend} was out of order."]
            if outcome.backend not in {None, job.request.backend}
            else []
        ),
    ]


def more_notes(job: Job) -> list[str]:
    """What is good to know besides, as far as there is room for it."""
    outcome, source = job.outcome, job.pictures.source
    if outcome is None:
        return []
    lines: list[str] = []
    if source is not None and outcome.source_type is None:
        lines.append("The source is gone, so it is not shown.")
    if job.row.parent_id and source and source.card_channel_id and source.card_message_id:
        link = text.message_link(job.row.server_id, source.card_channel_id, source.card_message_id)
        lines.append(f"Made from [this card]({link}).")
    # Reframing carries a picture on where it does not fill the shape.
    if outcome.cropped and job.request.operation is not Operation.REFRAME:
        lines.append(f"The provider cropped the source to {outcome.shape}.")
    if outcome.animated:
        lines.append("The source was animated; its first frame was taken.")
    return lines


def _chosen(request: Request) -> list[str]:
    """What the member chose, and the strength, which is always sent where it is taken."""
    magic = None if request.magic_prompt is MagicPrompt.AUTO else request.magic_prompt
    asked = {
        "strength": None if request.strength is None else text.strength(request.strength),
        "aspect": request.aspect,
        "size": request.size,
        "style": request.style,
        "style preset": request.style_preset,
        "style codes": " ".join(request.style_codes) or None,
        "palette": None if request.palette is None else palettes.say(request.palette),
        "speed": request.speed,
        "magic prompt": magic,
        "magic version": request.magic_version,
        "format": request.format,
        "quality": request.quality,
        "pictures": request.count if request.count > 1 else None,
    }
    return [f"{label} {value}" for label, value in asked.items() if value is not None]


def _maker(job: Job) -> str:
    return (job.outcome.backend if job.outcome else None) or job.request.backend


def _shortfall(job: Job, outcome: Outcome) -> list[str]:
    """Say what became of pictures that were asked for and did not come."""
    lines: list[str] = []
    asked, came, charged = job.request.count, len(outcome.results), outcome.charged_flagged
    if charged:
        lines += [
            f"{came} of {asked} pictures came.",
            f"Withheld and charged, as today's refunds of such pictures are used up: {charged}.",
        ]
    elif came < asked:
        lines.append(f"{came} of {asked} pictures came; the rest was given back.")
    if outcome.flagged > charged:
        lines.append(f"Withheld for their content: {outcome.flagged}.")
    if outcome.withheld > outcome.flagged:
        lines.append(f"Withheld or unreadable: {outcome.withheld - outcome.flagged}.")
    return lines
