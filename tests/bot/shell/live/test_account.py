"""An account through the real ccxt.pro.binance: what is sent and found, and every digit of what it says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ccxt
import pytest

from bot.core.messages import Order
from bot.shell.live.account import ExchangeAccount
from bot.shell.live.trading_account import Balances
from tests.standin.binance import BinanceStandIn
from tests.standin.binance_book import Level
from tests.standin.binance_exchange import BTC_USDT
from tests.standin.binance_faults import Fault
from tests.standin.binance_filters import SymbolRules
from tests.standin.binance_orders import NewOrder
from tests.support.live import ETH_BTC, account_at, an_order, client_id, on_a_stand_in

TINY = SymbolRules(
    base="SHIB",
    quote="USDT",
    tick_size=Decimal("0.00000001"),
    min_price=Decimal("0.00000001"),
    step_size=Decimal("0.00000001"),
    max_quantity=Decimal("1E+12"),
    max_market_quantity=Decimal("1E+12"),
)


def limit_buy(price: str = "42000", amount: str = "0.01", number: int = 1) -> Order:
    return an_order(number, type="limit", price=Decimal(price), amount=Decimal(amount))


def test_a_market_order_goes_out_under_our_id_without_a_price() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance) as account:
            found = await account.send(an_order())
            (posted,) = binance.posted
            assert (posted.client_order_id, posted.params["type"]) == (client_id(), "MARKET")
            assert (posted.params["quantity"], "price" in posted.params) == ("0.01", False)
            assert (found.client_order_id, found.status, found.filled) == (client_id(), "closed", Decimal("0.01"))
            assert found.is_over

    on_a_stand_in(scenario)


def test_a_limit_rests_at_its_price_and_a_stop_below_the_market() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance) as account:
            limit = await account.send(limit_buy())
            stop = await account.send(an_order(2, side="sell", type="stop", trigger_price=Decimal("41000.50")))
            assert (limit.status, stop.status, limit.is_over) == ("open", "open", False)
            asked = [
                (order.asked.type, order.asked.price, order.asked.stop_price)
                for order in binance.exchange.orders.values()
            ]
            assert asked == [
                ("LIMIT", Decimal(42_000), Decimal(0)),
                ("STOP_LOSS", Decimal(0), Decimal("41000.50")),
            ]
            assert sorted(await account.open_client_ids()) == sorted([client_id(1), client_id(2)])

    on_a_stand_in(scenario)


def test_an_amount_of_seventeen_digits_arrives_and_comes_back_as_it_is() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        amount = Decimal("123456789.12345678")
        binance.exchange.set_book("SHIBUSDT", [], [Level(Decimal("0.00001"), Decimal(10**9))])
        async with account_at(binance, "SHIB/USDT") as account:
            found = await account.send(an_order(amount=amount))
            (execution,) = await account.executions(an_order(), found.id)
            fill = binance.exchange.fills[0]
            assert found.filled == amount == execution.amount == fill.quantity
            assert (execution.cost, execution.fee) == (fill.quote, fill.fee)
            held = binance.exchange.wallet["SHIB"].total
            assert await account.balances() == Balances(quote=binance.exchange.wallet["USDT"].total, base=held)
            assert held == amount - execution.fee == Decimal("123333332.33433333")

    deposits = {"USDT": Decimal("100000.12345678"), "SHIB": Decimal(0)}
    on_a_stand_in(scenario, symbol="SHIBUSDT", last="0.00001000", rules=[TINY], deposits=deposits)


@pytest.mark.parametrize("options", [{"maxRetriesOnFailure": 3}, {"order": {"maxRetriesOnFailure": 3}}])
def test_ccxt_sends_no_order_a_second_time_whatever_its_options_say(options: dict[str, Any]) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance, options=options) as account:
            await account.balances()
            binance.faults.add(Fault(kind="order", answer="cut"))
            with pytest.raises(ccxt.OperationFailed):
                await account.send(an_order())
            assert binance.posts_by_client_id == {client_id(): 1}

    on_a_stand_in(scenario)


def test_what_the_exchange_booked_counts_where_price_times_amount_has_more_digits() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        order = an_order(amount=Decimal("0.1237"))
        await binance.book([], [("0.07123", "0.1"), ("0.07127", "1")])
        async with account_at(binance, "ETH/BTC") as account:
            found = await account.send(order)
            told = [each.cost for each in found.executions]
            assert told == [Decimal("0.007123")], (
                "the answer does not say what was booked of the other: it is asked for"
            )
            executions = await account.executions(order, found.id)
            assert [each.cost for each in executions] == [Decimal("0.007123"), Decimal("0.00168909")]
            assert executions[1].price * executions[1].amount == Decimal("0.001689099")

    deposits = {"BTC": Decimal(1), "ETH": Decimal(0)}
    on_a_stand_in(scenario, symbol="ETHBTC", last="0.07120", rules=[ETH_BTC, BTC_USDT], deposits=deposits)


@pytest.mark.parametrize(
    ("side", "bnb_price", "fee", "currency"),
    [("buy", None, "0.00001", "BTC"), ("sell", None, "0.42999990", "USDT"), ("buy", "500", "0.00064500", "BNB")],
)
def test_a_fee_is_told_in_what_it_was_paid_in(side: str, bnb_price: str | None, fee: str, currency: str) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        binance.exchange.account.bnb_price = Decimal(bnb_price) if bnb_price else None
        order = an_order(side=side)
        async with account_at(binance) as account:
            found = await account.send(order)
            (of_answer,) = found.executions
            (of_query,) = await account.executions(order, found.id)
            assert of_answer == of_query
            assert (of_query.fee, of_query.fee_currency) == (Decimal(fee), currency)

    deposits = {"USDT": Decimal(10_000), "BTC": Decimal(1), "BNB": Decimal(1)}
    on_a_stand_in(scenario, deposits=deposits)


def test_an_order_is_found_by_our_id_and_by_the_exchanges() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance) as account:
            sent = await account.send(limit_buy())
            by_our_id = await account.find(limit_buy())
            by_its_id = await account.find(an_order(exchange_order_id=sent.id))
            assert by_our_id == by_its_id == sent
            assert await account.find(an_order(2)) is None
            assert await account.find(an_order(exchange_order_id="77")) is None

    on_a_stand_in(scenario)


def test_binance_is_believed_that_it_has_no_such_order_and_lists_nothing() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance) as account:
            assert await account.find(limit_buy()) is None
            assert not [path for path in binance.requests if "allOrders" in path or "openOrders" in path]

    on_a_stand_in(scenario)


@pytest.mark.parametrize("lacks", [(), ("fetchOrders",)])
def test_an_exchange_that_finds_no_client_id_is_asked_for_its_lists(lacks: tuple[str, ...]) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance, lacks=lacks) as account:
            sent = await account.send(limit_buy())
            without_client_ids(account)
            found = await account.find(limit_buy())
            assert found is not None
            assert (found.id, found.status) == (sent.id, "open")
            await account.cancel(an_order(exchange_order_id=sent.id))
            assert await account.find(an_order(2)) is None

    on_a_stand_in(scenario)


def without_client_ids(account: ExchangeAccount) -> None:
    """As with a class of ccxt's that wants the exchange's own id."""
    by_id = account.exchange.fetch_order

    async def fetch_order(order_id: str, symbol: str, params: object = None) -> object:
        if not order_id:
            raise ccxt.ArgumentsRequired("fetchOrder() requires an id")
        return await by_id(order_id, symbol)

    account.exchange.fetch_order = fetch_order


def test_a_filled_order_is_in_the_lists_where_open_and_closed_ones_are_listed_apart() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance, lacks=("fetchOrders",)) as account:
            without_client_ids(account)
            sent = await account.send(an_order())
            found = await account.find(an_order())
            assert found is not None
            assert (found.id, found.is_over) == (sent.id, True)

    on_a_stand_in(scenario)


def test_executions_come_from_all_of_the_accounts_where_an_orders_own_are_not_listed() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance, lacks=("fetchOrderTrades",)) as account:
            await account.send(an_order(1))
            second = await account.send(an_order(2, amount=Decimal("0.02")))
            (execution,) = await account.executions(an_order(2), second.id)
            assert (execution.order_id, execution.amount) == (second.id, Decimal("0.02"))

    on_a_stand_in(scenario)


def test_where_no_executions_are_listed_the_orders_own_figures_are_its_one() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance, lacks=("fetchOrderTrades", "fetchMyTrades")) as account:
            resting = await account.send(limit_buy())
            assert await account.executions(limit_buy(), resting.id) == []
            await binance.trade("42000", quantity="1")
            (execution,) = await account.executions(limit_buy(), resting.id)
            assert (execution.id, execution.amount, execution.cost) == (
                f"{resting.id}-all",
                Decimal("0.01"),
                Decimal(420),
            )

    on_a_stand_in(scenario)


def test_a_cancel_goes_by_either_id_and_a_second_one_finds_nothing() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance) as account:
            await account.send(limit_buy())
            second = await account.send(limit_buy(number=2))
            await account.cancel(an_order())
            await account.cancel(an_order(2, exchange_order_id=second.id))
            assert await account.open_client_ids() == []
            with pytest.raises(ccxt.OrderNotFound):
                await account.cancel(an_order())

    on_a_stand_in(scenario)


def test_what_orders_hold_back_is_held_all_the_same() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance) as account:
            await account.send(limit_buy())
            assert await account.balances() == Balances(quote=Decimal(10_000), base=Decimal(1))

    on_a_stand_in(scenario)


@pytest.mark.parametrize("ask", ["send", "find", "executions", "cancel", "balances", "open_client_ids"])
def test_half_an_answer_is_an_error_and_never_a_fact(ask: str) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance) as account:
            order = an_order(exchange_order_id=(await account.send(limit_buy())).id)
            calls = {
                "send": lambda: account.send(an_order(2)),
                "find": lambda: account.find(order),
                "executions": lambda: account.executions(order, str(order.exchange_order_id)),
                "cancel": lambda: account.cancel(order),
                "balances": account.balances,
                "open_client_ids": account.open_client_ids,
            }
            binance.faults.add(Fault(answer="broken"))
            with pytest.raises(ccxt.BadResponse, match="no JSON"):
                await calls[ask]()

    on_a_stand_in(scenario)


def test_orders_of_others_are_listed_with_their_ids() -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        price = Decimal(42_000)
        binance.exchange.place(
            NewOrder(
                symbol="BTCUSDT",
                side="BUY",
                type="LIMIT",
                quantity=Decimal(1) / 100,
                price=price,
                client_order_id="web-1",
            )
        )
        async with account_at(binance) as account:
            assert await account.open_client_ids() == ["web-1"]

    on_a_stand_in(scenario)
