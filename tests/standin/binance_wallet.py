"""What an account owns on the stand-in: free and locked, exact, never below zero."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from tests.standin.binance_errors import insufficient_balance
from tests.standin.binance_orders import ZERO


class Balance(NamedTuple):
    """Of one asset."""

    free: Decimal = ZERO
    locked: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.free + self.locked


class Wallet:
    """The balances; `deposits` is all that came in or went out other than by trading."""

    def __init__(self, deposits: Mapping[str, Decimal]) -> None:
        self.deposits = dict(deposits)
        self._balances = {asset: Balance(free=amount) for asset, amount in deposits.items()}
        self.changed: set[str] = set()
        """Assets that moved since somebody emptied this."""

    def __getitem__(self, asset: str) -> Balance:
        return self._balances.get(asset, Balance())

    @property
    def assets(self) -> list[str]:
        return sorted(self._balances)

    def deposit(self, asset: str, amount: Decimal) -> None:
        """From outside, or to outside when negative. Raises `Refused` when there is not so much free."""
        self._move(asset, free=amount)
        self.deposits[asset] = self.deposits.get(asset, ZERO) + amount

    def lock(self, asset: str, amount: Decimal) -> None:
        """Free becomes locked. Raises `Refused` when there is not so much."""
        self._move(asset, free=-amount, locked=amount)

    def release(self, asset: str, amount: Decimal) -> None:
        """Locked becomes free."""
        self._move(asset, free=amount, locked=-amount)

    def spend_locked(self, asset: str, amount: Decimal) -> None:
        """What an order held goes to whom it traded with."""
        self._move(asset, locked=-amount)

    def receive(self, asset: str, amount: Decimal) -> None:
        """What comes of a trade; a fee that is paid when negative."""
        self._move(asset, free=amount)

    def _move(self, asset: str, *, free: Decimal = ZERO, locked: Decimal = ZERO) -> None:
        now = self[asset]
        then = Balance(now.free + free, now.locked + locked)
        if then.free < 0:
            raise insufficient_balance()
        assert then.locked >= 0, f"{asset}: {then} is below zero"
        self._balances[asset] = then
        if then != now:
            self.changed.add(asset)
