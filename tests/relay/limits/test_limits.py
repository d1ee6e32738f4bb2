"""Who is known is known on the connection that they have come to use."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_socketio import SocketIO

from relay.access.visitor import Means, Role, Visitor
from relay.limits.connections import ENVIRON_KEY, Connection, Connections
from relay.limits.limits import Limits
from relay.transport import Transport

VIEWER = Visitor(role=Role.VIEWER, means=Means.SESSION, address="192.0.2.1", session_id="k")


class Line:
    """A socket that can be shut."""

    def shutdown(self, how: int, /) -> None: ...


class Deck:
    """The limits of a relay on which one client asks by two connections."""

    def __init__(self, limit: int = 10) -> None:
        self.transport = Transport(SocketIO(Flask("test"), async_mode="threading"))
        self.connections = Connections(limit=limit)
        self.limits = Limits(self.transport, self.connections, lambda: 0.0, lambda why: None)
        self.polling = self.enter()
        self.websocket = self.enter()

    def enter(self) -> Connection:
        return self.connections.enter("192.0.2.1", Line())

    def let_in(self, visitor: Visitor | None) -> None:
        self.limits.know("sid", {ENVIRON_KEY: self.polling}, visitor, None if visitor else "bot-1")

    def open_websocket(self) -> None:
        self.transport.websockets.opened("sid", {ENVIRON_KEY: self.websocket})


@pytest.mark.parametrize("visitor", [VIEWER, None])
def test_who_was_let_in_while_polling_is_known_on_the_websocket_too(visitor: Visitor | None) -> None:
    deck = Deck()
    deck.let_in(visitor)
    assert not deck.websocket.is_known
    deck.open_websocket()
    assert deck.websocket.is_known


def test_who_is_let_in_after_they_changed_over_is_known_where_they_are() -> None:
    deck = Deck()
    deck.open_websocket()
    assert not deck.websocket.is_known, "a stranger until then"
    deck.let_in(VIEWER)
    assert (deck.websocket.is_known, deck.polling.is_known) == (True, False)


def test_who_only_looks_stays_a_stranger_there_where_no_room_is_left() -> None:
    deck = Deck(limit=2)
    deck.let_in(VIEWER)
    deck.connections.reserve = 1
    deck.open_websocket()
    assert not deck.websocket.is_known
