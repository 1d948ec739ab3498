"""What a user of `fal_client` would write; run by a test in a process of its own.

It knows nothing of the sandbox: its process has fal's own host names, a proxy and a
certificate to trust. Standard input is the work as JSON, standard output what came of it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from typing import Any

import fal_client


def uploaded(asked: dict[str, Any]) -> dict[str, Any]:
    """Put the pictures among the arguments into fal's storage, as its documents advise."""
    return {
        name: fal_client.upload(base64.b64decode(value["bytes"]), "image/png", "picture.png")
        if isinstance(value, dict) and "bytes" in value
        else value
        for name, value in asked.items()
    }


def told(update: fal_client.Status) -> dict[str, Any]:
    """Write a queue update down."""
    about: dict[str, Any] = {"kind": type(update).__name__}
    match update:
        case fal_client.Queued(position=position):
            about["position"] = position
        case fal_client.InProgress(logs=logs) | fal_client.Completed(logs=logs):
            about["logs"] = [line["message"] for line in logs or []]
    return about


def subscribed(endpoint: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Carry one work through with `subscribe`."""
    updates: list[dict[str, Any]] = []
    try:
        result = fal_client.subscribe(
            endpoint,
            arguments=uploaded(asked),
            with_logs=True,
            on_queue_update=lambda update: updates.append(told(update)),
            client_timeout=30,
        )
    except fal_client.FalClientHTTPError as error:
        return {
            "updates": updates,
            "status": error.status_code,
            "type": error.error_type,
            "detail": json.loads(error.response.content)["detail"],
        }
    return {"updates": updates, "result": result}


async def handled(endpoint: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Carry one work through with the asynchronous client, and cancel a second one."""
    arguments = uploaded(asked)
    handle = await fal_client.submit_async(endpoint, arguments=arguments)
    async for _ in handle.iter_events(with_logs=False):
        pass
    result = await handle.get()
    again = await fal_client.result_async(endpoint, handle.request_id)
    try:
        await fal_client.cancel_async(endpoint, handle.request_id)
    except fal_client.FalClientHTTPError as error:
        return {"same": result == again, "cancel": error.status_code}
    return {"same": result == again, "cancel": 200}


def carried_out(work: dict[str, Any]) -> dict[str, Any]:
    """Do one of the works that standard input lists."""
    match work:
        case {"subscribe": endpoint, "arguments": asked}:
            return subscribed(endpoint, asked)
        case {"handle": endpoint, "arguments": asked}:
            return asyncio.run(handled(endpoint, asked))
        case {"run": endpoint, "arguments": asked}:
            return {"result": fal_client.run(endpoint, arguments=uploaded(asked))}
    raise ValueError(work)


if __name__ == "__main__":
    json.dump([carried_out(work) for work in json.load(sys.stdin)], sys.stdout)
