"""Orders of an earlier session: asked for once the market has shown a price, and never sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

from bot.core.messages import Input, Order, OrderCanceled, OrderFilled
from bot.core.portfolio import open_portfolio
from bot.shell.live.broker import LiveBroker
from bot.shell.live.order_watch import LivePatience
from bot.shell.live.trading_account import Balances, ExchangeOrder, Execution
from tests.support.trading import RULES, T0, new_state, price

HASTY = LivePatience(first_poll_s=0.001, longest_poll_s=0.002, arrives_within_s=0.01)
ORDER = Order(id="bot-1-abc-1", ts=T0, side="buy", amount=Decimal(1), reason="before the kill", purpose="entry")
EXECUTION = Execution(
    id="7",
    order_id="42",
    ts=T0,
    price=Decimal(40_000),
    amount=Decimal(1),
    cost=Decimal(40_000),
    fee=Decimal(40),
    fee_currency="USDT",
)


class OneOrder:
    """An account whose only order was there before: filled, or resting until it is taken back."""

    def __init__(self, *, is_filled: bool) -> None:
        self.asked: list[str] = []
        filled, status = (Decimal(1), "closed") if is_filled else (Decimal(0), "open")
        executions = (EXECUTION,) if is_filled else ()
        self.order = ExchangeOrder(id="42", client_order_id=None, status=status, filled=filled, executions=executions)

    async def send(self, order: Order) -> ExchangeOrder:
        raise AssertionError(f"{order.id} was sent again")

    async def find(self, order: Order) -> ExchangeOrder | None:
        self.asked.append(order.id)
        return self.order

    async def executions(self, order: Order, exchange_order_id: str) -> list[Execution]:
        return list(self.order.executions)

    async def cancel(self, order: Order) -> None:
        self.order = replace(self.order, status="canceled")

    async def balances(self) -> Balances:
        return Balances(quote=Decimal(0), base=Decimal(0))

    async def open_client_ids(self) -> list[str]:
        return []

    async def close(self) -> None:
        return None


def on_a_broker(account: OneOrder, scenario: Callable[[LiveBroker, asyncio.Queue[Input]], Awaitable[None]]) -> None:
    async def run() -> None:
        broker, inbox = LiveBroker(account, patience=HASTY), asyncio.Queue[Input]()
        broker.bind(inbox.put, new_state)
        await scenario(broker, inbox)
        await broker.stop()

    asyncio.run(run())


async def end_of_order(inbox: asyncio.Queue[Input]) -> OrderFilled | OrderCanceled:
    while True:
        said = await inbox.get()
        if isinstance(said, OrderFilled | OrderCanceled):
            return said


def show_a_price(broker: LiveBroker) -> None:
    assert list(broker.on_price(price(40_000), RULES, open_portfolio(Decimal(0)))) == []


def test_it_is_asked_for_with_the_first_price_and_not_before() -> None:
    account = OneOrder(is_filled=True)

    async def scenario(broker: LiveBroker, inbox: asyncio.Queue[Input]) -> None:
        broker.take_up(ORDER)
        await asyncio.sleep(0.02)
        assert (account.asked, inbox.empty()) == ([], True)
        show_a_price(broker)
        show_a_price(broker)
        filled = await end_of_order(inbox)
        assert isinstance(filled, OrderFilled)
        assert filled.fill_id == "7"

    on_a_broker(account, scenario)
    assert account.asked == [ORDER.id]


def test_one_that_is_taken_back_before_that_is_taken_back_then() -> None:
    account = OneOrder(is_filled=False)

    async def scenario(broker: LiveBroker, inbox: asyncio.Queue[Input]) -> None:
        broker.take_up(replace(ORDER, status="open", exchange_order_id="42"))
        broker.cancel(replace(ORDER, status="open", exchange_order_id="42"))
        show_a_price(broker)
        assert isinstance(await end_of_order(inbox), OrderCanceled)

    on_a_broker(account, scenario)
