"""The configuration for nginx that docs/security.md gives works as it stands there."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websocket import (
    WebSocket,
    WebSocketBadStatusException,
    WebSocketConnectionClosedException,
    WebSocketTimeoutException,
)

from relay.access.certificate import Certificate
from tests.support.certificates import made_in
from tests.support.guest import Guest
from tests.support.nginx import MISSING, Nginx, find_nginx
from tests.support.relay import Relay
from tests.support.waiting import eventually

PASSWORD = "correct horse"


@pytest.fixture
def files(tmp_path: Path) -> Certificate:
    return made_in(tmp_path / "tls")


@pytest.fixture
def behind_nginx(start_relay: Callable[..., Relay]) -> Relay:
    return start_relay(env={"TAPEDECK_PASSWORD": PASSWORD, "TAPEDECK_BEHIND_PROXY": "1"})


@pytest.fixture
def nginx(behind_nginx: Relay, files: Certificate, tmp_path: Path) -> Iterator[Nginx]:
    server = Nginx(find_nginx() or "", tmp_path / "nginx", behind_nginx.port, files)
    yield server
    server.end()


def live_line(nginx: Nginx, guest: Guest, files: Certificate, origin: str) -> WebSocket:
    """The page's line, through nginx."""
    line = WebSocket(sslopt={"context": ssl.create_default_context(cafile=files.cert)})
    cookie = "; ".join(f"{name}={value}" for name, value in guest.cookies.items())
    url = f"wss://localhost:{nginx.port}/socket.io/?EIO=4&transport=websocket"
    line.connect(url, origin=origin, cookie=cookie, timeout=15)
    return line


@pytest.mark.skipif(find_nginx() is None, reason=MISSING)
def test_a_person_logs_in_through_nginx_and_the_line_is_live(
    behind_nginx: Relay, nginx: Nginx, files: Certificate
) -> None:
    guest = Guest(nginx.url, trusts=files.cert, X_Forwarded_For="203.0.113.9", X_Forwarded_Host="evil.example")
    assert guest.log_in("wrong").code == 401
    assert "from 127.0.0.1" in behind_nginx.output(), "nginx passed on what the client said of its address"
    answer = guest.log_in(PASSWORD)
    assert answer.code == 303
    assert "Secure" in (answer.headers["Set-Cookie"] or "")
    assert guest.is_logged_in()
    line = live_line(nginx, guest, files, nginx.url)
    try:
        assert json.loads(str(line.recv())[1:])["sid"]
        line.send("40")
        assert str(line.recv()).startswith("40{")
    finally:
        line.close()


@pytest.mark.skipif(find_nginx() is None, reason=MISSING)
def test_another_sites_page_opens_no_line_through_nginx(nginx: Nginx, files: Certificate) -> None:
    with pytest.raises(WebSocketBadStatusException):
        live_line(nginx, Guest(nginx.url), files, "https://evil.example")


@pytest.mark.skipif(find_nginx() is None, reason=MISSING)
def test_a_session_that_is_ended_is_cut_off_behind_nginx_too(nginx: Nginx, files: Certificate) -> None:
    guest = Guest(nginx.url, trusts=files.cert)
    guest.log_in(PASSWORD)
    line = live_line(nginx, guest, files, nginx.url)
    line.recv()
    line.send("40")
    line.recv()
    token = json.loads(guest.get("/api/v1/session").body)["csrf_token"]
    assert guest.post("/logout", {"csrf_token": token}, Origin=nginx.url).code == 303
    line.settimeout(1)
    eventually(lambda: is_cut(line), 10, what="the line is still there")


def is_cut(line: WebSocket) -> bool:
    """Is nobody at the other end any more?"""
    try:
        return line.recv() == ""
    except WebSocketTimeoutException:
        return False
    except (WebSocketConnectionClosedException, OSError):
        return True
