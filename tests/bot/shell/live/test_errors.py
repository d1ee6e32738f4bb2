"""What an exchange's answer to an order says: refused for certain, or nobody knows. By the real ccxt.pro.binance."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from bot.core.messages import Order
from bot.shell.live.errors import TurnedAway, is_refusal, refusal_text, sentence
from tests.standin.binance import BinanceStandIn
from tests.standin.binance_faults import Answer, Fault
from tests.standin.binance_orders import NewOrder
from tests.support.live import account_at, an_order, client_id, on_a_stand_in

REFUSALS = {
    "AuthenticationError", "PermissionDenied", "AccountNotEnabled", "AccountSuspended", "ArgumentsRequired",
    "BadRequest", "BadSymbol", "OperationRejected", "NoChange", "MarginModeAlreadySet", "MarketClosed",
    "ManualInteractionNeeded", "RestrictedLocation", "InsufficientFunds", "InvalidOrder", "OrderNotCached",
    "OrderImmediatelyFillable", "OrderNotFillable", "ContractUnavailable", "NotSupported",
}  # fmt: skip
"""Of all errors that ccxt has."""
LATE = Fault(kind="order", answers_after_s=1.0)


def limit(price: str, amount: str = "0.01", **fields: Any) -> Order:
    return an_order(type="limit", price=Decimal(price), amount=Decimal(amount), **fields)


def market(amount: str, **fields: Any) -> Order:
    return an_order(amount=Decimal(amount), **fields)


def a_stop(trigger_price: str) -> Order:
    return an_order(type="stop", side="sell", trigger_price=Decimal(trigger_price))


def error_of(order: Order, prepare: Callable[[BinanceStandIn], None], **config: Any) -> Exception:
    """What ccxt raises for the order, once `prepare` has had its way with the exchange."""
    caught: list[Exception] = []

    async def scenario(binance: BinanceStandIn) -> None:
        async with account_at(binance, **config) as account:
            await account.exchange.load_markets()
            prepare(binance)
            with pytest.raises(Exception) as raised:  # noqa: PT011 - which one it is, is what the tests are about
                await account.send(order)
            caught.append(raised.value)

    on_a_stand_in(scenario)
    return caught[0]


def close(binance: BinanceStandIn) -> None:
    binance.exchange.market("BTCUSDT").is_trading = False


def fill_the_book(binance: BinanceStandIn) -> None:
    for number in range(200):
        asked = NewOrder(
            symbol="BTCUSDT", side="SELL", type="LIMIT", quantity=Decimal("0.001"), price=Decimal(90_000 + number)
        )
        binance.exchange.place(asked)


def rest_under_our_id(binance: BinanceStandIn) -> None:
    price, name = Decimal(42_000), client_id()
    binance.exchange.place(
        NewOrder(
            symbol="BTCUSDT", side="BUY", type="LIMIT", quantity=Decimal("0.01"), price=price, client_order_id=name
        )
    )


def take_the_right_to_trade(binance: BinanceStandIn) -> None:
    binance.faults.key_may_trade = False


def forget_the_key(binance: BinanceStandIn) -> None:
    binance.gate.keys.clear()


def go_ahead(binance: BinanceStandIn) -> None:
    binance.faults.clock_offset_ms = 5_000


def nothing(binance: BinanceStandIn) -> None:
    pass


Prepare = Callable[[BinanceStandIn], None]
REFUSED: list[tuple[str, Order, Prepare]] = [
    ("Filter failure: NOTIONAL", market("0.0001"), nothing),
    ("Filter failure: MARKET_LOT_SIZE", market("121"), nothing),
    ("Filter failure: LOT_SIZE", limit("42000", "9001"), nothing),
    ("Filter failure: PRICE_FILTER", limit("1000000.01"), nothing),
    ("Filter failure: PERCENT_PRICE_BY_SIDE", limit("8000", "1"), nothing),
    ("Filter failure: MAX_NUM_ORDERS", limit("42000"), fill_the_book),
    ("Account has insufficient balance", market("0.5"), nothing),
    ("Market is closed", market("0.01"), close),
    ("Stop price would trigger immediately", a_stop("43500"), nothing),
    ("Invalid API-key, IP, or permissions", market("0.01"), take_the_right_to_trade),
    ("Invalid API-key, IP, or permissions", market("0.01"), forget_the_key),
    ("must be greater than minimum amount precision", market("0.000001"), nothing),
]


@pytest.mark.parametrize(("words", "order", "prepare"), REFUSED)
def test_what_the_exchange_has_looked_at_and_does_not_take_is_refused(
    words: str, order: Order, prepare: Prepare
) -> None:
    error = error_of(order, prepare)
    assert is_refusal(error)
    assert refusal_text(error, order).startswith(f"The exchange refused to {order.side}")
    assert words in refusal_text(error, order)


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("answer", ["cut", "broken", "500", "503", "429", "418"])
def test_an_answer_that_went_wrong_says_nothing_of_the_order(answer: Answer, accepted: bool) -> None:
    fault = Fault(kind="order", answer=answer, accepted=accepted)
    assert not is_refusal(error_of(market("0.01"), lambda binance: binance.faults.add(fault)))


def test_a_double_is_looked_up() -> None:
    error = error_of(limit("42000"), rest_under_our_id)
    assert "Duplicate order sent" in str(error)
    assert not is_refusal(error)


def test_an_order_of_a_wrong_time_was_not_read() -> None:
    error = error_of(market("0.01"), go_ahead)
    assert "-1021" in str(error)
    assert isinstance(error, TurnedAway)


def test_where_the_clock_is_left_alone_a_wrong_time_is_looked_up_and_says_what_to_do() -> None:
    error = error_of(market("0.01"), go_ahead, options={"adjustForTimeDifference": False})
    assert not is_refusal(error)
    assert sentence(error) == (
        "InvalidNonce: binance the time of the call was off: set the clock by NTP,"
        ' or leave out "adjustForTimeDifference": false'
    )


def test_a_time_out_is_looked_up() -> None:
    assert not is_refusal(error_of(market("0.01"), lambda binance: binance.faults.add(LATE), timeout=50))


def test_of_ccxts_errors_these_are_refusals_and_no_others() -> None:
    kinds = [each for each in vars(ccxt).values() if inspect.isclass(each) and issubclass(each, Exception)]
    assert len(kinds) > 30
    assert {kind.__name__ for kind in kinds if is_refusal(kind("binance no"))} == REFUSALS
    assert not is_refusal(KeyError("orderId")), "an error of ours is no answer of the exchange"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ccxt.BadRequest('kraken {"error":["EOrder:Too small."]}'), "EOrder:Too small (BadRequest)"),
        (
            ccxt.InvalidOrder('okx {"code":"1","data":[{"sCode":"51008","sMsg":"Too little."}],"msg":"All failed"}'),
            "Too little (InvalidOrder)",
        ),
        (
            ccxt.InvalidOrder('bybit {"retCode":170131,"retMsg":"Balance insufficient."}'),
            "Balance insufficient (InvalidOrder)",
        ),
        (ccxt.InvalidOrder("okx"), "no reason given (InvalidOrder)"),
        (ccxt.InvalidOrder("bybit {not json}"), "{not json} (InvalidOrder)"),
        (ccxt.InvalidOrder('bybit ["a"]'), '["a"] (InvalidOrder)'),
        (ccxt.InvalidOrder(""), "no reason given (InvalidOrder)"),
        (ccxt.InvalidOrder("bybit {} " + "x" * 400), "{} " + "x" * 297 + " (InvalidOrder)"),
    ],
)
def test_the_exchanges_own_words_are_found_in_what_ccxt_makes_of_them(error: Exception, words: str) -> None:
    assert refusal_text(error, market("0.01")) == f"The exchange refused to buy 0.01: {words}."


def test_an_error_is_one_line() -> None:
    assert sentence(ccxt.NetworkError("binance\n  GET   x")) == "NetworkError: binance GET x"
    assert sentence(TimeoutError()) == "TimeoutError"
    asked = "binance GET https://api.binance.com/api/v3/account?timestamp=1&signature=0a1b"
    assert sentence(ccxt.NetworkError(asked)) == ("NetworkError: binance GET https://api.binance.com/api/v3/account")
