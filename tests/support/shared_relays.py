"""A relay with passwords for many tests that leave it as it was: starting one takes longer than most of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.person import WITH_PASSWORDS
from tests.support.relay import Relay


@contextmanager
def shared_relays(new_folder: Callable[[str], Path]) -> Iterator[Callable[[str], Relay]]:
    """`relay(async_mode)`, started when first asked for, all of them ended at the end."""
    started: dict[str, Relay] = {}

    def relay(async_mode: str) -> Relay:
        if async_mode not in started:
            folder = new_folder(async_mode) / "data"
            started[async_mode] = Relay(folder, async_mode=async_mode, env=WITH_PASSWORDS)
            started[async_mode].start()
        return started[async_mode]

    try:
        yield relay
    finally:
        for each in started.values():
            each.end()
