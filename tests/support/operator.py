"""A person with the password: logs in as a browser does, and looks at the live line of `/page`."""

from __future__ import annotations

import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

from websocket import WebSocket, WebSocketException, create_connection

from tests.support.relay import Relay

PASSWORD = "correct horse battery staple"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PRICE = re.compile(r'"price":"(\d{10,}\.\d+)"')
FRAME = re.compile(r'^42/page,\["frame",\{"n":(\d+)')


class _Stays(urllib.request.HTTPRedirectHandler):
    """A redirection is an answer."""

    def redirect_request(self, *_args: object) -> None:
        return None


class Visitor:
    """A browser's cookies and the login's form; `address` is what a proxy would say of it."""

    def __init__(self, url: str, address: str | None = None) -> None:
        self.url = url
        self.jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), _Stays)
        if address is not None:
            self._opener.addheaders = [("X-Forwarded-For", address)]

    def ask(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """(code, text); a GET, or a POST where there is a body."""
        request = urllib.request.Request(self.url + path, body, headers or {})
        try:
            with self._opener.open(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def log_in(self, password: str = PASSWORD) -> int:
        """The code of the answer: 303 lets in."""
        found = TOKEN.search(self.ask("/login")[1])
        if found is None:
            return 429
        form = urllib.parse.urlencode({"csrf_token": found[1], "password": password}).encode()
        return self.ask("/login", form)[0]

    @property
    def cookie(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)


class WatchingOperator:
    """Logged in, with a page's line open; notes how late each price stamp comes (ms)."""

    def __init__(self, relay: Relay) -> None:
        self.visitor = Visitor(relay.url)
        assert self.visitor.log_in() == 303, relay.output()
        self.delays: list[float] = []
        self.closed = False
        address = f"ws://127.0.0.1:{relay.port}/socket.io/?EIO=4&transport=websocket"
        self._line: WebSocket = create_connection(address, timeout=20, cookie=self.visitor.cookie)
        self._line.send('40/page,{"tape":null,"seq":0}')
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

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
        elif text == "2":
            self._line.send("3")
        assert not text.startswith("44"), text

    def end(self) -> None:
        self._line.shutdown()
        self._reading.join(5)
