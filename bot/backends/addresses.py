"""Where a link may lead: links come from providers, redirects and Discord."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Set

from bot.backends.http_errors import Broken, Forbidden

Origin = tuple[str, str, int]
"""Scheme, host and port, such as ("https", "queue.fal.run", 443)."""
Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""Gives the IP addresses of a host name and port; raises OSError where there are none."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_MOST_WAYS = 3


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """Ask the system for the addresses of a host, best first."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class Gate:
    """Lets a link pass to trusted origins, and by https to the public internet."""

    def __init__(self, trusted: Set[Origin], *, proxied: bool, resolve: Resolve) -> None:
        self._trusted = trusted
        self._proxied = proxied
        self._resolve = resolve

    async def ways(self, place: Origin) -> tuple[str, ...]:
        """Give the hosts to connect to, best first: addresses that were checked.

        Behind a proxy, which resolves names out of our sight, it is the name itself.

        Raises:
            Forbidden: A link may not lead there; one private address among many is enough.
            Broken: The name has no address just now.
        """
        scheme, host, port = place
        trusted = place in self._trusted
        if not trusted and scheme != "https":
            raise Forbidden(f"{host} by {scheme}")
        if self._proxied:
            if not trusted and not is_public_name(host):
                raise Forbidden(f"{host} is not public")
            return (host,)
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise Broken(f"{host} has no address") from None
        if not (trusted or all(map(is_public, found))):
            raise Forbidden(f"{host} is not public")
        return found[:_MOST_WAYS]


def is_public(text: str) -> bool:
    """Say whether an IP address lies in the public internet.

    An IPv6 address that carries an IPv4 one is judged by that, since a gateway may send it
    there. Multicast is refused, which Python counts as global.

    Raises:
        ValueError: The text is no IP address.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        address = _carried(address) or address
    return address.is_global and not address.is_multicast


def is_public_name(host: str) -> bool:
    """Say whether a host looks public by its name alone.

    Besides public IP addresses these are names with a dot whose last part begins with a
    letter: the short, octal and decimal spellings of an address do not.
    """
    try:
        return is_public(host)
    except ValueError:
        _, dot, last = host.rpartition(".")
        return bool(dot) and last[:1].isalpha() and last not in ("localhost", "local", "internal")


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
