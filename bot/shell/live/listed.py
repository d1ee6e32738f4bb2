"""An order looked for in the lists of an account, where an exchange does not find it by its id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ccxt

from bot.core.messages import Order
from bot.shell.live.dialects import client_id_at, page_at, plain_client_id

MARGIN_MS = 60_000
"""So much earlier than the order's time by this machine's clock, lists begin."""
_ENDED = ("fetchOrders", "fetchClosedOrders")
"""One of these has an order that was filled at once."""
_ALL = ("fetchOrders", "fetchOpenOrders")
_IN_PARTS = ("fetchOpenOrders", "fetchClosedOrders", "fetchCanceledOrders")


def can_tell(exchange: Any) -> bool:
    """Whether the lists have every order, so that one that is in none of them is not there."""
    return any(exchange.has.get(name) for name in _ENDED)


async def in_lists(exchange: Any, symbol: str, order: Order) -> Mapping[str, Any] | None:
    """The order as ccxt lists it; None where it is in no list. Raises what a list raises.

    A list that is full proves nothing: what is not in it may be on the next page. It raises `ccxt.BadResponse`.
    """
    wanted, is_cut = client_id_at(exchange, order), False
    for name in _ALL if exchange.has.get("fetchOrders") else _IN_PARTS:
        if not exchange.has.get(name):
            continue
        page = page_at(exchange, symbol, name)
        listed = await getattr(exchange, _snake(name))(symbol, order.ts - MARGIN_MS, page)
        for raw in listed:
            is_known = order.exchange_order_id is not None and str(raw.get("id")) == order.exchange_order_id
            if is_known or plain_client_id(raw.get("clientOrderId")) == wanted:
                return dict(raw)
        is_cut = is_cut or len(listed) >= page
    if is_cut:
        raise ccxt.BadResponse(f"{exchange.id} has more orders since then than it lists at once, and none of this id")
    return None


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
