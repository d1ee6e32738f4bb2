"""Every door of the relay, tried by whoever has no business there: each route and each event, by name, none left out.

The routes and namespaces are those that the relay itself registers: one that is added without a lock fails here.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable, Iterator, Mapping

import pytest
import websocket
from werkzeug.routing import Rule

from dash_app import create_app
from relay.access import entrance
from relay.access.guard import VIEWERS_ONLY_LOOK
from relay.access.one_time import OneTime, create_blueprint
from relay.access.sessions import IDLE_MS
from relay.access.visitor import Role
from relay.commands import ACTS, READS
from relay.server import Relay as RelayParts
from tests.support.credentials import Credentials
from tests.support.foreign_bot import ForeignBot
from tests.support.modes import both_modes
from tests.support.person import WITH_PASSWORDS, Person
from tests.support.relay import API_TOKEN, BOT_TOKEN, Relay
from tests.support.relay_app import relay_parts
from tests.support.shared_relays import shared_relays
from tests.support.socket_line import socket_line
from tests.support.waiting import eventually

OPEN = {
    "/healthz": {"GET", "HEAD", "OPTIONS"},
    "/readyz": {"GET", "HEAD", "OPTIONS"},
    "/login": {"GET", "HEAD", "OPTIONS", "POST"},
    "/login/once": {"GET", "HEAD", "OPTIONS", "POST"},
    "/login/once.js": {"GET", "HEAD", "OPTIONS"},
    "/assets/<path:filename>": {"GET", "HEAD", "OPTIONS"},
}
"""What answers everybody, and only by these methods; everything else is for those who have shown who they are."""
CUT_WITHIN_S = 2.0
BOT_EVENTS = ("price_update", "trade_executed", "status_change", "heartbeat", "log", "alert")
WRONG = "a token that nobody was given"

Headers = Mapping[str, str]
Routes = list[tuple[str, str]]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayParts]:
    """The relay as it is put together, not started: it says what it would answer."""
    with relay_parts(tmp_path_factory.mktemp("parts")) as found:
        create_app(found.app)
        found.app.register_blueprint(create_blueprint(OneTime(lambda: 0.0), found.login))
        yield found


@pytest.fixture(scope="module")
def relays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Relay]]:
    with shared_relays(tmp_path_factory.mktemp) as relay:
        yield relay


@pytest.fixture
def locked(relays: Callable[[str], Relay], async_mode: str) -> Relay:
    """A relay that asks who it is."""
    return relays(async_mode)


@pytest.fixture
def credentials(locked: Relay) -> Credentials:
    return Credentials(locked.data_dir)


@pytest.fixture
def intruders(credentials: Credentials) -> dict[str, Headers]:
    """Those who have no business here, by what they show."""
    return {
        "nothing": {},
        "a wrong token": {"Authorization": f"Bearer {WRONG}"},
        "the bots' token": {"Authorization": f"Bearer {BOT_TOKEN}"},
        "an expired session": {"Cookie": credentials.session(age_ms=IDLE_MS).cookie},
        "a revoked session": {"Cookie": credentials.revoked().cookie},
        "a session signed by another key": {"Cookie": credentials.session(signing_key="another key").cookie},
        "a wrong token beside a good session": {
            "Authorization": f"Bearer {WRONG}",
            "Cookie": credentials.session().cookie,
        },
    }


def routes(parts: RelayParts) -> Routes:
    """(method, rule) of all that is answered."""
    return sorted((method, rule.rule) for rule in parts.app.url_map.iter_rules() for method in rule.methods or ())


def locked_routes(parts: RelayParts) -> Routes:
    return [(method, rule) for method, rule in routes(parts) if method not in OPEN.get(rule, set())]


def answers(relay: Relay, asked: Routes, headers: Headers) -> dict[tuple[str, str], int]:
    """The code of each, over one connection."""
    line = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=20)
    found = {}
    for method, rule in asked:
        line.request(method, re.sub(r"<[^>]+>", "x", rule), headers={"Accept": "application/json", **headers})
        answer = line.getresponse()
        answer.read()
        found[(method, rule)] = answer.status
    line.close()
    return found


def test_the_list_of_open_doors_is_what_it_says(parts: RelayParts) -> None:
    """Also of those that are there only when they are asked for, as the phone's link is."""
    assert {rule for _, rule in routes(parts)} >= OPEN.keys(), "an open door that does not exist"
    assert len(locked_routes(parts)) > 60
    assert {rule.rule for rule in parts.app.url_map.iter_rules() if is_named_open(rule)} == OPEN.keys()


def is_named_open(rule: Rule) -> bool:
    """Does the entrance leave it open by its name or its blueprint's?"""
    blueprint = rule.endpoint.rpartition(".")[0]
    return (
        rule.endpoint in entrance.OPEN
        or blueprint in entrance.OPEN_BLUEPRINTS
        or rule.rule.startswith(entrance.OPEN_FILES)
    )


@both_modes
def test_no_route_answers_whoever_has_no_business_there(
    parts: RelayParts, locked: Relay, intruders: dict[str, Headers]
) -> None:
    wanted = locked_routes(parts)
    for shown, headers in intruders.items():
        codes = answers(locked, wanted, headers)
        assert {door: code for door, code in codes.items() if code != 401} == {}, f"let in by {shown}"


def test_a_browser_is_led_to_the_login(locked: Relay, intruders: dict[str, Headers]) -> None:
    for shown, headers in intruders.items():
        line = http.client.HTTPConnection("127.0.0.1", locked.port, timeout=20)
        line.request("GET", "/backtest", headers={"Accept": "text/html", **headers})
        answer = line.getresponse()
        line.close()
        assert (answer.status, answer.getheader("Location")) == (303, "/login?next=%2Fbacktest"), shown


def test_the_right_ones_get_in(locked: Relay, credentials: Credentials) -> None:
    good = ({"Authorization": f"Bearer {API_TOKEN}"}, {"Cookie": credentials.session().cookie})
    for headers in good:
        assert set(answers(locked, [("GET", "/api/v1/bots"), ("GET", "/"), ("GET", "/metrics")], headers).values()) == {
            200
        }


@both_modes
def test_no_namespace_lets_in_whoever_has_no_business_there(
    parts: RelayParts, locked: Relay, credentials: Credentials, intruders: dict[str, Headers]
) -> None:
    good = credentials.session().cookie
    for namespace in parts.socketio.server.handlers:
        for shown, headers in intruders.items():
            token = headers.get("Authorization", "").removeprefix("Bearer ") or None
            auth = {"bot_id": "bot-1", **({"token": token} if token and shown != "the bots' token" else {})}
            with socket_line(locked.url, cookie=headers.get("Cookie")) as line:
                assert line.join(namespace, auth).startswith("44"), f"{namespace} let in by {shown}"
        with socket_line(locked.url, cookie=good) as line:
            answer = line.join(namespace, {"bot_id": "bot-1"})
            assert answer.startswith("44" if namespace == "/bot" else "40"), answer
    for namespace, other in {"/bot": API_TOKEN, "/": BOT_TOKEN, "/page": BOT_TOKEN, "/other": API_TOKEN}.items():
        with socket_line(locked.url) as line:
            assert line.join(namespace, {"token": other, "bot_id": "bot-1"}).startswith("44"), namespace


@both_modes
def test_events_of_who_was_not_let_in_do_nothing(
    parts: RelayParts, locked: Relay, start_bot: Callable[..., ForeignBot]
) -> None:
    bot = start_bot(locked.url).come_up()
    stop = {"command": "stop_bot", "id": "k"}
    events = {
        namespace: set(known) - {"connect", "disconnect"} for namespace, known in parts.socketio.server.handlers.items()
    }
    events["/page"] |= {"sync"}
    events["/bot"] |= set(BOT_EVENTS)
    for namespace, names in events.items():
        prefix = "" if namespace == "/" else f"{namespace},"
        with socket_line(locked.url) as line:
            assert line.join(namespace, {"token": WRONG, "bot_id": "bot-1"}).startswith("44")
            for name in names:
                line.send(f"42{prefix}{json.dumps([name, {**stop, 'commands': [stop], 'state': 'stopped'}])}")
            assert line.hears_nothing(0.5)
    assert bot.commands == []
    assert locked.get("/api/v1/status")[1]["state"] == "running"


def test_another_sites_page_gets_no_line_even_with_a_good_cookie(locked: Relay, credentials: Credentials) -> None:
    cookie = credentials.session().cookie
    with (
        pytest.raises(websocket.WebSocketBadStatusException, match="400"),
        socket_line(locked.url, cookie=cookie, origin="http://elsewhere.example"),
    ):
        pass
    asked = Person(locked.url).ask("/api/v1/command", b"{}", Cookie=cookie, Origin="http://elsewhere.example")
    assert asked.code == 403


def test_where_nobody_is_asked_another_name_for_this_machine_gets_no_line(relay: Relay) -> None:
    """DNS rebinding: the browser takes both names for one site, so only the name in the request tells."""
    name = f"elsewhere.example:{relay.port}"
    refused = pytest.raises(websocket.WebSocketBadStatusException, match="403")
    with refused, socket_line(relay.url, host=name, origin=f"http://{name}"):
        pass


@both_modes
def test_a_viewer_sees_everything_and_acts_by_nothing(
    locked: Relay, credentials: Credentials, start_bot: Callable[..., ForeignBot]
) -> None:
    bot = start_bot(locked.url).come_up()
    viewer = Person(locked.url)
    assert viewer.log_in(WITH_PASSWORDS["TAPEDECK_VIEWER_PASSWORD"]).code == 303
    with socket_line(locked.url, cookie=viewer.cookie) as client, socket_line(locked.url, cookie=viewer.cookie) as page:
        assert client.join("/").startswith("40")
        assert page.join("/page").startswith("40")
        for command in sorted(ACTS):
            asked = {"command": command, "bot_id": "bot-1", "args": {"side": "buy"}}
            over_http = viewer.command(command, bot_id="bot-1", args={"side": "buy"})
            assert (over_http.code, over_http.json["error"]) == (403, VIEWERS_ONLY_LOOK)
            assert client.ask({**asked, "id": f"client-{command}"})["error"] == VIEWERS_ONLY_LOOK
            assert page.ask_as_page({**asked, "id": f"page-{command}"})["error"] == VIEWERS_ONLY_LOOK
        for command in sorted(READS):
            assert viewer.command(command).json["ok"], command
            assert client.ask({"command": command})["ok"], command
        client.send_in_bytes("stop_bot")
        assert client.ask({"command": "get_bots"})["ok"]
    assert bot.commands == []


def test_a_viewer_starts_and_ends_no_backtest_and_brings_no_file(locked: Relay) -> None:
    viewer = Person(locked.url)
    viewer.log_in(WITH_PASSWORDS["TAPEDECK_VIEWER_PASSWORD"])
    for method, path in (
        ("POST", "/api/v1/backtests"),
        ("POST", "/api/v1/backtests/downloads"),
        ("POST", "/api/v1/backtests/data?name=a.csv"),
        ("DELETE", "/api/v1/backtests/x"),
        ("DELETE", "/api/v1/sessions/0123456789ab"),
        ("GET", "/api/v1/sessions"),
        ("GET", "/api/v1/audit"),
    ):
        body = b"{}" if method == "POST" else None
        answer = viewer.ask(path, body, method, X_CSRF_Token=viewer.csrf, Content_Type="application/json")
        assert (answer.code, answer.json) == (403, {"error": VIEWERS_ONLY_LOOK}), path
    assert viewer.ask("/api/v1/backtests").code == 200


@both_modes
def test_a_revoked_session_is_cut_off_on_every_line(locked: Relay, credentials: Credentials) -> None:
    login, other = credentials.session(), credentials.session()
    with (
        socket_line(locked.url, cookie=login.cookie) as client,
        socket_line(locked.url, cookie=login.cookie) as page,
        socket_line(locked.url, cookie=other.cookie) as stays,
    ):
        assert client.join("/").startswith("40")
        assert page.join("/page").startswith("40")
        assert stays.join("/").startswith("40")
        bearer = f"Bearer {API_TOKEN}"
        ended = Person(locked.url).ask(f"/api/v1/sessions/{login.key[:12]}", method="DELETE", Authorization=bearer)
        assert (ended.code, ended.json) == (200, {"ok": True})
        assert client.seconds_until_cut() < CUT_WITHIN_S
        assert page.seconds_until_cut() < CUT_WITHIN_S
        assert stays.ask({"command": "get_bots"})["ok"]
    with socket_line(locked.url, cookie=login.cookie) as again:
        assert again.join("/page").startswith("44")


@both_modes
def test_who_logs_out_is_cut_off_on_every_line(locked: Relay) -> None:
    person = Person(locked.url)
    assert person.log_in().code == 303
    with socket_line(locked.url, cookie=person.cookie) as client, socket_line(locked.url, cookie=person.cookie) as page:
        assert client.join("/").startswith("40")
        assert page.join("/page").startswith("40")
        assert person.log_out().code == 303
        assert client.seconds_until_cut() < CUT_WITHIN_S
        assert page.seconds_until_cut() < CUT_WITHIN_S


@both_modes
def test_a_session_that_ends_by_its_age_is_cut_off_too(locked: Relay, credentials: Credentials) -> None:
    login = credentials.session()
    with socket_line(locked.url, cookie=login.cookie) as page:
        assert page.join("/page").startswith("40")
        credentials.age(login.key, column="opened_ms", ms=8 * 24 * 3_600_000)
        assert page.seconds_until_cut() < CUT_WITHIN_S


def test_an_open_page_keeps_its_session_in_use(locked: Relay, credentials: Credentials) -> None:
    login = credentials.session()
    with socket_line(locked.url, cookie=login.cookie) as page:
        assert page.join("/page").startswith("40")
        credentials.age(login.key, column="seen_ms", ms=IDLE_MS - 60_000)
        before = seen_ms(locked, login.key)
        eventually(lambda: seen_ms(locked, login.key) > before, 5, what="its use was not noted")


def seen_ms(relay: Relay, key: str) -> int:
    found = {session["key"]: session["seen_ms"] for session in relay.get("/api/v1/sessions")[1]["sessions"]}
    return int(found[key[:12]])


@both_modes
def test_a_bot_with_a_token_of_its_own_comes_in_by_that_until_it_is_revoked(
    locked: Relay, credentials: Credentials, start_bot: Callable[..., ForeignBot]
) -> None:
    token = credentials.issue_bot_token("bot-1")
    for wrong in (BOT_TOKEN, WRONG, API_TOKEN):
        with socket_line(locked.url) as line:
            assert line.join("/bot", {"token": wrong, "bot_id": "bot-1"}).startswith("44")
    own, other = start_bot(locked.url, token=token).come_up(), start_bot(locked.url, "bot-2").come_up()
    with socket_line(locked.url) as line:
        assert line.join("/bot", {"token": token, "bot_id": "bot-2"}).startswith("44")
    credentials.revoke_bot_token("bot-1")
    eventually(lambda: not own.client.connected, CUT_WITHIN_S, what="the bot was not cut off")
    assert other.client.connected
    with socket_line(locked.url) as line:
        assert line.join("/bot", {"token": token, "bot_id": "bot-1"}).startswith("44")


def test_a_bot_that_gets_a_token_of_its_own_comes_by_the_common_one_no_more(
    relay: Relay, start_bot: Callable[..., ForeignBot]
) -> None:
    bot = start_bot(relay.url).come_up()
    Credentials(relay.data_dir).issue_bot_token("bot-1")
    eventually(lambda: not bot.client.connected, CUT_WITHIN_S, what="the bot was not cut off")


def test_the_viewer_role_is_the_sessions_own(credentials: Credentials, locked: Relay) -> None:
    cookie = credentials.session(Role.VIEWER).cookie
    assert Person(locked.url).ask("/api/v1/session", Cookie=cookie).json["role"] == "viewer"
