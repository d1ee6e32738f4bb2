"""The guard against a wild tick (`price_band_pct`): a leap counts only once a second price says the same."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.core.messages import Event, Notice, Said
from bot.core.portfolio import EXACT
from bot.core.state import State
from bot.core.words import amount_text, digits_of, percent_text, two_prices
from bot.events import Price

Quotes = tuple[tuple[str, Decimal], ...]
"""Price, bid and ask by name; like is compared with like, so a wide spread is no leap."""


def held_back(state: State, price: Price) -> tuple[State, tuple[Event, ...]] | None:
    """The state that waits for a second price, where this one leaps out of the band and confirms no leap; else None."""
    band_pct = state.config.risk.price_band_pct
    if band_pct is None or state.price is None:
        return None
    now = _quotes(price.price, price.bid, price.ask)
    if _leap(_good_quotes(state), now, band_pct) is None:
        return None
    wild = state.wild_price
    if wild is not None and _leap(_quotes(wild.price, wild.bid, wild.ask), now, band_pct) is None:
        return None
    after = replace(state, wild_price=price, wild_prices=state.wild_prices + 1, market_ts=price.ts, feed_age_ms=None)
    return after, _told(after)


def band_refusal(state: State) -> str | None:
    """Why the newest price is not acted upon, or None."""
    wild, band_pct = state.wild_price, state.config.risk.price_band_pct
    if wild is None or band_pct is None:
        return None
    leap = _leap(_good_quotes(state), _quotes(wild.price, wild.bid, wild.ask), band_pct)
    if leap is None:
        return None
    name, before, now = leap
    digits = digits_of(state.rules.price_step if state.rules else before)
    texts = two_prices(now, before, digits)
    distance = percent_text(EXACT.divide(abs(now - before) * 100, before))
    return (
        f"The {name} of {texts[0]} is {distance} away from {texts[1]} before it and price_band_pct is"
        f" {amount_text(band_pct)}: nothing is done until a second price confirms it."
    )


def _told(state: State) -> tuple[Event, ...]:
    """The first is an alert; after that one in ten is said, then one in a hundred: a sick feed floods nobody."""
    count = state.wild_prices
    if count == 1:
        return (Notice(level="warning", title="A wild price was left out", message=band_refusal(state) or ""),)
    if str(count).strip("0") == "1":
        return (Said(level="warning", message=f"{count} wild prices were left out so far. {band_refusal(state)}"),)
    return ()


def _quotes(price: Decimal, bid: Decimal | None, ask: Decimal | None) -> Quotes:
    return ("price", price), ("bid", bid or price), ("ask", ask or price)


def _good_quotes(state: State) -> Quotes:
    assert state.price is not None
    return _quotes(state.price, state.bid, state.ask)


def _leap(before: Quotes, now: Quotes, band_pct: Decimal) -> tuple[str, Decimal, Decimal] | None:
    """The first of them that moved by more than the band, with what it was and is."""
    for (name, old), (_, new) in zip(before, now, strict=True):
        if EXACT.multiply(abs(new - old), Decimal(100)) > EXACT.multiply(old, band_pct):
            return name, old, new
    return None
