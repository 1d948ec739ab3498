"""TLS for tests that speak plain http."""

from __future__ import annotations

import ssl

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Knows no certificate, and is made in no time; loopback needs none. Reading the usual ones takes
longer than most tests."""
