"""Asks the exchange at start and every minute what is held, and hands it to the engine, which compares.

It asks only once the market has shown a price (orders of an earlier session are taken up then) and while nothing is on
its way, and hands over only what was asked of the account as it still is; a difference is looked at again soon, and
until it is settled.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.core import reconciliation
from bot.core.messages import BalancesSeen
from bot.core.order_ids import client_order_id
from bot.core.state import Account, State
from bot.shell.live.dialects import spellings
from bot.shell.live.errors import sentence
from bot.shell.live.order_watch import LivePatience
from bot.shell.live.trading_account import TradingAccount
from bot.shell.markets.rest_pause import RestPaused

RECENT_ORDERS = 1_000
DIFFERENCE_EVERY = 5
"""A difference that stands is looked at again after so many times `reconcile_soon_s`."""
log = logging.getLogger(__name__)


class Reconciler:
    """Run it until it is cancelled."""

    def __init__(
        self,
        account: TradingAccount,
        state: Callable[[], State],
        *,
        put: Callable[[BalancesSeen], Awaitable[None]],
        trouble: Callable[[str | None], Awaitable[None]],
        patience: LivePatience,
    ) -> None:
        self._account = account
        self._state = state
        self._put = put
        self._trouble = trouble
        self._patience = patience

    async def run(self) -> None:
        """Until cancelled."""
        pause_s = 0.0
        while True:
            await asyncio.sleep(pause_s)
            pause_s = await self.look()

    async def look(self) -> float:
        """Compare once, where that can be done now; returns the seconds until the next time."""
        soon_s = self._patience.reconcile_soon_s
        before = self._state().account
        if self._state().price_ts is None or reconciliation.is_moving(before):
            return soon_s
        try:
            balances = await self._account.balances()
            strays = self._strays(before, await self._resting())
        except Exception as error:
            text = f"Asking the exchange what is held failed ({sentence(error)}); it is asked again."
            log.warning("%s", text)
            await self._trouble(text)
            return max(soon_s, error.wait_s) if isinstance(error, RestPaused) else soon_s
        await self._trouble(None)
        state = self._state()
        if reconciliation.is_moving(state.account) or state.account.portfolio != before.portfolio:
            return soon_s
        seen = BalancesSeen(quote=balances.quote, base=balances.base, portfolio=before.portfolio, strays=strays)
        await self._put(seen)
        return self._next_s(state, seen)

    async def _resting(self) -> list[str]:
        """The client ids of what rests there; none where the exchange does not say, for balances are what counts."""
        try:
            return await self._account.open_client_ids()
        except Exception as error:
            log.warning("The exchange does not list what rests there: %s", sentence(error))
            return []

    def _next_s(self, state: State, seen: BalancesSeen) -> float:
        soon_s = self._patience.reconcile_soon_s
        if not state.account.is_opened or reconciliation.difference(state, seen) is None:
            return self._patience.reconcile_every_s
        return soon_s if state.account.difference is None else soon_s * DIFFERENCE_EVERY

    def _strays(self, account: Account, client_ids: Sequence[str]) -> tuple[str, ...]:
        """Of what rests there what is ours and over by the journal. Orders that are not ours are nobody's business."""
        first = max(account.order_count - RECENT_ORDERS, 0) + 1
        numbers = range(first, account.order_count + 1)
        ours = {name for n in numbers for name in spellings(client_order_id(f"{account.id_prefix}-{n}"))}
        known = {name for order in account.orders for name in spellings(client_order_id(order.id))}
        return tuple(sorted(set(client_ids) & ours - known))
