"""An order book of other people's orders, which a market order takes level by level."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from tests.standin.binance_orders import ZERO, Side


class Level(NamedTuple):
    """A price, and how much there is at it in base; or a part of it that somebody takes."""

    price: Decimal
    quantity: Decimal


class Book:
    """Bids and asks, best first. An order takes from the other side: a BUY from the asks."""

    def __init__(self, bids: Iterable[Level] = (), asks: Iterable[Level] = ()) -> None:
        self.bids = sorted((level for level in bids if level.quantity), reverse=True)
        self.asks = sorted(level for level in asks if level.quantity)

    @classmethod
    def around(cls, price: Decimal, tick: Decimal, size: Decimal, levels: int = 10) -> Book:
        """A level at each tick from `price`, the k-th from it k times `size`. Empty where there is no price yet."""
        steps = [(tick * step, size * step) for step in range(1, levels + 1)]
        bids = [Level(price - distance, quantity) for distance, quantity in steps if price > distance]
        return cls(bids, [Level(price + distance, quantity) for distance, quantity in steps if price > 0])

    @property
    def bid(self) -> Level | None:
        return self.bids[0] if self.bids else None

    @property
    def ask(self) -> Level | None:
        return self.asks[0] if self.asks else None

    def reach(self, side: Side, limit: Decimal = ZERO) -> list[Level]:
        """The levels that an order can take, best first; no limit with zero."""
        if side == "BUY":
            return [level for level in self.asks if not limit or level.price <= limit]
        return [level for level in self.bids if level.price >= limit]

    def slices(self, side: Side, quantity: Decimal, limit: Decimal = ZERO) -> list[Level]:
        """What an order for `quantity` would take, level by level; nothing is taken yet."""
        taken, left = [], quantity
        for level in self.reach(side, limit):
            if left <= 0:
                break
            taken.append(Level(level.price, min(left, level.quantity)))
            left -= taken[-1].quantity
        return taken

    def slices_for_quote(self, side: Side, quote: Decimal, step: Decimal) -> list[Level]:
        """What an order for so much quote would take, in whole steps of base: never more than `quote`."""
        taken, left = [], quote
        for level in self.reach(side):
            affordable = left // (level.price * step) * step
            part = Level(level.price, min(affordable, level.quantity))
            if part.quantity <= 0:
                break
            taken.append(part)
            left -= part.price * part.quantity
        return taken

    def take(self, side: Side, part: Level) -> None:
        """So much of the other side's level is gone."""
        levels = self.asks if side == "BUY" else self.bids
        at = next(index for index, level in enumerate(levels) if level.price == part.price)
        left = levels[at].quantity - part.quantity
        levels[at : at + 1] = [Level(part.price, left)] if left else []
