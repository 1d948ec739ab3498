"""The task that is sent to Runware: what the member asks, and what the operator has set.

Source: runware.ai/docs, page of ideogram:3@2 (read 2026-11).
"""

from __future__ import annotations

from pydantic import JsonValue

from bot.backends import compose
from bot.backends.base import Call
from bot.backends.compose import Document
from bot.backends.entry import Entry
from bot.backends.options import OutputType, RunwareOptions

TASK_MARK = "{task}"
"""Stands for our id of the call in an upload endpoint."""


def task(entry: Entry, call: Call, options: RunwareOptions) -> Document:
    """Give the task of a call, all but its pictures."""
    source = call.source
    size = None if source is None else (source.width, source.height)
    return {
        **compose.document(entry, call.request, size),
        "taskType": "imageInference",
        "taskUUID": call.key,
        "model": entry.model,
        **_handing_over(call, options),
    }


def _handing_over(call: Call, options: RunwareOptions) -> Document:
    """Give how results are to be checked, and to reach us and others."""
    # "fast" is the only mode of a check; a mode without a check, or none with one, is refused.
    checked: JsonValue = {"checkContent": True, "mode": "fast"}
    found: Document = {
        "outputType": options.output_type,
        "deliveryMethod": options.delivery,
        "includeCost": options.include_cost,
        "safety": checked if options.check_content else {"checkContent": False},
    }
    webhook = call.webhook or options.webhook_url
    if webhook is not None:
        found["webhookURL"] = webhook
    if options.ttl is not None and options.output_type is OutputType.URL:
        found["ttl"] = options.ttl
    if options.upload_endpoint is not None and call.request.count == 1:
        # Several results of a task would overwrite each other there.
        found["uploadEndpoint"] = options.upload_endpoint.replace(TASK_MARK, call.key)
    return found
