"""A broker that trades against the prices it is shown, never better than the market was. `docs/paper.md` says how.

An order meets the first price after its latency. At the market it gets the best ask or bid, or, where the market gives
none, half the spread away from the last price; then slippage moves it further against us, and it is rounded against us
to the price step. A limit that is met when it arrives does the same, up to its price; any other rests until the market
goes through it. A stop rests until the bid meets it. In walked candles some meet the market between two of its prices
(`paper_walk`). What the market's rules or the account forbid is refused, with the
rule and by how much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.market_rules import MarketRules
from bot.core.messages import Order, OrderCanceled, OrderFilled, OrderOpened, OrderRejected
from bot.core.orders import rounded
from bot.core.portfolio import EXACT, Portfolio
from bot.events import Candle, Price
from bot.shell.markets.simulated_rules import USUAL_FEES, FeeRates
from bot.shell.paper_book import Moment, Working, working_of
from bot.shell.paper_market import (
    Quote,
    funds_refusal,
    is_met,
    is_passed,
    is_triggered,
    quote_around,
    quote_of,
    rule_refusal,
    taker_price,
)
from bot.shell.paper_walk import arrival_price, walked_from
from bot.shell.trading import Answer

DEPOSITS = {"BTC": Decimal(1), "ETH": Decimal(20), "BNB": Decimal(20)}
DEPOSIT = Decimal(10_000)
OWN_MARKETS = ("simulated", "replay")
ON_AN_EXCHANGE = {"latency_ms": 250, "volume_share_pct": 10}
"""What holds for the prices of a real exchange unless it is set otherwise."""
Percent = Annotated[Decimal, Field(ge=0, lt=50, allow_inf_nan=False)]
CANCELED = "as asked"


class InvalidPaper(ValueError):
    """`paper` of the exchange's configuration cannot be used; its text is one sentence."""


class PaperSettings(BaseModel):
    """The object `paper` in TAPEDECK_EXCHANGE_CONFIG; `docs/paper.md` says what each does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deposit: Annotated[Decimal, Field(gt=0, allow_inf_nan=False)] | None = None
    """Quote currency that a new paper account starts with; default 10,000, or 1 BTC, 20 ETH, 20 BNB."""
    spread_pct: Percent = Decimal("0.02")
    slippage_pct: Percent = Decimal("0.01")
    latency_ms: Annotated[int, Field(strict=True, ge=0, le=60_000)] = 0
    """How long an order, or its cancellation, is on its way, by the market's time."""
    volume_share_pct: Annotated[Decimal, Field(gt=0, le=100, allow_inf_nan=False)] | None = None
    """How much of the last closed candle's volume our orders may trade before the next one closes; null is all."""
    fee_in_base: Annotated[bool, Field(strict=True)] = False
    """Whether a purchase's fee is taken from what was bought, as Binance does."""
    maker_fee_pct: Percent | None = None
    """What a trade costs on a market of our own, of an order that waited there; null is 0.1."""
    taker_fee_pct: Percent | None = None
    """The same for an order that takes what is there."""

    @property
    def fees(self) -> FeeRates:
        """The fees of a market of our own."""
        maker, taker = self.maker_fee_pct, self.taker_fee_pct
        return FeeRates(
            maker=USUAL_FEES.maker if maker is None else maker / 100,
            taker=USUAL_FEES.taker if taker is None else taker / 100,
        )

    def deposit_in(self, quote_currency: str) -> Decimal:
        """What a new account starts with."""
        return self.deposit or DEPOSITS.get(quote_currency, DEPOSIT)


def paper_settings(exchange_config: Mapping[str, Any], exchange: str = "simulated") -> PaperSettings:
    """The checked `paper` object of the exchange's configuration, over what fits that exchange.

    Raises `InvalidPaper`.
    """
    given = exchange_config.get("paper", {})
    if isinstance(given, Mapping) and exchange not in OWN_MARKETS:
        given = {**ON_AN_EXCHANGE, **given}
    try:
        settings = PaperSettings.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(["paper", *(str(part) for part in first["loc"])])
        takes = ", ".join(PaperSettings.model_fields)
        fault = (
            f"is not one of {takes}"
            if first["type"] == "extra_forbidden"
            else first["msg"].replace("Input should", "must")
        )
        raise InvalidPaper(f"TAPEDECK_EXCHANGE_CONFIG: {path} {fault}.") from None
    if exchange not in OWN_MARKETS:
        _refuse_fees(settings, exchange)
    return settings


def _refuse_fees(settings: PaperSettings, exchange: str) -> None:
    for name in ("maker_fee_pct", "taker_fee_pct"):
        if getattr(settings, name) is not None:
            raise InvalidPaper(
                f"TAPEDECK_EXCHANGE_CONFIG: paper.{name} is for replay and simulated;"
                f" {exchange} has fees of its own: leave it out."
            )


class PaperBroker:
    """Holds the orders until they are over. All of it but the volume that was used is in the account, for a restart."""

    def __init__(self, settings: PaperSettings) -> None:
        share = settings.volume_share_pct
        self._half_spread = settings.spread_pct / 200
        self._slippage = settings.slippage_pct / 100
        self._latency_ms = settings.latency_ms
        self._volume_share = None if share is None else share / 100
        self._fee_in_base = settings.fee_in_base
        self._working: dict[str, Working] = {}
        self._last: Price | None = None
        self._bought: tuple[int, Decimal] | None = None
        """When the market last sold to us, and the least that was paid then."""
        self._volume_ts: int | None = None
        self._volume_left: Decimal | None = None

    def place(self, order: Order) -> None:
        """Take the order; the same id again changes nothing."""
        self._working.setdefault(order.id, working_of(order))

    def cancel(self, order: Order) -> None:
        """Take it back, once that has arrived; one that is over stays as it is."""
        working = self._working.get(order.id)
        if working is not None and not working.is_recalled:
            working.is_recalled, working.recalled_ts = True, self._last.ts if self._last else None

    def take_up(self, order: Order) -> None:
        """Go on with it as the account has it: nothing was sent anywhere, and what it filled is known."""
        self.place(order)

    def on_candle(self, candle: Candle) -> None:
        """A closed candle: so much is traded in such a time. One without volume tells nothing."""
        if self._volume_share is None or not candle.volume or candle.ts == self._volume_ts:
            return
        self._volume_ts, self._volume_left = candle.ts, EXACT.multiply(candle.volume, self._volume_share)

    def on_price(self, price: Price, rules: MarketRules, portfolio: Portfolio) -> Iterator[Answer]:
        """What becomes of the orders at this price, with what the account holds."""
        before, self._last = self._last, price
        return self._answers(price, before, rules, portfolio) if self._working else iter(())

    def _answers(
        self, price: Price, before: Price | None, rules: MarketRules, portfolio: Portfolio
    ) -> Iterator[Answer]:
        quote = quote_of(price, self._half_spread)
        moment = Moment(price, before, quote, rules, portfolio.cash, portfolio.base, self._fee_in_base)
        for working in list(self._working.values()):
            yield from self._met(working, moment)

    def _met(self, working: Working, moment: Moment) -> Iterator[Answer]:
        """One thing a price: it arrives, or is taken back, or is filled as far as it goes."""
        if not working.has_arrived:
            if self._is_there(working.order.ts, moment):
                yield from self._arrived(working, moment)
        elif working.is_recalled and self._is_recall_there(working, moment):
            yield self._over(working, OrderCanceled(order_id=working.order.id, reason=CANCELED))
        else:
            yield from self._matched(working, moment)

    def _is_there(self, sent_ts: int, moment: Moment) -> bool:
        """Whether what was sent at `sent_ts` has arrived."""
        return not self._latency_ms or moment.ts >= sent_ts + self._latency_ms

    def _is_recall_there(self, working: Working, moment: Moment) -> bool:
        if working.recalled_ts is None:
            working.recalled_ts = moment.ts
        return self._is_there(working.recalled_ts, moment)

    def _arrived(self, working: Working, moment: Moment) -> Iterator[Answer]:
        order, rules = working.order, moment.rules
        quote = self._arrival_quote(order, moment)
        met = taker_price(order, quote, self._slippage, rules.price_step)
        amount, judged = working.left(rules), order.price or order.trigger_price or met
        refusal = rule_refusal(order, amount, judged, quote, rules) or self._funds_refusal(
            working, judged, amount, rules.taker_fee_rate, moment
        )
        if refusal:
            yield self._over(working, OrderRejected(order_id=order.id, reason=refusal))
            return
        if order.type != "market":
            working.has_arrived = True
            yield OrderOpened(order_id=order.id, exchange_order_id=f"paper-{order.id}")
        if order.type == "market" or (order.type == "limit" and is_met(order, quote)):
            yield from self._filled(working, met, rules.taker_fee_rate, moment)

    def _arrival_quote(self, order: Order, moment: Moment) -> Quote:
        bought_at = None
        if self._bought is not None and moment.before is not None and self._bought[0] == moment.before.ts:
            bought_at = self._bought[1]
        at = arrival_price(order, moment, self._latency_ms, bought_at)
        return moment.quote if at == moment.price.price else quote_around(at, self._half_spread)

    def _matched(self, working: Working, moment: Moment) -> Iterator[Answer]:
        order, quote, rules = working.order, moment.quote, moment.rules
        if order.type == "limit":
            if order.price is not None and is_passed(order, quote):
                yield from self._filled(working, order.price, rules.maker_fee_rate, moment)
            return
        if not working.is_triggered and is_triggered(order, quote):
            working.is_triggered = True
            quote = self._quote_at_trigger(order, moment)
        if order.type == "market" or working.is_triggered:
            met = taker_price(order, quote, self._slippage, rules.price_step)
            yield from self._filled(working, met, rules.taker_fee_rate, moment)

    def _quote_at_trigger(self, order: Order, moment: Moment) -> Quote:
        """What a stop meets: the market as it went through the trigger, or where it landed after a leap over it."""
        start = walked_from(moment.before, moment.price, moment.rules)
        if order.trigger_price is None or start is None or start * (1 - self._half_spread) <= order.trigger_price:
            return moment.quote
        return replace(moment.quote, bid=order.trigger_price)

    def _filled(self, working: Working, price: Decimal, rate: Decimal, moment: Moment) -> Iterator[Answer]:
        """As much of it as the market's volume lets through, or a refusal where the account has too little."""
        order, left = working.order, working.left(moment.rules)
        amount = self._let_through(left, moment.rules)
        if amount <= 0:
            return
        refusal = self._funds_refusal(working, price, amount, rate, moment)
        if refusal:
            yield self._over(working, OrderRejected(order_id=order.id, reason=refusal))
            return
        fee = moment.fee(working, price, amount, rate)
        moment.book(working, price, amount, fee)
        if self._volume_left is not None:
            self._volume_left = EXACT.subtract(self._volume_left, amount)
        if order.side == "buy":
            self._remember_purchase(moment.ts, price)
        filled = OrderFilled(
            order_id=order.id,
            ts=moment.ts,
            price=price,
            amount=amount,
            fee=fee.amount,
            fee_currency=fee.currency,
            done=amount == left,
        )
        yield self._over(working, filled) if filled.done else filled

    def _remember_purchase(self, ts: int, price: Decimal) -> None:
        known = self._bought
        self._bought = (ts, min(price, known[1]) if known is not None and known[0] == ts else price)

    def _let_through(self, left: Decimal, rules: MarketRules) -> Decimal:
        """How much of `left` there is volume for."""
        if self._volume_left is None:
            return left
        return min(left, rounded(self._volume_left, rules.amount_step, ROUND_FLOOR))

    def _funds_refusal(
        self, working: Working, price: Decimal, amount: Decimal, rate: Decimal, moment: Moment
    ) -> str | None:
        others = (other for other in self._working.values() if other is not working)
        cash, base = moment.free(others)
        total = moment.total(working, price, amount, rate)
        return funds_refusal(working.order, moment.rules, amount, total, cash, base)

    def _over(self, working: Working, last: Answer) -> Answer:
        """The last word on an order."""
        del self._working[working.order.id]
        return last
