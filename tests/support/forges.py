"""The processes that fork relays and bots for this one: one for each kind, started when it is first asked for."""

from __future__ import annotations

from functools import cache

from tests.support.forks import Forge
from tests.support.processes import ROOT, clean_environment


@cache
def relay_forge(async_mode: str) -> Forge:
    """Its relays run in that mode."""
    return Forge("relay", clean_environment({"TAPEDECK_ASYNC_MODE": async_mode}), ROOT)


@cache
def bot_forge() -> Forge:
    """For `python -m bot` with any command."""
    return Forge("bot", clean_environment({}), ROOT)
