"""Where ccxt's classes differ in what they take of an order, as the table in `test_dialects.py` has found them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import ccxt

from bot.core.messages import Order
from bot.core.order_ids import client_order_id

T = TypeVar("T")

LONGEST_AT_GATE = 28
"""Gate puts `t-` before a client id and takes 30 characters in all."""

_NAMES = {"coinbase": "client_order_id", "cryptocom": "client_oid"}
"""Classes that leave ccxt's own name for a client id out, and pass on the exchange's."""

_SURE = ("binance", "binanceus")
"""Exchanges that were tried: they look an order up by its client id, whatever became of it."""

USUAL_PAGE = 500
CAREFUL_PAGE = 100
"""Where ccxt does not know how long a list may be: Crypto.com, OKX and Bitget refuse to list more."""
_PAGES = {"bybit": 50, "kraken": 50}
"""Exchanges that list less than ccxt's features say, for some kinds of lists."""

_ASKED_WITH = {"bybit": {"acknowledged": True}}
"""Without it ccxt does not ask Bybit, which finds an order only among the last 500: we look through the lists then."""

_LIVES_FOR_S = {"coinbase": 120.0, "okx": 30.0}
"""Exchanges that take a request for so long after the time that it carries: OKX, by its own account, and Coinbase, by
the token that ccxt signs for it."""
CAREFUL_LIFE_S = 60.0
"""Where ccxt sends no window: Kraken takes a request whenever it comes, the others for seconds to a minute."""

_KEPT_APART = ("bitget",)
"""Exchanges whose stops are no orders like others, though ccxt's features do not say so."""


def client_id_at(exchange: Any, order: Order) -> str:
    """What the order is called on this exchange: `client_order_id`, or as much of it as there is room for."""
    whole = client_order_id(order.id)
    return whole[:LONGEST_AT_GATE] if exchange.id.startswith("gate") else whole


def is_sure_of_client_ids(exchange: Any) -> bool:
    """Whether "there is no order of that client id" is the whole truth there, and no list need be searched."""
    return exchange.id in _SURE


def looks_at_the_time_first(exchange: Any) -> bool:
    """Whether an order that is refused for its time (`ccxt.InvalidNonce`) was surely not taken there.

    Binance checks that (-1021) before an order goes on to be matched, and ccxt raises this error for nothing else.
    """
    return exchange.id in _SURE


def page_at(exchange: Any, symbol: str, name: str) -> int:
    """How long a list may be asked for; `name` is ccxt's of what lists it. A longer one is an error on many."""
    told = exchange.feature_value(symbol, name, "limit")
    most = int(told) if told else USUAL_PAGE if is_sure_of_client_ids(exchange) else CAREFUL_PAGE
    return min(USUAL_PAGE, most, _of_class(exchange, _PAGES) or USUAL_PAGE)


def asked_with(exchange: Any) -> dict[str, Any]:
    """The parameters of `fetch_order` without which this class of ccxt's asks nobody."""
    return dict(_of_class(exchange, _ASKED_WITH) or {})


def lives_for_s(exchange: Any) -> float:
    """For how long a request may still be taken there, by the exchange's clock, once it has left here."""
    told = _of_class(exchange, _LIVES_FOR_S)
    if told is not None:
        return told
    has_window = "recvWindow" in exchange.describe()["options"]
    window_ms = exchange.options.get("recvWindow") if has_window else None
    return float(window_ms) / 1000 if window_ms else CAREFUL_LIFE_S


def _of_class(exchange: Any, table: Mapping[str, T]) -> T | None:
    """What a table has for an exchange, or for the one that ccxt derives it from (`okxus` from `okx`)."""
    names = (exchange.id, *(kind.__name__ for kind in type(exchange).__mro__))
    return next((table[name] for name in names if name in table), None)


def spellings(client_id: str) -> tuple[str, str]:
    """A client id as it is, and as it is where there is less room."""
    return client_id, client_id[:LONGEST_AT_GATE]


def named(exchange: Any, order: Order) -> dict[str, Any]:
    """The parameter of `create_order` by which this class of ccxt's sends the client id."""
    return {_NAMES.get(exchange.id, "clientOrderId"): client_id_at(exchange, order)}


def check_request(exchange: Any, client_id: str, url: str, method: str, body: object) -> None:
    """Raises `ccxt.NotSupported` for an order that must not leave as ccxt has written it.

    Without its client id it could not be found again where the answer is lost. And where the trigger of a stop is
    passed on under ccxt's own name for it, no exchange knows what that is: it would sell at once.
    """
    if method == "GET":
        return  # what a class asks first: the kind of account, a price
    request = f"{url} {body}"
    if client_id not in request:
        raise ccxt.NotSupported(f"ccxt's {exchange.id} sends no client order id, so an order could be lost: it is kept")
    if "stopLossPrice" in request:
        raise ccxt.NotSupported(f"ccxt's {exchange.id} does not know stops and would sell at once: the order is kept")


def plain_client_id(told: object) -> str | None:
    """A client id as we gave it, of what an exchange tells."""
    return str(told).removeprefix("t-") if told else None


def check_stops(exchange: Any, symbol: str) -> None:
    """Raises `ccxt.NotSupported` where a stop is no order like others: sent, found and taken back by the same calls.

    Elsewhere it is kept apart and becomes another order once it is triggered (OKX), or the class leaves the trigger
    out and sells at once (MEXC).
    """
    takes = exchange.feature_value(symbol, "createOrder", "stopLossPrice", False) and exchange.id not in _KEPT_APART
    if not takes or exchange.feature_value(symbol, "fetchOrder", "trigger", False):
        where = f"Stops are kept apart on {exchange.id} and cannot be followed"
        raise ccxt.NotSupported(f"{where}; the bot watches the price itself")


def buys_by_cost(exchange: Any, symbol: str) -> bool:
    """Whether a market order to buy is for an amount of quote there, so that nobody could say how much it buys."""
    return bool(exchange.feature_value(symbol, "createOrder", "marketBuyRequiresPrice", False))
