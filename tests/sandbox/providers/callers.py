"""Plain httpx callers of the three stand-ins, written from the providers' documents."""

from __future__ import annotations

import base64
import io
import json
import uuid
from dataclasses import dataclass
from typing import Any

import httpx
from PIL import Image

from sandbox.providers import Fal, Ideogram, Runware
from sandbox.providers.pictures import Order, cropped, difference, render
from sandbox.providers.sizes import Size

V2A = "fal-ai/ideogram/v2a/remix"
V3 = "fal-ai/ideogram/v3/remix"


def photo(width: int = 640, height: int = 480, *, kind: str = "JPEG") -> bytes:
    """A picture with shapes and colours, the same at every call."""
    order = Order(
        source=None,
        prompt="hills at sunset",
        closeness=0.2,
        seed=7,
        size=Size(width, height),
        format=kind,
    )
    return render(order)


def mask(width: int = 640, height: int = 480, *, black: bool = True) -> bytes:
    """A mask whose left half is black, which is what changes; or one without black."""
    picture = Image.new("L", (width, height), 255)
    if black:
        picture.paste(0, (0, 0, width // 2, height))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def inline(data: bytes, media_type: str = "image/jpeg") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def distance(result: bytes, source: bytes) -> float:
    """How far a result lies from the middle of its source, of 255."""
    with Image.open(io.BytesIO(result)) as picture:
        return difference(picture.convert("RGB"), cropped(source, Size(*picture.size)))


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


@dataclass
class FalCaller:
    server: Fal
    http: httpx.AsyncClient
    source: bytes

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Key {self.server.key}"}

    def body(self, **more: Any) -> dict[str, Any]:
        return {"prompt": "a copper city", "image_url": inline(self.source)} | more

    async def submit(
        self, endpoint: str = V2A, *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        return await self.send(endpoint, self.body(**more), headers=headers)

    async def send(
        self,
        endpoint: str,
        body: dict[str, Any],
        *,
        headers: dict[str, str] | None = None,
        webhook: str | None = None,
    ) -> httpx.Response:
        """Submit a body as it is."""
        url = f"{self.server.url}/queue/{endpoint}"
        params = {} if webhook is None else {"fal_webhook": webhook}
        return await self.http.post(
            url, params=params, json=body, headers=self.headers | (headers or {})
        )

    async def sent(self, endpoint: str, **body: Any) -> httpx.Response:
        """Submit exactly this, wait for its end, and read the result's address."""
        return await self.end((await self.send(endpoint, body)).json())

    async def end(self, ticket: dict[str, Any]) -> httpx.Response:
        """Wait by the stream for the end of a work, and read the result's address."""
        await self.states(ticket)
        return await self.get(ticket["response_url"])

    async def get(self, url: str) -> httpx.Response:
        return await self.http.get(url, headers=self.headers)

    async def cancel(self, ticket: dict[str, Any]) -> httpx.Response:
        return await self.http.put(ticket["cancel_url"], headers=self.headers)

    async def states(self, ticket: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
        """All that the status stream tells until it closes."""
        url = f"{ticket['status_url']}/stream{query}"
        async with self.http.stream("GET", url, headers=self.headers) as answer:
            assert answer.headers["content-type"] == "text/event-stream"
            return [
                json.loads(line.removeprefix("data: "))
                async for line in answer.aiter_lines()
                if line.startswith("data: ")
            ]

    async def finish(self, endpoint: str = V2A, **more: Any) -> httpx.Response:
        """Submit, wait by the stream, and read the result's address."""
        return await self.end((await self.submit(endpoint, **more)).json())

    async def picture(self, endpoint: str = V2A, **more: Any) -> bytes:
        answer = await self.finish(endpoint, **more)
        return (await self.http.get(answer.json()["images"][0]["url"])).content


@dataclass
class RunwareCaller:
    server: Runware
    http: httpx.AsyncClient
    source: bytes

    def task(self, *, settings: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        return {
            "taskType": "imageInference",
            "taskUUID": str(uuid.uuid4()),
            "model": "ideogram:3@2",
            "positivePrompt": "a copper city",
            "width": 1152,
            "height": 864,
            "inputs": {"referenceImages": [inline(self.source)]},
            "providerSettings": {"ideogram": settings or {}},
        } | more

    async def post(self, *tasks: Any, key: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key or self.server.key}"}
        return await self.http.post(f"{self.server.url}/v1", json=list(tasks), headers=headers)

    async def poll(self, name: str) -> httpx.Response:
        return await self.post({"taskType": "getResponse", "taskUUID": name})

    async def ended(self, name: str) -> httpx.Response:
        """Poll once the work is done."""
        await self.server.jobs[name].done.wait()
        return await self.poll(name)

    async def error(self, *tasks: Any) -> tuple[int, dict[str, Any]]:
        """Post what must be refused; return the status and the only error."""
        answer = await self.post(*tasks)
        body = answer.json()
        assert "data" not in body
        assert len(body["errors"]) == 1
        return answer.status_code, body["errors"][0]


@dataclass
class IdeogramCaller:
    server: Ideogram
    http: httpx.AsyncClient
    source: bytes

    def body(self, **more: Any) -> dict[str, Any]:
        return {"prompt": "a copper city", "magic_prompt_option": "OFF"} | more

    async def send(self, files: Any, *, key: str | None = None) -> httpx.Response:
        headers = {"Api-Key": key or self.server.key}
        return await self.http.post(f"{self.server.url}/remix", files=files, headers=headers)

    async def remix(self, **more: Any) -> httpx.Response:
        return await self.send(self.form(self.body(**more)))

    async def remix_v3(self, *files: tuple[str, bytes], **fields: Any) -> httpx.Response:
        """Send the flat form of 3.0; a list becomes a part for each of its texts."""
        parts: list[tuple[str, Any]] = [
            (name, (f"{name}.png", data, "image/png"))
            for name, data in (("image", self.source), *files)
        ]
        for name, value in ({"prompt": "a copper city"} | fields).items():
            texts = value if isinstance(value, list) else [value]
            parts += [(name, (None, str(text))) for text in texts if text is not None]
        headers = {"Api-Key": self.server.key}
        url = f"{self.server.url}/v1/ideogram-v3/remix"
        return await self.http.post(url, files=parts, headers=headers)

    def form(self, body: dict[str, Any], source: bytes | None = None) -> dict[str, Any]:
        return {
            "image_request": (None, json.dumps(body), "application/json"),
            "image_file": ("source.jpg", source or self.source, "image/jpeg"),
        }

    async def picture(self, **more: Any) -> bytes:
        answer = await self.remix(**more)
        return (await self.http.get(answer.json()["data"][0]["url"])).content
