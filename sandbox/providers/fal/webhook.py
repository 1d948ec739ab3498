"""What fal sends to `fal_webhook` when a request has ended (fal, "Webhooks").

The signature is left out: it proves only that fal sent the message, which anyone with an
account can make it do.
"""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.providers.fal.work import Work


def webhook_message(work: Work, now: float) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the body and the headers of the message about a work that has ended."""
    body: dict[str, Any] = {"request_id": work.id, "gateway_request_id": work.id}
    if work.failure is None:
        body |= {"status": "OK", "payload": work.output}
    else:
        error = f"Invalid status code: {work.failure.status}"
        body |= {"status": "ERROR", "error": error, "payload": work.failure.body}
    headers = {
        "X-Fal-Webhook-Request-Id": str(uuid.uuid4()),
        "X-Fal-Webhook-User-Id": "sandbox-user",
        "X-Fal-Webhook-Timestamp": str(int(now)),
    }
    return body, headers
