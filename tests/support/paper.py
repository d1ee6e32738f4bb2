"""A paper broker with an account beside it, and short ways to write orders, quotes and what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.core.market_rules import MarketRules
from bot.core.messages import Order, OrderFilled, OrderRejected
from bot.core.portfolio import Fill, Portfolio, apply_fill, open_portfolio
from bot.events import Price
from bot.shell.paper_broker import PaperBroker, PaperSettings
from bot.shell.trading import Answer
from tests.support.trading import RULES, T0, price

FEES = replace(RULES, maker_fee_rate=Decimal("0.0005"))
EXACTLY = PaperSettings(spread_pct=Decimal(0), slippage_pct=Decimal(0))
SLOW = EXACTLY.model_copy(update={"latency_ms": 250})


def sharing(percent: Any) -> PaperSettings:
    """Without spread and slippage, with at most this share of a candle's volume."""
    return EXACTLY.model_copy(update={"volume_share_pct": Decimal(percent)})


def order(side: str, kind: str = "market", at: Any = None, amount: Any = 1, number: int = 1, **fields: Any) -> Order:
    value = None if at is None else Decimal(str(at))
    return Order(
        id=f"o-{number}",
        ts=fields.pop("ts", T0),
        side="buy" if side == "buy" else "sell",
        amount=Decimal(str(amount)),
        reason="",
        purpose="entry",
        type="limit" if kind == "limit" else "stop" if kind == "stop" else "market",
        price=value if kind == "limit" else None,
        trigger_price=value if kind == "stop" else None,
        **fields,
    )


def quoted(bid: Any, ask: Any, last: Any = None, ts: int = T0) -> Price:
    return price(last or bid, ts, bid=Decimal(str(bid)), ask=Decimal(str(ask)))


def holding(base: Any = 0, cash: Any = 10_000) -> Portfolio:
    portfolio = open_portfolio(Decimal(str(cash)))
    if base:
        fill = Fill(side="buy", price=Decimal(0), amount=Decimal(str(base)), fee=Decimal(0))
        portfolio = apply_fill(portfolio, fill, 0)[0]
    return portfolio


class PaperDesk:
    """A broker and an account that its fills change, as the engine's would."""

    def __init__(
        self, settings: PaperSettings = EXACTLY, *, base: Any = 0, cash: Any = 10_000, rules: MarketRules = FEES
    ) -> None:
        self.broker, self.portfolio, self.rules = PaperBroker(settings), holding(base, cash), rules
        self.sides: dict[str, Any] = {}

    def place(self, *orders: Order) -> None:
        for placed in orders:
            self.sides[placed.id] = placed.side
            self.broker.place(placed)

    def at(self, seen: Price) -> list[Answer]:
        answers = list(self.broker.on_price(seen, self.rules, self.portfolio))
        for answer in answers:
            if isinstance(answer, OrderFilled):
                fill = Fill(
                    side=self.sides[answer.order_id],
                    price=answer.price,
                    amount=answer.amount,
                    fee=answer.fee,
                    fee_in_base=answer.fee_currency == "BTC",
                )
                self.portfolio = apply_fill(self.portfolio, fill, answer.ts)[0]
        return answers

    def fills_at(self, seen: Price) -> list[tuple[Any, Any]]:
        """(price, amount) of each fill."""
        return [(fill.price, fill.amount) for fill in self.at(seen) if isinstance(fill, OrderFilled)]

    def refusal_at(self, seen: Price) -> str:
        (only,) = self.at(seen)
        assert isinstance(only, OrderRejected), only
        return only.reason


def kinds(answers: Sequence[Answer]) -> list[str]:
    return [type(answer).__name__ for answer in answers]
