"""What depends on a hop that is late is grey, and what does not stays as it is."""

from __future__ import annotations

import pytest

from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

SILENT_MS = 25_000
IS_GREY = """
const [selector] = arguments, probe = document.createElement('i');
probe.style.color = 'var(--stale)';
document.body.append(probe);
const stale = getComputedStyle(probe).color;
probe.remove();
return getComputedStyle(document.querySelector(selector)).color === stale;
"""


def is_grey(page: DeckPage, selector: str) -> bool:
    return bool(page.js(IS_GREY, selector))


@pytest.mark.parametrize("base", ["0.01", "0"])
def test_in_a_silent_market_equity_is_grey_as_long_as_something_is_held(
    bot: ForeignBot, deck: DeckPage, base: str
) -> None:
    balances = {**messages.status()["balances"], "base": base}
    bot.beat = {"feed_age_ms": SILENT_MS}
    bot.call("status_change", messages.status(balances=balances, feed_age_ms=SILENT_MS))
    bot.call("stats_update", messages.stats(current_drawdown_pct=0.8))
    deck.wait_for(lambda: deck.data("stale") == "market", what="a silent market")
    deck.wait_for(lambda: deck.text("stat-drawdown") != "–", what="the statistics")
    grey = {name: is_grey(deck, name) for name in ("#balance-body .big", "#stat-drawdown", "#stat-pnl")}
    is_held = base != "0"
    assert grey == {"#balance-body .big": is_held, "#stat-drawdown": is_held, "#stat-pnl": False}
