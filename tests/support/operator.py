"""A person with the password: logs in as a browser does, and looks at the live line of `/page`."""

from __future__ import annotations

import re
import threading
import time

from websocket import WebSocket, WebSocketException, create_connection

from tests.support.person import Person
from tests.support.relay import Relay

PRICE = re.compile(r'"price":"(\d{10,}\.\d+)"')
FRAME = re.compile(r'^42/page,\["frame",\{"n":(\d+)')


class WatchingOperator:
    """Logged in, with a page's line open; notes how late each price stamp comes (ms).

    What it is told at first, with prices of before, has come when it is made.
    """

    def __init__(self, relay: Relay) -> None:
        self.person = Person(relay.url)
        assert self.person.log_in().code == 303, relay.output()
        self.delays: list[float] = []
        self.closed = False
        self._met = threading.Event()
        address = f"ws://127.0.0.1:{relay.port}/socket.io/?EIO=4&transport=websocket"
        self._line: WebSocket = create_connection(address, timeout=20, cookie=self.person.cookie)
        self._line.send('40/page,{"tape":null,"seq":0}')
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        assert self._met.wait(20), relay.output()

    def _read(self) -> None:
        try:
            while text := str(self._line.recv()):
                self._take(text, time.time() * 1000)
        except (OSError, WebSocketException):
            pass
        self.closed = True

    def _take(self, text: str, now_ms: float) -> None:
        frame = FRAME.match(text)
        if frame is not None:
            self.delays += [now_ms - float(stamp) for stamp in PRICE.findall(text)]
            self._line.send(f'42/page,["sync",{{"ack":{frame[1]}}}]')
            self._met.set()
        elif text == "2":
            self._line.send("3")
        assert not text.startswith("44"), text

    def end(self) -> None:
        self._line.shutdown()
        self._reading.join(5)
