"""The stand-in's core: a spot exchange in miniature, synchronous, exact, without a wire.

`SpotExchange` has one account and its markets. Orders of the account trade against a `Book` of other people, which a
test sets (`set_book`) or which forms by itself around the last price, and rest until somebody else's trade (`trade`)
reaches their price. What happened is in `events`, in order, until somebody takes it. The promise, which
`check_conservation` asserts: every balance is what was deposited plus what the fills brought and took, to the last
digit, and what is locked is what the open orders hold.

    exchange = SpotExchange(deposits={"USDT": Decimal(1000)})
    exchange.set_last("BTCUSDT", Decimal(43000))
    order = exchange.place(NewOrder(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=Decimal("0.01")))
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from tests.standin.binance_account import Account, most, wall_clock_ms
from tests.standin.binance_book import Book, Level
from tests.standin.binance_conservation import check_conservation
from tests.standin.binance_errors import Refused, insufficient_balance, rejected, unknown_order
from tests.standin.binance_events import Event, MarketTrade
from tests.standin.binance_filters import SymbolRules, check_filters
from tests.standin.binance_market import MarketState
from tests.standin.binance_orders import ZERO, Fill, NewOrder, Order, Side, cut
from tests.standin.binance_wallet import Wallet

BTC_USDT = SymbolRules(base="BTC", quote="USDT")
ETH_USDT = SymbolRules(base="ETH", quote="USDT")
DEPOSITS = {"USDT": Decimal(10_000), "BTC": Decimal(0), "BNB": Decimal(0)}
"""What an account starts with unless told otherwise."""
FEE_RATE = Decimal("0.001")


class SpotExchange:
    """One account on a spot exchange. All methods are synchronous; those that refuse raise `Refused`."""

    def __init__(
        self,
        *,
        deposits: Mapping[str, Decimal] = DEPOSITS,
        rules: Iterable[SymbolRules] = (BTC_USDT, ETH_USDT),
        maker_rate: Decimal = FEE_RATE,
        taker_rate: Decimal = FEE_RATE,
        clock: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self.account = Account(deposits, maker_rate=maker_rate, taker_rate=taker_rate, clock=clock)
        self.markets = {rule.symbol: MarketState(rules=rule) for rule in rules}
        self._last_trade_id = 0

    # What is there

    @property
    def wallet(self) -> Wallet:
        return self.account.wallet

    @property
    def orders(self) -> dict[int, Order]:
        """All that were ever taken, by their id, oldest first."""
        return self.account.orders

    @property
    def fills(self) -> list[Fill]:
        """All executions of the account, in the order in which they happened."""
        return self.account.fills

    @property
    def events(self) -> deque[Event]:
        """What happened to the account, until somebody takes it."""
        return self.account.events

    def now(self) -> int:
        """The exchange's own time, in ms UTC."""
        return self.account.clock()

    def market(self, symbol: str) -> MarketState:
        """Raises `Refused` for a symbol that is not listed."""
        if symbol not in self.markets:
            raise Refused(-1121, "Invalid symbol.")
        return self.markets[symbol]

    def check_conservation(self) -> None:
        """Asserts the promise of this module."""
        check_conservation(self.wallet, self.markets, self.orders.values())

    # What the account does

    def place(self, asked: NewOrder) -> Order:
        """An order comes in: it is refused, or taken and matched with what the book has. Raises `Refused`."""
        market = self.market(asked.symbol)
        self._check(market, asked)
        parts = _parts(market, asked)
        if self.wallet[market.pays(asked.side)].free < _needed(asked, parts):
            raise insufficient_balance()
        order = self.account.accept(asked)
        if order.waits_for_trigger:
            self.account.hold(market, order, most(asked, asked.quantity))
        else:
            self._work(market, order, parts)
        self.account.tell_balances()
        return order

    def find(self, symbol: str, order_id: int | None = None, client_order_id: str = "", *, code: int = -2013) -> Order:
        """The order with this id, else the newest with this client id. Raises `Refused` with `code` for none."""
        return self.account.find(symbol, order_id, client_order_id, code=code)

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """Oldest first."""
        return self.account.open_orders(symbol)

    def cancel(
        self, symbol: str, order_id: int | None = None, client_order_id: str = "", *, canceled_by: str = ""
    ) -> Order:
        """An open order ends. Raises `Refused` (-2011) for one that is not open, or not there."""
        order = self.find(symbol, order_id, client_order_id, code=-2011)
        if not order.is_open:
            raise unknown_order(-2011)
        by = canceled_by or f"cancel-{order.order_id}"
        self.account.end(self.market(symbol), order, "CANCELED", canceled_by=by)
        self.account.tell_balances()
        return order

    def refuse_on_stream(self, asked: NewOrder, reason: str) -> None:
        """An order that was not taken, where the user stream tells it: the new one of a cancel-replace."""
        now, name = self.now(), asked.client_order_id
        order = Order(order_id=-1, asked=asked, client_order_id=name, created_ms=now, updated_ms=now, status="REJECTED")
        self.account.tell(order, "REJECTED", reason=reason)

    def expire(self, order: Order) -> None:
        """The exchange ends an open order by itself."""
        self.account.end(self.market(order.asked.symbol), order, "EXPIRED")
        self.account.tell_balances()

    def deposit(self, asset: str, amount: Decimal) -> None:
        """From outside, or to outside when negative. Raises `Refused` when there is not so much free."""
        self.wallet.deposit(asset, amount)
        self.account.tell_balances()

    # What the others do

    def trade(
        self,
        symbol: str,
        price: Decimal,
        quantity: Decimal,
        ts: int | None = None,
        *,
        is_buyer_maker: bool = False,
    ) -> MarketTrade:
        """Others trade at `price`: resting orders that it reaches fill at their own, stops that it passes wake up.

        Between them the resting orders get `quantity` at most, best price first, then oldest. The account's own
        executions are no trades of others: they are not on the tape, and move no price.
        """
        market = self.market(symbol)
        printed = MarketTrade(
            trade_id=self._next_trade_id(),
            symbol=symbol,
            price=price,
            quantity=quantity,
            ts=self.now() if ts is None else ts,
            is_buyer_maker=is_buyer_maker,
        )
        market.tape.append(printed)
        self.set_last(symbol, price)
        if price > 0:
            self._fill_resting(market, price, quantity)
            self._wake_stops(market)
        self.account.tell_balances()
        return printed

    def set_last(self, symbol: str, price: Decimal) -> None:
        """The last price, without a trade: the book around it forms anew, nothing fills."""
        market = self.market(symbol)
        market.last, market.book_around_last = price, None

    def set_book(self, symbol: str, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """The book is exactly this from now on, less what orders take. Resting orders that it crosses fill first."""
        market = self.market(symbol)
        market.own_book = book = Book(bids, asks)
        for order in _by_priority(self.open_orders(symbol)):
            for part in book.slices(order.asked.side, order.remaining, order.asked.price):
                book.take(order.asked.side, part)
                self._fill(market, order, Level(order.asked.price, part.quantity), is_maker=True)
        self.account.tell_balances()

    def let_book_follow_last(self, symbol: str) -> None:
        """No book of a test any more: it forms by itself around the last price."""
        self.market(symbol).own_book = None

    # How an order is matched

    def _check(self, market: MarketState, asked: NewOrder) -> None:
        if not market.is_trading:
            raise Refused(-1013, "Market is closed.")
        own = self.open_orders(asked.symbol)
        check_filters(market.rules, asked, market.last, [order.asked for order in own])
        if asked.client_order_id and any(order.client_order_id == asked.client_order_id for order in own):
            raise rejected("Duplicate order sent.")
        if asked.stop_price and _is_passed(asked, market.last):
            raise rejected("Stop price would trigger immediately.")
        if asked.type == "LIMIT_MAKER" and market.book.reach(asked.side, asked.price):
            raise rejected("Order would immediately match and take.")

    def _work(self, market: MarketState, order: Order, parts: list[Level]) -> None:
        """Takes `parts` of the book. What is left rests, or expires where the order's type does not rest."""
        asked = order.asked
        if asked.quote_quantity:
            order.quantity = sum((part.quantity for part in parts), ZERO)
        self.account.hold(market, order, most(asked, order.quantity) if asked.price else _cost(asked.side, parts))
        for part in parts:
            market.book.take(asked.side, part)
            self._fill(market, order, part, is_maker=False)
        rests = asked.price and asked.time_in_force == "GTC"
        if order.is_open and not rests:
            self.account.end(market, order, "EXPIRED")

    def _fill_resting(self, market: MarketState, price: Decimal, quantity: Decimal) -> None:
        left = quantity
        for order in _by_priority(self.open_orders(market.rules.symbol)):
            part = min(left, order.remaining)
            if part > 0 and _reaches(price, order):
                self._fill(market, order, Level(order.asked.price, part), is_maker=True)
                left -= part

    def _wake_stops(self, market: MarketState) -> None:
        for order in self.open_orders(market.rules.symbol):
            if order.waits_for_trigger and _is_passed(order.asked, market.last):
                self._wake(market, order)

    def _wake(self, market: MarketState, order: Order) -> None:
        """A stop becomes the market or limit order that it stands for; without the funds for that it expires."""
        order.working_ms = order.updated_ms = self.now()
        self.account.tell(order, "NEW")
        try:
            self._work(market, order, _parts_of_book(market, order.asked))
        except Refused:
            self.account.end(market, order, "EXPIRED", reason="INSUFFICIENT_BALANCES")

    def _fill(self, market: MarketState, order: Order, part: Level, *, is_maker: bool) -> None:
        self.account.fill(market, order, part, self._next_trade_id(), is_maker=is_maker)

    def _next_trade_id(self) -> int:
        self._last_trade_id += 1
        return self._last_trade_id


def _parts(market: MarketState, asked: NewOrder) -> list[Level]:
    """What a new order takes of the book at once; a stop nothing."""
    if asked.stop_price:
        return []
    if asked.quote_quantity:
        return market.book.slices_for_quote(asked.side, asked.quote_quantity, market.rules.step_size)
    return _parts_of_book(market, asked)


def _parts_of_book(market: MarketState, asked: NewOrder) -> list[Level]:
    parts = market.book.slices(asked.side, asked.quantity, asked.price)
    is_whole = sum((part.quantity for part in parts), ZERO) == asked.quantity
    return parts if asked.time_in_force != "FOK" or is_whole else []


def _needed(asked: NewOrder, parts: list[Level]) -> Decimal:
    """What has to be free for the order to be taken."""
    has_own_measure = asked.price or asked.stop_price or (asked.side == "SELL" and asked.quantity)
    return most(asked, asked.quantity) if has_own_measure else _cost(asked.side, parts)


def _cost(side: Side, parts: list[Level]) -> Decimal:
    return sum((part.quantity if side == "SELL" else cut(part.price * part.quantity) for part in parts), ZERO)


def _is_passed(asked: NewOrder, last: Decimal) -> bool:
    """Whether `last` sets a stop off: a stop loss sells below, a take profit above; buys the other way round."""
    falls = (asked.side == "SELL") == asked.type.startswith("STOP")
    return last <= asked.stop_price if falls else last >= asked.stop_price


def _reaches(price: Decimal, order: Order) -> bool:
    return price <= order.asked.price if order.asked.side == "BUY" else price >= order.asked.price


def _by_priority(orders: list[Order]) -> list[Order]:
    """Resting orders, best price first, then oldest."""
    resting = [order for order in orders if order.rests]
    return sorted(resting, key=lambda order: -order.asked.price if order.asked.side == "BUY" else order.asked.price)
