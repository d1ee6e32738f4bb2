"""What an exchange's error says about an order: refused for certain, or nobody knows."""

from __future__ import annotations

import json
import re

import ccxt

from bot.core.messages import Order
from bot.core.words import amount_text
from bot.redaction import redacted

_REFUSALS = (
    ccxt.AuthenticationError,
    ccxt.ArgumentsRequired,
    ccxt.BadRequest,
    ccxt.OperationRejected,
    ccxt.InsufficientFunds,
    ccxt.InvalidOrder,
    ccxt.NotSupported,
)
"""The exchange, or ccxt before it sent anything, has looked at the order and does not take it."""

_ASKED = re.compile(r"(https?://[^\s?]+)\?\S*")
"""An address with what was asked of it, which tells a person nothing."""

_NAMES = ("sMsg", "msg", "message", "retMsg", "error")


class TurnedAway(Exception):
    """An order that the exchange has not read, for its time was wrong. The clock is set now: another goes through."""


def is_refusal(error: Exception) -> bool:
    """Whether an order was refused for certain. All else is unknown: it may have been taken, and the answer lost.

    That goes for 429, which is the same as a cut line on some exchanges, for broken JSON, which ccxt turns into errors
    of any kind, and for an order that is said to be a duplicate: then one with our id is there.
    """
    is_duplicate = isinstance(error, ccxt.DuplicateOrderId) or "uplicate" in str(error)
    return isinstance(error, _REFUSALS) and not isinstance(error, ccxt.OrderNotFound) and not is_duplicate


def is_of_the_line(error: Exception) -> bool:
    """Whether a question found nobody to answer it, so that it is asked again as it was.

    `ExchangeNotAvailable` itself may be an answer: ccxt makes it of a 404, as for an address without an order's id.
    """
    return isinstance(error, ccxt.NetworkError) and type(error) is not ccxt.ExchangeNotAvailable


def sentence(error: Exception) -> str:
    """The error in one line of at most 300 characters, without a secret and without what an address was asked."""
    text = _ASKED.sub(r"\1", " ".join(redacted(str(error)).split()))[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def refusal_text(error: Exception, order: Order) -> str:
    """Why the exchange does not take the order: its own words, and what was asked of it."""
    kind = "" if order.price is None else f" at {amount_text(order.price)}"
    kind = kind if order.trigger_price is None else f" from {amount_text(order.trigger_price)} down"
    asked = f"{order.side} {amount_text(order.amount)}{kind}"
    return f"The exchange refused to {asked}: {_words(error)} ({type(error).__name__})."


def _words(error: Exception) -> str:
    """`Filter failure: NOTIONAL` out of `binance {"code":-1013,"msg":"Filter failure: NOTIONAL"}`; else all of it.

    The exchange's id, which ccxt puts first, is left out.
    """
    text = " ".join(redacted(str(error)).split())
    begins = text.find("{")
    told = _told(text[begins:]) if begins >= 0 else None
    if told:
        return told.rstrip(".")[:300]
    first, _, rest = text.partition(" ")
    text = rest if first in ccxt.exchanges else text
    return text.rstrip(".")[:300] or "no reason given"


def _told(body: str) -> str | None:
    """The sentence in an exchange's JSON, under any of the names that exchanges have for it."""
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    rows = answer.get("data")
    parts = [*(rows if isinstance(rows, list) else []), answer]
    words = [part.get(name) for part in parts if isinstance(part, dict) for name in _NAMES]
    return next((" ".join(map(str, each)) if isinstance(each, list) else str(each) for each in words if each), None)
