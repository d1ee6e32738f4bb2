"""The broker of a live bot: real orders on a real exchange, each sent once, each followed until it is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from bot.core import reconciliation
from bot.core.market_rules import MarketRules
from bot.core.messages import BalancesSeen, BrokerSaid, Input, Order
from bot.core.portfolio import Portfolio
from bot.core.state import State
from bot.events import Candle, Price
from bot.shell.live.order_watch import Explain, LivePatience, OrderWatch, plainly
from bot.shell.live.reconciler import Reconciler
from bot.shell.live.trading_account import Execution, TradingAccount
from bot.shell.live.user_stream import UserStream
from bot.shell.trading import Answer

log = logging.getLogger(__name__)


async def _nothing_to_check(_trouble: Callable[[str | None], Awaitable[None]]) -> None:
    return None


class LiveBroker:
    """A `Broker`. `bind` it to the bot's inbox and state first; `run` is the part of it that needs no order."""

    def __init__(
        self,
        account: TradingAccount,
        *,
        check: Callable[[Callable[[str | None], Awaitable[None]]], Awaitable[None]] = _nothing_to_check,
        explain: Explain = plainly,
        patience: LivePatience | None = None,
    ) -> None:
        """`check` comes before balances are compared, so before any entry, and says what it waits for to what it is
        given; what it raises ends the bot. `explain` words a refusal.
        """
        self.stream: UserStream | None = None
        """The account's own stream, where there is one."""
        self._account = account
        self._check = check
        self._explain = explain
        self._patience = patience or LivePatience()
        self._watches: dict[str, OrderWatch] = {}
        self._of_earlier: dict[str, Order] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._troubles: dict[str, str] = {}
        self._said: str | None = None
        self._tell: Callable[[Input], Awaitable[None]] = _unbound
        self._state: Callable[[], State] | None = None

    def bind(self, tell: Callable[[Input], Awaitable[None]], state: Callable[[], State]) -> None:
        """Where answers go, and how the bot sees itself."""
        self._tell, self._state = tell, state

    def place(self, order: Order) -> None:
        """Send it. The caller has written it down, and never calls this twice for one order, in all of its life."""
        self._start(order, is_new=True)

    def take_up(self, order: Order) -> None:
        """Find out whether an order of an earlier session was sent and what became of it; it is never sent again.

        That begins with the market's first price: what a fill leads to (stop and target, dust, another order of the
        rest) hangs on the market's rules and on where the market is now.
        """
        self._of_earlier[order.id] = order

    def cancel(self, order: Order) -> None:
        """Ask what is left of it back."""
        watch = self._watches.get(order.id)
        if watch is not None:
            watch.cancel()
        elif order.id in self._of_earlier:
            self._of_earlier[order.id] = replace(order, status="canceling")

    def on_price(self, price: Price, rules: MarketRules, portfolio: Portfolio) -> Iterator[Answer]:
        """Nothing: a real exchange answers by itself. With the first price earlier orders are asked for."""
        earlier, self._of_earlier = self._of_earlier, {}
        for order in earlier.values():
            self._start(order, is_new=False)
        return iter(())

    def on_candle(self, candle: Candle) -> None:
        """Nothing: what was traded is the exchange's to know."""

    async def run(self) -> None:
        """Compare balances and listen to the account's stream until cancelled. Raises what the check raises."""
        assert self._state is not None, "bind first"
        await self._check(partial(self._on_trouble, "key"))
        reconciler = Reconciler(
            self._account,
            self._state,
            put=self._on_balances,
            trouble=partial(self._on_trouble, "balances"),
            patience=self._patience,
        )
        works = [reconciler.run()] + ([self.stream.run()] if self.stream is not None else [])
        tasks = [asyncio.create_task(work) for work in works]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def stop(self) -> None:
        """Let go of every order; what is on its way is taken up at the next start."""
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._account.close()

    async def on_executions(self, executions: list[Execution]) -> None:
        """Fills from the account's stream; of orders that are not ours nothing is taken."""
        for watch in list(self._watches.values()):
            mine = [each for each in executions if each.order_id == watch.order.exchange_order_id]
            await watch.take(mine)

    def on_orders(self, exchange_order_ids: list[str]) -> None:
        """Something happened to these; an empty list: something may have been missed, of any."""
        for watch in self._watches.values():
            if not exchange_order_ids or watch.order.exchange_order_id in (None, *exchange_order_ids):
                watch.hint()

    async def _on_balances(self, seen: BalancesSeen) -> None:
        """At a difference every order is looked at: a fill that nobody has told yet would make one."""
        assert self._state is not None, "bind first"
        await self._tell(seen)
        state = self._state()
        if state.account.is_opened and reconciliation.difference(state, seen) is not None:
            self.on_orders([])

    def _start(self, order: Order, *, is_new: bool) -> None:
        if order.id in self._watches:
            return
        watch = OrderWatch(
            order,
            self._account,
            put=self._tell,
            trouble=partial(self._on_trouble, order.id),
            by_rest=self._on_asked_for,
            patience=self._patience,
            explain=self._explain,
        )
        self._watches[order.id] = watch
        task = asyncio.get_running_loop().create_task(self._follow(watch, is_new=is_new), name=order.id)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, watch: OrderWatch, *, is_new: bool) -> None:
        """The watch until it is over; a fault of ours must not leave an order alone, and never sends it again."""
        while True:
            try:
                await watch.run(is_new=is_new)
                break
            except Exception:
                log.exception("Following order %s failed; it is looked up again", watch.order.id)
                is_new = False
                await asyncio.sleep(self._patience.longest_poll_s)
        self._watches.pop(watch.order.id, None)

    def _on_asked_for(self, executions: Sequence[Execution]) -> None:
        if self.stream is not None:
            self.stream.expect(executions)

    async def _on_trouble(self, of: str, text: str | None) -> None:
        if text is None:
            self._troubles.pop(of, None)
        else:
            self._troubles[of] = text
        said = next(iter(self._troubles.values()), None)
        if said != self._said:
            self._said = said
            await self._tell(BrokerSaid(message=said))


async def _unbound(_message: Any) -> None:
    raise AssertionError("bind the broker before an order is placed")
