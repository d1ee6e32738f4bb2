"""The stand-in's promise, worked out anew from the fills: nothing is lost and nothing comes of nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from tests.standin.binance_market import MarketState
from tests.standin.binance_orders import ZERO, Order
from tests.standin.binance_wallet import Wallet


def check_conservation(wallet: Wallet, markets: Mapping[str, MarketState], orders: Iterable[Order]) -> None:
    """Asserts that balances are deposits plus fills less fees, and locks what the open orders hold, exactly."""
    owed: dict[str, Decimal] = dict(wallet.deposits)
    held: dict[str, Decimal] = {}
    for order in orders:
        market = markets[order.asked.symbol]
        _check_sums(order)
        _add(held, market.pays(order.asked.side), order.locked)
        for fill in order.fills:
            is_buy = fill.side == "BUY"
            _add(owed, market.gets(fill.side), fill.quantity if is_buy else fill.quote)
            _add(owed, market.pays(fill.side), -(fill.quote if is_buy else fill.quantity))
            _add(owed, fill.fee_asset, -fill.fee)
    for asset in {*owed, *wallet.assets}:
        balance = wallet[asset]
        assert balance.free >= 0 and balance.locked >= 0, f"{asset} is below zero: {balance}"
        assert balance.total == owed.get(asset, ZERO), f"{asset}: {balance}, and the fills say {owed.get(asset)}"
        assert balance.locked == held.get(asset, ZERO), f"{asset}: {balance}, and the orders hold {held.get(asset)}"


def _check_sums(order: Order) -> None:
    assert order.executed == sum((fill.quantity for fill in order.fills), ZERO), f"{order} and its fills differ"
    assert order.quote_executed == sum((fill.quote for fill in order.fills), ZERO), f"{order} and its fills differ"
    assert order.executed <= order.quantity, f"{order} is more than filled"
    assert order.is_open or order.locked == 0, f"{order} is over and holds something"


def _add(amounts: dict[str, Decimal], asset: str, amount: Decimal) -> None:
    amounts[asset] = amounts.get(asset, ZERO) + amount
