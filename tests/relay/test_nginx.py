"""The configuration for nginx that docs/security.md gives works as it stands there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websocket import WebSocketBadStatusException

from relay.access.certificate import Certificate
from tests.support.certificates import made_in
from tests.support.nginx import MISSING, Nginx, find_nginx
from tests.support.person import Person
from tests.support.relay import Relay
from tests.support.socket_line import SocketLine, socket_line

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


@pytest.mark.skipif(find_nginx() is None, reason=MISSING)
def test_a_person_logs_in_through_nginx_and_the_line_is_live(
    behind_nginx: Relay, nginx: Nginx, files: Certificate
) -> None:
    guest = Person(nginx.url, trusts=files.cert, X_Forwarded_For="203.0.113.9", X_Forwarded_Host="evil.example")
    assert guest.log_in("wrong").code == 401
    assert "from 127.0.0.1" in behind_nginx.output(), "nginx passed on what the client said of its address"
    answer = guest.log_in(PASSWORD)
    assert answer.code == 303
    assert "Secure" in (answer.headers["Set-Cookie"] or "")
    assert guest.is_logged_in()
    with socket_line(nginx.url, cookie=guest.cookie, origin=nginx.url, trusts=files.cert) as line:
        assert line.join("/").startswith("40")


@pytest.mark.skipif(find_nginx() is None, reason=MISSING)
def test_another_sites_page_opens_no_line_through_nginx(nginx: Nginx, files: Certificate) -> None:
    with pytest.raises(WebSocketBadStatusException):
        SocketLine(nginx.url, origin="https://evil.example", trusts=files.cert)


@pytest.mark.skipif(find_nginx() is None, reason=MISSING)
def test_a_session_that_is_ended_is_cut_off_behind_nginx_too(nginx: Nginx, files: Certificate) -> None:
    guest = Person(nginx.url, trusts=files.cert)
    guest.log_in(PASSWORD)
    with socket_line(nginx.url, cookie=guest.cookie, origin=nginx.url, trusts=files.cert) as line:
        assert line.join("/").startswith("40")
        assert guest.log_out().code == 303
        assert line.seconds_until_cut() < 5
