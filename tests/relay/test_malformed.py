"""Whatever comes in on a socket, the relay lives and the others are served."""

from __future__ import annotations

import contextlib

import pytest
import websocket
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import messages
from tests.support.foreign_bot import ForeignBot
from tests.support.modes import both_modes
from tests.support.relay import BOT_TOKEN, Relay

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NONSENSE = st.one_of(
    st.text(max_size=40),
    st.builds("42{}".format, st.text(max_size=20)),
    st.builds('42/page,["sync",{}]'.format, JSON),
    st.builds('42/bot,{}["{}",{}]'.format, st.integers(0, 9), st.sampled_from(["trade_executed", "x"]), JSON),
    st.builds("43/bot,{}[{}]".format, st.integers(0, 99), JSON),
    st.sampled_from(
        ["45-", "451-/bot,[]", "41/page", "42/page,", "42/page,[]", "42/page,[1]", "[" * 5_000, "42" + "[" * 5_000]
    ),
)


def open_socket(relay: Relay) -> websocket.WebSocket:
    line = websocket.create_connection(
        relay.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket", timeout=5
    )
    for connect in ("40/page,", "40", f'40/bot,{{"token":"{BOT_TOKEN}","bot_id":"nonsense"}}'):
        line.send(connect)
    return line


@both_modes
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_nonsense_by_the_hundred_harms_nobody(relay: Relay, bot: ForeignBot) -> None:
    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(frames=st.lists(NONSENSE, min_size=1, max_size=8))
    def send(frames: list[str]) -> None:
        line = open_socket(relay)
        with contextlib.suppress(OSError, websocket.WebSocketException):
            for frame in frames:
                line.send(frame)
            line.send_binary(b"\x00\xff" * 10)
        line.shutdown()
        assert relay.is_serving()

    send()
    assert bot.call("trade_executed", messages.trade(1)) == {"ok": True}
    assert [trade["id"] for trade in relay.get("/api/v1/trades?bot_id=bot-1")[1]["trades"]] == [messages.trade_id(1)]
    assert "handler error" not in relay.output(), "an exception came out of the relay's own code"
