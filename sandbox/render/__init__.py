"""Pictures of Discord messages, drawn from their JSON with Pillow alone."""

from sandbox.render.message import render
from sandbox.render.sheet import contact_sheet

__all__ = ["contact_sheet", "render"]
