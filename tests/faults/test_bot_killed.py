"""kill -9 of the product's own bot, and its start again."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.support.deck_page import DeckPage
from tests.support.real_bot import RealBot
from tests.support.relay import Relay
from tests.support.waiting import eventually

OFFLINE_S = 3


def money(relay: Relay) -> dict[str, Any]:
    """Position and balances as the bot last said them, without what moves with the price."""
    code, status = relay.get("/api/v1/status")
    assert code == 200, status
    position = dict(status["position"] or {})
    position.pop("unrealized_pnl", None)
    balances = {name: value for name, value in status["balances"].items() if name != "equity"}
    return {"position": position, "balances": balances}


def account_of(trades: list[dict[str, Any]], deposit: Decimal) -> tuple[Decimal, Decimal]:
    """(quote, base) that the trades leave of a deposit, exactly."""
    quote, base = deposit, Decimal(0)
    for trade in trades:
        sign = 1 if trade["side"] == "buy" else -1
        quote -= sign * Decimal(trade["cost"]) + Decimal(trade["fee"])
        base += sign * Decimal(trade["amount"])
    return quote, base


def test_the_page_shows_the_bot_offline_and_back_with_its_money_to_the_last_digit(
    relay: Relay, start_real_bot: Callable[..., RealBot], new_page: Callable[..., DeckPage]
) -> None:
    bot = start_real_bot(relay)
    page = new_page(relay.url).open()
    code, outcome = relay.command("test_trade", args={"side": "buy"})
    assert (code, outcome["ok"]) == (200, True), outcome
    page.wait_for(lambda: page.data("position") not in (None, "flat"), 10, "a position")
    relay.command("stop_bot")
    page.wait_status("stopped")
    before, shown_before = money(relay), page.data("position")

    bot.kill()
    killed = time.monotonic()
    page.wait_status("offline", OFFLINE_S + 2)
    took = time.monotonic() - killed
    assert took <= OFFLINE_S, f"offline after {took:.1f} s"

    bot.start()
    page.wait_status("stopped", 20)
    assert money(relay) == before
    assert page.data("position") == shown_before


def test_a_bot_killed_while_it_trades_has_what_its_trades_say(
    relay: Relay, start_real_bot: Callable[..., RealBot]
) -> None:
    """At 900 times the speed there is hardly a moment without an order under way."""
    bot = start_real_bot(relay, speed=900)
    deposit = Decimal(10_000)
    for kills in range(1, 5):
        wait_for_trades(relay, kills * 5)
        bot.kill()
        bot.start()
    relay.command("stop_bot")
    eventually(lambda: relay.get("/api/v1/status")[1]["state"] == "stopped", 10)
    balances = relay.get("/api/v1/status")[1]["balances"]
    assert account_of(all_trades(relay), deposit) == (Decimal(balances["quote"]), Decimal(balances["base"]))


def wait_for_trades(relay: Relay, at_least: int) -> None:
    eventually(lambda: len(all_trades(relay)) >= at_least, 60, what=f"{at_least} trades of the bot")


def all_trades(relay: Relay) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = relay.get("/api/v1/trades?limit=1000")[1]["trades"]
    assert len(found) < 1000
    return found
