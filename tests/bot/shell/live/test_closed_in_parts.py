"""A close by hand that the exchange ends half filled: the rest is sold in another order, wherever the bot dies."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from tests.standin.binance_book import Level
from tests.standin.binance_orders import Order
from tests.support import judged_day, kill_sweep
from tests.support.kill_points import different
from tests.support.killed_day import DEPOSITS, KilledDay
from tests.support.nursery import Life
from tests.support.trading_days import Moment, TradingDay, at

THIN, PLENTY = Decimal("0.01"), Decimal(5)
"""So much is bid for at first when a person closes the position: less than is held."""
STEP = Decimal("0.00001")
"""Less than this cannot be sold."""

CLOSED_IN_PARTS = TradingDay(
    name="closed in parts",
    script={1: "enter"},
    moments=(
        at(0, 10, "43000", command="start_bot"),
        at(1, 10, "43010.5"),
        at(2, 0, "43010.5"),  # enters
        at(2, 20, "43050.01", command="close_position"),  # half of it is sold
        at(2, 45, "43050.01"),  # the rest
        at(2, 55, "43050.01"),
    ),
)


class ThinDay(KilledDay):
    """The bids are few while a person closes the position, and many again when they have been taken."""

    async def live_through(self, deaths: Sequence[str] = ()) -> None:
        await super().live_through(deaths)
        left = self.held[1] - DEPOSITS["BTC"]
        assert 0 <= left < STEP, f"{left} BTC are left of the position"

    async def _happen(self, moment: Moment) -> None:
        await super()._happen(moment)
        if moment.command == "close_position":
            self._bid(moment, THIN)

    def _is_settled(self, life: Life, moment: Moment) -> bool:
        """Once it was sold in part, the rest waits for the market's time to go on."""
        if moment.command == "close_position" and self._has_ended_in_part():
            self._bid(moment, PLENTY)
            life.stands = {**life.stands, "is_idle": True} if life.stands else life.stands
        return super()._is_settled(life, moment)

    def _has_ended_in_part(self) -> bool:
        return any(order.status == "EXPIRED" for order in self.exchange.orders.values())

    def _bid(self, moment: Moment, amount: Decimal) -> None:
        bids, asks = [Level(Decimal(moment.bid), amount)], [Level(Decimal(moment.ask), PLENTY)]
        self.exchange.set_book(self.binance.symbol, bids, asks)


def check_rests(orders: Sequence[Order]) -> None:
    """Of one decision there is one order, or another of the rest of each that the exchange ended."""
    for before, after in pairwise(orders):
        assert (before.asked.type, before.status) == ("MARKET", "EXPIRED")
        assert after.quantity == before.quantity - before.executed


def test_killed_at_any_point_the_position_is_closed_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kill_sweep, "KilledDay", ThinDay)
    monkeypatch.setattr(judged_day, "_check_chain", check_rests)

    async def scenario(sweep: kill_sweep.Sweep) -> None:
        points = different(await sweep.undisturbed())
        closing = points[points.index("send 2 before") :]
        await sweep.kill_at_each([(point,) for point in closing])

    print(dict(kill_sweep.on_days(CLOSED_IN_PARTS, tmp_path, scenario)))
