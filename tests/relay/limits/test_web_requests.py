"""Requests that an address may make, a second and at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from relay.limits.connections import PER_ADDRESS
from relay.limits.web_requests import RATE, REFUSED_AFTER_S, STRANGERS_BODY, WebRequests


class App:
    """An app that answers, asking again itself where it is told to, as a connection that is still open would."""

    def __init__(self) -> None:
        self.now = 0.0
        self.counted: list[str] = []
        self.slept: list[float] = []
        self.asked = 0
        self.known = {"known"}
        self.limited = WebRequests(
            self.answer,
            monotonic=lambda: self.now,
            sleep=self.slept.append,
            count=self.counted.append,
            secret_of=lambda environ: environ.get("test.secret"),
            is_known=self.known.__contains__,
        )
        self.deeper = 0
        self.inner: list[str] = []

    def answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked += 1
        if self.deeper > 0:
            self.deeper -= 1
            self.inner.append(self.get(environ["REMOTE_ADDR"])[0])
        start_response("200 OK", [])
        return [b"fine"]

    def get(self, address: str = "192.0.2.1", **more: Any) -> tuple[str, str]:
        """(status, text) of a request."""
        said: list[str] = []
        environ = {"REMOTE_ADDR": address, "REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", **more}
        body = self.limited(environ, lambda status, headers: said.append(status))
        return said[0], b"".join(body).decode()

    def post_poll(self, size: int, sid: str) -> tuple[str, str]:
        asked = {"REQUEST_METHOD": "POST", "PATH_INFO": "/socket.io/", "QUERY_STRING": f"EIO=4&sid={sid}"}
        return self.get(**asked, CONTENT_LENGTH=str(size))


def use_up(app: App, address: str) -> None:
    for _ in range(int(RATE.burst)):
        assert app.get(address)[0] == "200 OK"


def test_an_address_that_asks_too_fast_is_told_so_and_others_are_served() -> None:
    app = App()
    use_up(app, "192.0.2.1")
    status, text = app.get("192.0.2.1")
    assert status.startswith("429")
    assert "fewer a second" in json.loads(text)["error"]
    assert app.counted == ["requests_of_address"]
    assert app.slept == [REFUSED_AFTER_S], "and waits for it, so that who does not listen is slow"
    assert app.get("192.0.2.2")[0] == "200 OK"
    app.now = 1
    assert app.get("192.0.2.1")[0] == "200 OK"


def test_who_is_logged_in_is_served_where_the_address_is_used_up() -> None:
    app = App()
    use_up(app, "192.0.2.1")
    mine = {"test.secret": "mine"}
    assert app.get("192.0.2.1", **mine)[0] == "200 OK"
    for _ in range(int(RATE.burst)):
        app.get("192.0.2.1", **mine)
    assert app.get("192.0.2.1", **mine)[0].startswith("429"), "but not without end"
    assert app.get("192.0.2.1", **{"test.secret": "another"})[0] == "200 OK"


def test_this_machine_may_ask_much_more() -> None:
    app = App()
    assert {app.get("127.0.0.1")[0] for _ in range(5_000)} == {"200 OK"}


def test_an_address_has_so_many_requests_open_at_a_time() -> None:
    app = App()
    app.deeper = PER_ADDRESS
    app.get()
    assert app.asked == PER_ADDRESS
    assert [status[:3] for status in app.inner].count("503") == 1
    assert app.get()[0] == "200 OK", "what is over makes room"


def test_who_is_logged_in_has_a_share_of_their_own_where_the_address_has_used_up_its() -> None:
    """One stranger behind the same address would keep an operator from coming back."""
    app = App()
    statuses: list[str] = []

    def hold(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if len(statuses) < 2 * PER_ADDRESS + 1:
            secret = {"test.secret": "mine"} if len(statuses) >= PER_ADDRESS - 1 else {}
            statuses.append("")
            status, _ = app.get(**secret)
            statuses[statuses.index("")] = status[:3]
        start_response("200 OK", [])
        return []

    app.limited._app = hold
    app.get()
    assert statuses.count("503") == 1, "the session's share ends too"
    assert len(statuses) == 2 * PER_ADDRESS


def test_a_stranger_who_polls_may_send_little_at_once() -> None:
    app = App()
    assert app.post_poll(STRANGERS_BODY, "stranger")[0] == "200 OK"
    assert app.post_poll(STRANGERS_BODY + 1, "stranger")[0].startswith("413")
    assert app.post_poll(STRANGERS_BODY + 1, "known")[0] == "200 OK"
    assert app.counted == ["body_size"]


def test_a_websocket_of_a_draft_is_told_the_version_that_is_taken() -> None:
    app = App()
    for version in ({}, {"HTTP_SEC_WEBSOCKET_VERSION": "8"}, {"HTTP_SEC_WEBSOCKET_VERSION": "0"}):
        status, text = app.get(HTTP_UPGRADE="WebSocket", **version)
        assert status == "426 Upgrade Required"
        assert "Sec-WebSocket-Version: 13" in json.loads(text)["error"]
    assert app.asked == 0
    assert app.counted == ["websocket_version"] * 3
    assert app.get(HTTP_UPGRADE="websocket", HTTP_SEC_WEBSOCKET_VERSION="13")[0] == "200 OK"
