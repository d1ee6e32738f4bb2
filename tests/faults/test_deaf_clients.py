"""Clients that stop reading: they are dropped at a bound, and the others do not notice."""

from __future__ import annotations

from collections.abc import Callable

import psutil

from tests.support import messages
from tests.support.foreign_bot import ForeignBot
from tests.support.listener import Listener
from tests.support.modes import both_modes
from tests.support.raw_socket import RawSocket, clients_kept
from tests.support.relay import Relay
from tests.support.waiting import eventually

pytestmark = both_modes
LINES = 8_000
LONG_TEXT = "x" * 2_000
"""With it the lines are 16 MB for each client: the system's own buffers take 4, the relay's bound is 5,000 of them."""
GROWN_BYTES = {"eventlet": 100_000_000, "threading": 250_000_000}
"""Unbounded it is half a megabyte a question; threads make all the answers that are under way at the same time."""


def wait_until_heard(listener: Listener, lines: int) -> None:
    eventually(lambda: len(listener.of("log")) == lines, 30, what=lambda: f"{len(listener.of('log'))} of {lines} lines")


def test_clients_that_do_not_read_are_dropped_and_the_others_get_everything(
    relay: Relay, bot: ForeignBot, listen: Callable[..., Listener]
) -> None:
    listener = listen(relay.url)
    deaf = [RawSocket(relay.port, "/") for _ in range(5)]
    try:
        for number in range(LINES):
            bot.emit("log", messages.log_line(f"{number} {LONG_TEXT}"))
            if number % 500 == 499:
                wait_until_heard(listener, number + 1)
        ports = {client.local_port for client in deaf}

        def are_dropped() -> bool:
            """Each at its own line: how much the system takes for them is the system's to say."""
            for number in range(100):
                bot.emit("log", messages.log_line(f"one more {number} {LONG_TEXT}"))
            return not ports & clients_kept(relay.port)

        eventually(are_dropped, 30, what="the deaf clients dropped", interval=0.2)
        assert relay.get("/readyz")[0] == 200
    finally:
        for client in deaf:
            client.close()


def test_a_client_that_asks_and_never_reads_is_answered_in_sentences_until_it_does(
    relay: Relay, bot: ForeignBot, listen: Callable[..., Listener], async_mode: str
) -> None:
    bot.wait_for_answers(bot.trade_in_one_loop(range(1_000)))
    before = psutil.Process(relay.running.pid).memory_info().rss
    deaf = RawSocket(relay.port, "/")
    try:
        for _ in range(150):
            deaf.send('421["command",{"command":"get_trades","args":{"limit":1000}}]')
        listener = listen(relay.url)

        def is_refused() -> bool:
            """Those that were under way at once were let through; once their answers wait, the next one is not."""
            deaf.send('421["command",{"command":"get_trades","args":{"limit":1000}}]')
            return 'refused_total{why="unread"}' in relay.get("/metrics")[1]

        eventually(is_refused, 30)
        deaf.send('422["command",{"command":"stop_bot"}]')
        eventually(lambda: [command["name"] for command in bot.commands] == ["stop_bot"], 20)
        assert listener.command("get_status")["ok"]
        assert psutil.Process(relay.running.pid).memory_info().rss - before < GROWN_BYTES[async_mode]
    finally:
        deaf.close()


def test_a_page_that_does_not_read_holds_one_frame_and_no_one_up(
    relay: Relay, bot: ForeignBot, listen: Callable[..., Listener]
) -> None:
    listener = listen(relay.url)
    deaf = RawSocket(relay.port, "/page", '{"tape": null, "seq": 0}')
    try:
        bot.trade_in_one_loop(range(500))
        eventually(lambda: len(listener.of("trade")) == 500, 30)
        assert deaf.local_port in clients_kept(relay.port)
        assert relay.get("/readyz")[0] == 200
    finally:
        deaf.close()
