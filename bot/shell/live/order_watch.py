"""One order's way: sent once, looked up by its id when nobody knows, followed until it is over, its fills told once.

An order is sent at most once in its life. Where the outcome is unknown (a time-out, a cut line, a 500, a restart in
between) the exchange is asked for an order of that client id, and asked again until the request can no longer arrive:
only then an answer "there is none" is believed. Streams are hints that make it quick; what counts is what the exchange
answers when it is asked: it is over, and every execution of what it filled is known.

Time is the event loop's: a test that owns the loop owns the time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import ccxt

from bot.core.messages import Order, OrderCanceled, OrderFilled, OrderOpened, OrderRejected
from bot.core.portfolio import EXACT
from bot.core.words import amount_text
from bot.shell.live.errors import TurnedAway, is_refusal, refusal_text, sentence
from bot.shell.live.trading_account import ExchangeOrder, Execution, TradingAccount

Answer = OrderOpened | OrderFilled | OrderRejected | OrderCanceled
Explain = Callable[[Order, Exception], Awaitable[str]]
"""Why the exchange refused an order, in words for a person."""
NEVER_ARRIVED = "The exchange never took it: the answer was lost, and nothing is there under its id."
TURNED_AWAY = "The exchange did not read it, for this machine's clock was off. The clock goes by the exchange's again."
FORGOTTEN = "The exchange does not know it any more."
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePatience:
    """All in seconds. The defaults suit a real exchange; tests take less."""

    first_poll_s: float = 0.25
    longest_poll_s: float = 5.0
    """Between two looks at an order of which no stream says anything: doubled from the first to this."""
    arrives_within_s: float = 12.0
    """A request that was sent is dead after this: `lives_for_s`, ten on Binance, and a little for the clock."""
    forgotten_after_s: float = 60.0
    """An order that the exchange had, and for so long says it does not have, is over."""
    adds_up_within_s: float = 30.0
    """An exchange that has filled more than it tells fills of for so long is told of."""
    reconcile_every_s: float = 60.0
    reconcile_soon_s: float = 2.0
    """Before the second look at a difference, and while an order is on its way."""
    stream_within_s: float = 5.0
    """What REST has told is on the user stream by then, or the stream is deaf."""


async def plainly(order: Order, error: Exception) -> str:
    """The exchange's own words, and what was asked of it."""
    return refusal_text(error, order)


class OrderWatch:
    """Follows one order.

    `put` takes what becomes of it; `trouble` hears why nobody knows, and None when somebody does; `by_rest` hears of
    executions that the exchange was asked for.
    """

    def __init__(
        self,
        order: Order,
        account: TradingAccount,
        *,
        put: Callable[[Answer], Awaitable[None]],
        trouble: Callable[[str | None], Awaitable[None]],
        by_rest: Callable[[Sequence[Execution]], None],
        patience: LivePatience,
        explain: Explain = plainly,
    ) -> None:
        self.order = order
        self._account = account
        self._put = put
        self._trouble = trouble
        self._by_rest = by_rest
        self._patience = patience
        self._explain = explain
        self._hint = asyncio.Event()
        self._cancel_wanted = order.status in ("canceling", "repricing")
        self._filled = order.filled
        self._known = set(order.fill_ids)
        self._is_refused = False
        self._short_since: float | None = None

    def cancel(self) -> None:
        """Ask what is left of it back, as soon as the exchange has it."""
        self._cancel_wanted = True
        self.hint()

    def hint(self) -> None:
        """Something happened to the order: look now."""
        self._hint.set()

    async def take(self, executions: Iterable[Execution]) -> None:
        """Fills, whoever brings them; each is told once."""
        for execution in executions:
            if execution.id in self._known:
                continue
            self._known.add(execution.id)
            self._filled = EXACT.add(self._filled, execution.amount)
            await self._put(
                OrderFilled(
                    order_id=self.order.id,
                    ts=execution.ts,
                    price=execution.price,
                    amount=execution.amount,
                    cost=execution.cost,
                    fee=execution.fee,
                    fee_currency=execution.fee_currency,
                    done=False,
                    fill_id=execution.id,
                )
            )

    async def run(self, *, is_new: bool) -> None:
        """Until the order is over. `is_new` is true once in its life, right after it was written down."""
        found = await self._send() if is_new else None
        if found is None and not self._is_refused:
            found = await self._look_up()
        if found is not None:
            await self._follow(found)
        elif not self._is_refused:
            await self._put(OrderRejected(order_id=self.order.id, reason=NEVER_ARRIVED, never_arrived=True))
        await self._trouble(None)

    async def _send(self) -> ExchangeOrder | None:
        """What the exchange answered; None where it refused and where nobody knows."""
        try:
            return await self._account.send(self.order)
        except TurnedAway as error:
            log.warning("%s: %s", self.order.id, sentence(error))
            self._is_refused = True
            await self._put(OrderRejected(order_id=self.order.id, reason=TURNED_AWAY, never_arrived=True))
        except Exception as error:
            if is_refusal(error):
                self._is_refused = True
                reason = await self._explain(self.order, error)
                await self._put(OrderRejected(order_id=self.order.id, reason=reason))
            else:
                await self._say("sending it", error, "it is looked up by its id")
        return None

    async def _look_up(self) -> ExchangeOrder | None:
        """The order, asked for by its id until it is found, or can no longer arrive. No answer is no answer."""
        now_s = asyncio.get_running_loop().time
        dead_at = now_s() + self._patience.arrives_within_s
        pauses = self._pauses()
        while True:
            asked_at = now_s()
            try:
                found = await self._account.find(self.order)
            except Exception as error:
                await self._say("looking it up", error, "it is asked for again")
            else:
                if found is not None or asked_at >= dead_at:
                    return found
            await asyncio.sleep(next(pauses))

    async def _follow(self, found: ExchangeOrder) -> None:
        self.order = replace(self.order, exchange_order_id=found.id)
        await self._put(OrderOpened(order_id=self.order.id, exchange_order_id=found.id))
        missing_since: float | None = None
        pauses = self._pauses()
        while not await self._is_settled(found):
            if await self._hinted_within(next(pauses)):
                pauses = self._pauses()
            await self._cancel_if_wanted()
            try:
                newer = await self._account.find(self.order)
            except Exception as error:
                await self._say("looking at it", error, "it is asked for again")
                continue
            now_s = asyncio.get_running_loop().time()
            missing_since = None if newer is not None else missing_since or now_s
            if missing_since is not None and now_s - missing_since > self._patience.forgotten_after_s:
                newer = await self._forgotten(found)
            found = newer or found

    async def _is_settled(self, found: ExchangeOrder) -> bool:
        """Whether it is over and all of it told. An answer that is behind what is known already settles nothing."""
        await self._take_asked_for(found.executions)
        if self._filled < found.filled and not await self._take_executions(found.id):
            return False
        await self._trouble(self._shortage(found))
        if self._filled >= self.order.amount:
            return True
        if not found.is_over or self._filled != found.filled:
            return False
        how = (
            f"It ended as {found.status}, with {amount_text(self._filled)} of {amount_text(self.order.amount)} filled."
        )
        if found.status == "rejected":
            await self._put(OrderRejected(order_id=self.order.id, reason=how))
        else:
            await self._put(OrderCanceled(order_id=self.order.id, reason=how))
        return True

    def _shortage(self, found: ExchangeOrder) -> str | None:
        """What to say of an order whose fills have not added up to what it filled for too long."""
        is_ahead = self._filled > found.filled and not found.is_over
        if self._filled == found.filled or is_ahead or self._filled >= self.order.amount:
            self._short_since = None
            return None
        now_s = asyncio.get_running_loop().time()
        self._short_since = now_s if self._short_since is None else self._short_since
        if now_s - self._short_since < self._patience.adds_up_within_s:
            return None
        text = (
            f"Order {self.order.id} to {self.order.side}: the exchange has filled {amount_text(found.filled)} of it and"
            f" tells fills of {amount_text(self._filled)}; they are asked for again. Look at its trades there."
        )
        log.warning("%s", text)
        return text

    async def _take_asked_for(self, executions: Sequence[Execution]) -> None:
        self._by_rest(executions)
        await self.take(executions)

    async def _take_executions(self, exchange_order_id: str) -> bool:
        try:
            await self._take_asked_for(await self._account.executions(self.order, exchange_order_id))
        except Exception as error:
            await self._say("asking for its fills", error, "they are asked for again")
            return False
        return True

    async def _forgotten(self, found: ExchangeOrder) -> ExchangeOrder | None:
        """The order as over, once what it filled is known."""
        log.warning("%s: %s", self.order.id, FORGOTTEN)
        if not await self._take_executions(found.id):
            return None
        return replace(found, status="canceled", filled=self._filled, executions=())

    async def _cancel_if_wanted(self) -> None:
        if not self._cancel_wanted:
            return
        try:
            await self._account.cancel(self.order)
        except ccxt.OrderNotFound:
            pass  # over already, or ccxt has repeated a request that had been heard: the next look tells
        except Exception as error:
            await self._say("taking it back", error, "it is tried again")

    async def _hinted_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._hint.wait()
        except TimeoutError:
            return False
        self._hint.clear()
        return True

    def _pauses(self) -> Iterator[float]:
        pause_s = self._patience.first_poll_s
        while True:
            yield pause_s
            pause_s = min(pause_s * 2, self._patience.longest_poll_s)

    async def _say(self, doing: str, error: Exception, then: str) -> None:
        text = f"Order {self.order.id} to {self.order.side}: {doing} failed ({sentence(error)}); {then}."
        log.warning("%s", text)
        await self._trouble(text)
