"""Which addresses count as one visitor."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

HOUSEHOLD_PREFIX = 64
"""A home gets a network of that many bits in IPv6, so each address of it is the same visitor."""


@lru_cache(maxsize=10_000)
def visitor_of(address: str) -> str:
    """The key by which an address is counted: itself, or its IPv6 network; `loopback` for this machine."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback:
        return LOOPBACK
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, HOUSEHOLD_PREFIX), strict=False))
    return str(found)


LOOPBACK = "loopback"
