"""Which trades are wanted: by side, by result, by words; parsed once, at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

SIDES = ("buy", "sell")
RESULTS = ("won", "lost", "open")
SEARCH_MAX = 100
NAMES = ("side", "result", "search")
SEARCHED = ("id", "symbol", "side", "price", "reason")


class InvalidFilter(ValueError):
    """A filter that cannot be used; its text is one sentence that names the argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFilter:
    """None and no words let everything through; every word must stand somewhere in what is searched."""

    side: str | None = None
    result: str | None = None
    words: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Does it let every trade through?"""
        return self == EVERYTHING


EVERYTHING = TradeFilter()


def parse_filter(args: Mapping[str, Any]) -> TradeFilter:
    """The filter that `side`, `result` and `search` ask for; raises InvalidFilter."""
    return TradeFilter(
        side=_one_of(args, "side", SIDES),
        result=_one_of(args, "result", RESULTS),
        words=tuple(folded(_search(args)).split()),
    )


def result_of(trade: Mapping[str, Any]) -> str:
    """`open` while nothing is realized, else `won`, `lost` or `even`."""
    if trade.get("pnl") is None:
        return "open"
    pnl = Decimal(str(trade["pnl"]))
    return "won" if pnl > 0 else "lost" if pnl < 0 else "even"


def text_of(trade: Mapping[str, Any]) -> str:
    """What the words of a search are looked for in."""
    return folded("\n".join(str(trade.get(name) or "") for name in SEARCHED))


def folded(text: str) -> str:
    """The same for `Stop` and `STOP`. PostgreSQL keeps no NUL in a text."""
    return text.lower().replace("\0", "")


def _one_of(args: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str | None:
    value = args.get(name)
    if value is None or value in known:
        return value
    raise InvalidFilter(f"args.{name}: must be {', '.join(known[:-1])} or {known[-1]}, got {value!r:.60}.")


def _search(args: Mapping[str, Any]) -> str:
    value = args.get("search")
    if value is None:
        return ""
    if isinstance(value, str) and len(value) <= SEARCH_MAX:
        return value
    raise InvalidFilter(f"args.search: must be a text of at most {SEARCH_MAX} characters.")
