"""What ccxt's own classes tell of fills, as executions: of those that were asked for none is left out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ccxt.async_support
import pytest

from bot.shell.live.executions import Currencies, executions_of, of_figures
from bot.shell.live.trading_account import Execution
from tests.support.live import an_order

BTC_USDT = Currencies("BTC", "USDT")
AT_GATE = {
    "id": "5736713",
    "create_time_ms": "1656606004120.000000",
    "currency_pair": "BTC_USDT",
    "side": "buy",
    "role": "taker",
    "amount": "0.01",
    "price": "43000",
    "order_id": "77",
    "fee_currency": "BTC",
    "gt_fee": "0",
    "point_fee": "0",
}


def at_gate(**fields: str) -> Any:
    """What ccxt makes of a fill that Gate tells."""
    gate = ccxt.async_support.gate()
    gate.number = str
    return gate.parse_trade({**AT_GATE, **fields})


def asked_for(told: Any) -> Execution:
    (execution,) = executions_of([told], "77", asked_for_in=BTC_USDT)
    return execution


@pytest.mark.parametrize(
    ("fields", "fee", "currency"),
    [
        ({"fee": "0.00001"}, "0.00001", "BTC"),
        ({"fee": "0", "gt_fee": "0.001"}, "0.001", "GT"),
        ({"fee": "0.000004", "gt_fee": "0.001"}, "0.000004", "BTC"),
        ({"fee": "0", "point_fee": "0.5"}, "0.5", "GATEPOINT"),
        ({"fee": "0"}, "0", "BTC"),
        ({}, "0", "USDT"),
    ],
)
def test_of_several_fees_the_one_that_changes_what_is_held_counts(
    fields: dict[str, str], fee: str, currency: str
) -> None:
    execution = asked_for(at_gate(**fields))
    assert (execution.fee, execution.fee_currency) == (Decimal(fee), currency)
    assert (execution.amount, execution.cost) == (Decimal("0.01"), Decimal(430))


def test_fees_of_one_currency_are_added_up() -> None:
    told = {**at_gate(), "fees": [{"currency": "USDT", "cost": "0.1"}, {"currency": "USDT", "cost": "0.02"}]}
    assert asked_for(told).fee == Decimal("0.12")


def test_a_stream_is_not_believed_where_it_tells_no_fee_or_several() -> None:
    assert executions_of([at_gate(), at_gate(fee="0", gt_fee="0.001")], "77") == []


def test_an_orders_own_figures_without_a_fee_cost_nothing_in_quote() -> None:
    told: dict[str, Any] = {"id": "77", "status": "closed", "filled": "0.01", "cost": "430", "fee": None, "fees": []}
    (execution,) = of_figures(told, an_order(), BTC_USDT)
    assert (execution.price, execution.fee, execution.fee_currency) == (Decimal(43_000), Decimal(0), "USDT")
