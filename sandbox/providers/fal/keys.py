"""The keys with which fal signs its webhooks, made anew for each stand-in.

fal, "Webhooks" (November 2026): Ed25519 over four lines, the key set public.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def signed_text(request: str, user: str, timestamp: str, body: bytes) -> bytes:
    """Return the bytes that a signature covers."""
    digest = hashlib.sha256(body).hexdigest()
    return f"{request}\n{user}\n{timestamp}\n{digest}".encode()


class Keys:
    """One key that signs, one that is still listed, and one that nobody lists."""

    def __init__(self) -> None:
        self._older = Ed25519PrivateKey.generate()
        self._own = Ed25519PrivateKey.generate()
        self._foreign = Ed25519PrivateKey.generate()

    def sign(self, text: bytes, *, forged: bool = False) -> str:
        """Return the signature in hex; a forged one is well made, with a foreign key."""
        return (self._foreign if forged else self._own).sign(text).hex()

    def rotate(self) -> None:
        """Sign with a new key from now on; the one before stays listed."""
        self._older, self._own = self._own, Ed25519PrivateKey.generate()

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the key set as it is published: base64url without padding."""
        return {"keys": [_listed(key) for key in (self._older, self._own)]}


def _listed(key: Ed25519PrivateKey) -> dict[str, str]:
    point = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=")
    return {"kty": "OKP", "crv": "Ed25519", "x": point.decode()}
