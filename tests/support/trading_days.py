"""Short trading days in the market's own time: what the market shows, what a person asks, and what the bot decides.

Nothing in them hangs on the clock: a day goes on when the bot has done what there is to do. Where the bot decides (a
candle closes, a limit's time is over) the market shows what it showed at the moment before, so a bot that was away for
a while decides the same, at the same price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

MINUTE_MS = 60_000
FIRST_TS = 1_767_571_200_000
"""When candle 0 opens: 2026-01-05, UTC."""
WARM_CANDLES = 5
"""So many are there before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What the market shows at `minute` and `second`, until the next one. Every moment is a trade at `last`."""

    minute: int
    second: int
    last: str
    bid: str
    ask: str
    traded: str = "0"
    """How much of it could have been with a resting order."""
    command: str | None = None
    """What a person asks for, once the bot has seen the market."""
    args: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ts(self) -> int:
        """Milliseconds UTC, by the market's time."""
        return FIRST_TS + self.minute * MINUTE_MS + self.second * 1000

    @property
    def quotes(self) -> tuple[str, str, str]:
        """Last price, bid and ask."""
        return self.last, self.bid, self.ask

    @property
    def closed_ts(self) -> int:
        """The candle that is the newest closed one now."""
        return FIRST_TS + (self.minute - 1) * MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingDay:
    """A day's moments, what the strategy signals at which candle, and how orders are sent (`TAPEDECK_ORDERS`)."""

    name: str
    script: Mapping[int, str]
    moments: tuple[Moment, ...]
    orders: Mapping[str, Any] = field(default_factory=dict)

    def repeated(self, times: int) -> TradingDay:
        """The same again and again, as one longer day; a bot that was halted in it is resumed."""
        minutes = self.moments[-1].minute + 1
        moments = [
            replace(
                moment,
                minute=moment.minute + number * minutes,
                command="resume" if number and moment.command == "start_bot" else moment.command,
            )
            for number in range(times)
            for moment in self.moments
        ]
        script = {candle + number * minutes: kind for number in range(times) for candle, kind in self.script.items()}
        return replace(self, moments=tuple(moments), script=script)


def at(minute: int, second: int, last: str, bid: str = "", ask: str = "", **more: Any) -> Moment:
    """A moment; where bid and ask are not said, both are the last price."""
    return Moment(minute=minute, second=second, last=last, bid=bid or last, ask=ask or last, **more)


MARKET_ORDERS = TradingDay(
    name="market orders",
    script={1: "enter", 2: "exit", 3: "enter", 5: "enter", 7: "enter"},
    moments=(
        at(0, 10, "43000", command="start_bot"),
        at(1, 10, "43010.5"),
        at(2, 0, "43010.5"),  # enters
        at(2, 20, "43107.31"),
        at(3, 0, "43107.31"),  # leaves
        at(4, 0, "43107.31"),  # enters
        at(4, 20, "42400.01"),  # stopped out: 1.5 % below
        at(5, 10, "42500"),
        at(6, 0, "42500"),  # enters
        at(6, 20, "43999.99"),  # takes the profit: 3 % above
        at(7, 10, "43999.99"),
        at(8, 0, "43999.99"),  # enters
        at(8, 20, "44100.07", command="close_position"),
    ),
)
"""An exit of the strategy, a stop loss, a take profit, and a position closed by hand."""

LIMIT_ORDERS = TradingDay(
    name="limit orders",
    script={1: "enter", 4: "exit"},
    orders={"entry": "limit", "exit": "limit", "timeout_s": 30, "reprices": 1},
    moments=(
        at(0, 10, "43000", "43000", "43002", command="start_bot"),
        at(1, 10, "43000", "43000", "43002"),
        at(2, 0, "43000", "43000", "43002"),  # enters: a limit at 43000
        at(2, 5, "43000", "43000", "43002", traded="0.01"),  # filled in part
        at(2, 10, "43100.5", "43100.5", "43102.5"),  # the market goes away
        at(2, 40, "43100.5", "43100.5", "43102.5"),  # time is over: placed anew at 43100.50
        at(2, 45, "43100.5", "43100.5", "43102.5", traded="0.02003"),
        at(2, 50, "43100.49", "43100.49", "43102.5", traded="1"),  # filled
        at(3, 10, "43202", "43200", "43202"),
        at(4, 50, "43202", "43200", "43202"),
        at(5, 0, "43202", "43200", "43202"),  # leaves: a limit at 43202
        at(5, 5, "43202", "43200", "43202", traded="0.01234"),
        at(5, 10, "43152", "43150", "43152"),
        at(5, 35, "43152", "43150", "43152"),  # placed anew at 43152
        at(5, 40, "43152", "43150", "43152", traded="0.005"),
        at(5, 45, "43100", "43099", "43101"),
        at(6, 10, "43100", "43099", "43101"),  # time is over again: the rest at the market
    ),
)
"""Limits that are filled in parts, time out, are placed anew, and at last go at the market."""

STOP_ON_EXCHANGE = TradingDay(
    name="stop on the exchange",
    script={1: "enter", 3: "enter", 4: "exit", 5: "enter"},
    orders={"stop_on_exchange": True},
    moments=(
        at(0, 10, "43000", command="start_bot"),
        at(1, 10, "43000"),
        at(2, 0, "43000"),  # enters, and a stop rests at 42355
        at(2, 20, "42350", traded="0.5"),  # it is triggered
        at(3, 10, "42350"),
        at(4, 0, "42350"),  # enters
        at(4, 20, "42420.4"),
        at(5, 0, "42420.4"),  # leaves: the stop is taken back first
        at(6, 0, "42420.4"),  # enters
        at(6, 20, "42500", command="halt", args={"flatten": True}),
    ),
)
"""A stop that rests on the exchange: triggered there, taken back for an exit, and taken back for a halt."""

DAYS = {day.name: day for day in (MARKET_ORDERS, LIMIT_ORDERS, STOP_ON_EXCHANGE)}
