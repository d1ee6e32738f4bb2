"""A short soak: half a minute of prices, faster than life. The ten minutes are benchmarks/soak.py's."""

from __future__ import annotations

import pytest

from benchmarks.pricing import emit_prices
from benchmarks.soak import soak
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay

pytestmark = pytest.mark.chart

SECONDS = 30
PER_SECOND = 60
"""Three times the benchmark's pace, so that a leak has as many prices to show itself in 30 s as in 90."""


@pytest.mark.timeout(240)
def test_half_a_minute_of_prices_leaves_nothing_behind(relay: Relay, bot: ForeignBot, deck: DeckPage) -> None:
    left = soak(relay, deck, lambda span: emit_prices(bot, PER_SECOND, span), SECONDS, warm_up_s=15)
    assert (left.connection, left.reconnects) == ("connected", 0)
    assert left.heap_growth_mb < 5, left
    assert left.relay_growth_mb < 10, left
