"""One symbol of the stand-in: its rules, its last price, its book and its tape."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal

from tests.standin.binance_book import Book
from tests.standin.binance_events import MarketTrade
from tests.standin.binance_filters import SymbolRules
from tests.standin.binance_orders import ZERO, Side

TAPE_LENGTH = 1_000


@dataclass(slots=True, kw_only=True)
class MarketState:
    """`own_book` is one that a test set; without it a book forms by itself around the last price."""

    rules: SymbolRules
    last: Decimal = ZERO
    is_trading: bool = True
    level_size: Decimal = Decimal("0.5")
    """How much there is at the first level of the book that forms by itself."""
    own_book: Book | None = None
    book_around_last: Book | None = None
    tape: deque[MarketTrade] = field(default_factory=lambda: deque(maxlen=TAPE_LENGTH))

    @property
    def book(self) -> Book:
        if self.own_book is not None:
            return self.own_book
        if self.book_around_last is None:
            self.book_around_last = Book.around(self.last, self.rules.tick_size, self.level_size)
        return self.book_around_last

    def pays(self, side: Side) -> str:
        """The asset that an order of this side gives away."""
        return self.rules.quote if side == "BUY" else self.rules.base

    def gets(self, side: Side) -> str:
        """The asset that an order of this side receives."""
        return self.rules.base if side == "BUY" else self.rules.quote
