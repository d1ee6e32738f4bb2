"""Ctrl-C and SIGTERM: everything ends, soon, and nothing is left."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.listener import Listener
from tests.support.modes import both_modes
from tests.support.ports import is_listening
from tests.support.processes import Program
from tests.support.relay import Relay
from tests.support.waiting import eventually

pytestmark = both_modes
SOON_S = 5


@pytest.mark.parametrize("how", [Program.interrupt, Program.terminate], ids=["ctrl-c", "sigterm"])
def test_the_product_stops_with_its_bot(start_product: Callable[..., Relay], how: Callable[[Program], int]) -> None:
    product = start_product()
    eventually(lambda: product.get("/readyz")[0] == 200, 40, what=product.output)
    children = product.running.children()
    assert children, "no embedded bot"
    began = time.monotonic()
    assert how(product.running) == 0, product.output()
    assert time.monotonic() - began < SOON_S
    assert not [child for child in children if child.is_running()]
    assert not is_listening(product.port)
    assert "Traceback" not in product.output()


def test_open_pages_and_clients_do_not_hold_it_up(
    relay: Relay, bot: ForeignBot, new_page: Callable[..., DeckPage], listen: Callable[..., Listener]
) -> None:
    page = new_page(relay.url)
    page.expect_outage()
    page.open()
    listen(relay.url)
    began = time.monotonic()
    assert relay.running.terminate() == 0, relay.output()
    assert time.monotonic() - began < SOON_S
    assert "Traceback" not in relay.output()
