"""Live accounts, and what an exchange says is held of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.core.messages import BalancesSeen
from bot.core.portfolio import EXACT
from bot.core.state import State
from tests.support.orders import holding
from tests.support.trading import CONFIG, command, live_state, through

ELSEWHERE = Decimal("0.5")


RESUME = command("resume")


def live(**config: Any) -> State:
    """A live bot at 40,000 that found 10,000 USDT, and half a bitcoin that is not its own."""
    state = live_state(0, config=replace(CONFIG, mode="live", **config))
    state = replace(state, account=replace(state.account, is_opened=False))
    return through(state, BalancesSeen(quote=Decimal(10_000), base=ELSEWHERE, portfolio=state.account.portfolio))[0]


def in_position(**config: Any) -> State:
    return holding(live(**config))


def seen(state: State, *, quote: Any = 0, base: Any = 0, strays: tuple[str, ...] = ()) -> BalancesSeen:
    """What the account says, and so much more of it on the exchange."""
    account = state.account
    return BalancesSeen(
        quote=EXACT.add(account.portfolio.cash, Decimal(str(quote))),
        base=EXACT.add(EXACT.add(account.portfolio.base, account.base_elsewhere), Decimal(str(base))),
        portfolio=account.portfolio,
        strays=strays,
    )


def differing(state: State, **more: Any) -> State:
    """The state once it was seen twice."""
    return through(state, seen(state, **more), seen(state, **more))[0]
