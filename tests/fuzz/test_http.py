"""Whatever comes in over HTTP, the answer is one of those that are described, and never a fault of the relay's own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st

from dash_app import create_app
from relay.access.login import COOKIE, _next
from relay.envelope import encode
from relay.server import Relay
from relay.tape import Entry
from tests.support import messages
from tests.support.described import Description
from tests.support.hostile import PAYLOADS
from tests.support.nonsense import JSON, NASTY, WEB_TEXT
from tests.support.relay import API_TOKEN
from tests.support.relay_app import relay_parts
from tests.support.runs import runs

MANY = runs(300)
SOME = runs(100)
FEW = runs(20)
"""Each hashes a password, which is meant to take its time."""
PASSWORD = "a password of some length"
FORM = "application/x-www-form-urlencoded"
TOKEN = {"Authorization": f"Bearer {API_TOKEN}"}
ANY = WEB_TEXT | NASTY
HEADER = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=60)


def a_trade(trade_id: str) -> Entry:
    """As it goes onto the tape."""
    data = {**messages.trade(1), "id": trade_id}
    return Entry(bot_id="bot-1", type="trade", id=trade_id, ts=data["ts"], data=encode(data))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """A relay with a password and its page, one bot and one trade."""
    with relay_parts(Path(tmp_path_factory.mktemp("relay")), password=PASSWORD) as made:
        create_app(made.app)
        made.deck.bots.add("bot-1")
        with made.deck.lock:
            made.deck.record([a_trade("t-1")])
        yield made


@pytest.fixture(scope="module")
def client(parts: Relay) -> FlaskClient:
    """Comes as `localhost`, and as nobody."""
    return parts.app.test_client(use_cookies=False)


def is_refusal(answer: Any) -> bool:
    """One sentence in JSON."""
    body = answer.get_json(silent=True)
    return isinstance(body, dict) and isinstance(body.get("error"), str) and bool(body["error"].strip())


@MANY
@given(value=HEADER | NASTY.filter(lambda text: "\r" not in text and "\0" not in text and text.isascii()))
def test_no_cookie_that_is_not_ours_lets_anybody_in(client: FlaskClient, value: str) -> None:
    for cookie in (value, f"{COOKIE}={value}", f"{COOKIE}={value}.{value}.{value}"):
        answer = client.get("/api/v1/bots", headers={"Cookie": cookie.encode("latin-1").decode("latin-1")})
        assert answer.status_code == 401
        assert is_refusal(answer)
        assert client.get("/login", headers={"Cookie": cookie}).status_code == 200


@SOME
@example(inside={"_user_id": []})
@given(inside=st.dictionaries(st.sampled_from(["_user_id", "csrf_token", "_fresh", "_id", "x"]), JSON))
def test_a_cookie_of_ours_with_anything_inside_lets_nobody_in(parts: Relay, client: FlaskClient, inside: Any) -> None:
    signer = parts.app.session_interface.get_signing_serializer(parts.app)  # type: ignore[attr-defined]
    cookie = f"{COOKIE}={signer.dumps(inside)}"
    assert client.get("/api/v1/bots", headers={"Cookie": cookie}).status_code == 401
    assert client.get("/login", headers={"Cookie": cookie}).status_code == 200


@SOME
@given(header=HEADER)
def test_no_token_but_the_right_one_is_taken(client: FlaskClient, header: str) -> None:
    for value in (header, f"Bearer {header}", f"Basic {header}"):
        assert client.get("/api/v1/bots", headers={"Authorization": value}).status_code == 401


@SOME
@given(fields=st.dictionaries(st.sampled_from(["password", "totp", "csrf_token", "next", "x"]), ANY), raw=st.binary())
def test_a_login_form_with_anything_in_it_logs_nobody_in(
    client: FlaskClient, fields: dict[str, str], raw: bytes
) -> None:
    for body, kind in ((fields, None), (raw, FORM), (raw, "multipart/form-data; boundary=x")):
        answer = client.post("/login", data=body, content_type=kind)
        assert answer.status_code in (400, 401, 429), answer.status_code
        assert "_user_id" not in str(answer.headers.getlist("Set-Cookie"))


@FEW
@given(fields=st.fixed_dictionaries({"password": ANY}, optional={"totp": ANY, "next": ANY}))
def test_a_form_of_ours_with_a_wrong_password_logs_nobody_in(parts: Relay, fields: dict[str, str]) -> None:
    somebody = parts.app.test_client()
    found = re.search(r'name="csrf_token" value="([^"]+)"', somebody.get("/login").text)
    assert found is not None
    answer = somebody.post("/login", data={**fields, "csrf_token": found[1]})
    assert answer.status_code in (401, 429)
    assert somebody.get("/api/v1/bots").status_code == 401


@MANY
@given(wanted=ANY | st.builds("{}{}".format, st.sampled_from(["/", "//", "/\\", "\\", "/\t/", "https:", "/%2f"]), ANY))
def test_after_a_login_nobody_is_led_to_another_host(parts: Relay, wanted: str) -> None:
    with parts.app.test_request_context("/login", query_string={"next": wanted}):
        led_to = _next()
    assert led_to.startswith("/")
    assert "\\" not in led_to
    assert led_to.isprintable()
    assert urlsplit(urljoin("https://deck.example/login", led_to)).netloc == "deck.example"


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_the_login_shows_where_it_leads_as_text(client: FlaskClient, payload: str) -> None:
    text = client.get("/login", query_string={"next": f"/{payload}"}).text
    found = re.search(r'name="next" value="([^"]*)">', text)
    assert found is not None
    assert unescape(found[1]) == (f"/{payload}" if payload.isprintable() and "\\" not in payload else "/")
    form = text[text.index("<form") : text.index("</form>")]
    assert not re.search(r"<(script|img|svg|iframe|b>|a )", form)


@MANY
@example(path="9" * 400)
@given(path=ANY)
def test_no_address_leads_to_another_host(client: FlaskClient, path: str) -> None:
    for start in ("/", "//", "/api/v1/trades/", "/assets/", "/login/"):
        asked = {"PATH_INFO": (start + path).encode().decode("latin-1")}
        answer = client.get("/", environ_overrides=asked, headers={"Accept": "text/html", **TOKEN})
        assert answer.status_code < 500 or path == "readyz"
        where = answer.headers.get("Location", "/")
        assert urlsplit(urljoin("http://localhost/", where)).netloc in ("localhost", ""), where
        answer.close()


FILES = ("/", "/_dash-layout", "/assets/icon.svg", "/assets/manifest.webmanifest", "/service-worker.js")
RANGES = st.builds("bytes={}-{}".format, st.integers(), st.integers()) | HEADER
TAGS = st.builds('"{}"'.format, HEADER) | HEADER


@MANY
@example(path="/", headers={"Range": "bytes=9999999-"})
@given(
    path=st.sampled_from(FILES),
    headers=st.fixed_dictionaries(
        {},
        optional={
            "Range": RANGES,
            "If-Range": TAGS,
            "If-None-Match": TAGS,
            "If-Match": TAGS,
            "If-Modified-Since": HEADER,
            "Accept-Encoding": HEADER,
            "Accept": HEADER,
        },
    ),
)
def test_headers_about_parts_and_versions_are_heeded_or_left_alone(
    client: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    answer = client.get(path, headers={**headers, **TOKEN})
    assert answer.status_code in (200, 206, 304, 412, 416), answer.status_code
    answer.close()


@MANY
@given(given_id=ANY, bot_id=st.none() | ANY)
def test_an_id_in_an_address_is_found_or_not(client: FlaskClient, given_id: str, bot_id: str | None) -> None:
    query = {} if bot_id is None else {"bot_id": bot_id}
    for path in ("trades/{}", "backtests/{}", "backtests/{}/result", "backtests/{}/report", "nothing/{}"):
        answer = client.get(f"/api/v1/{path.format(quote(given_id, safe=''))}", query_string=query, headers=TOKEN)
        assert answer.status_code in (200, 308, 404), answer.status_code
        assert answer.status_code != 404 or is_refusal(answer)
        assert "\n" not in "".join(value for _, value in answer.headers)
        answer.close()


@SOME
@given(given_id=ANY)
def test_the_page_of_a_trade_is_the_page_whatever_its_id(client: FlaskClient, given_id: str) -> None:
    answer = client.get(f"/trade/{quote(given_id, safe='')}", headers={"Accept": "text/html", **TOKEN})
    assert answer.status_code in (200, 308) or "\n" in given_id
    if len(given_id) > 12:
        assert given_id.encode() not in answer.data


PLAIN_ID = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\n/"), min_size=1, max_size=200)


@SOME
@given(trade_id=PLAIN_ID)
def test_a_trade_of_any_id_can_be_asked_for(parts: Relay, client: FlaskClient, trade_id: str) -> None:
    with parts.deck.lock:
        parts.deck.record([a_trade(trade_id)])
    answer = client.get(f"/api/v1/trades/{quote(trade_id, safe='')}", headers=TOKEN)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["trade"]["id"] == trade_id


ACCESS = ("session", "sessions", "audit")
WALKED = ("bots", "status", "stats", "trades", "trades.csv", "candles", "indicators", "equity", "openapi.json", *ACCESS)
NAMES = ("bot_id", "bots", "limit", "before_seq", "side", "result", "search", "timeframe", "x")
LIKELY = st.sampled_from(["bot-1", "all", "1", "1000", "buy", "won", "1m", "5m", "test"]) | st.integers().map(str)


@pytest.fixture(scope="module")
def description(client: FlaskClient) -> Description:
    return Description(json.loads(client.get("/api/v1/openapi.json", headers=TOKEN).data))


@MANY
@given(path=st.sampled_from(WALKED), query=st.dictionaries(st.sampled_from(NAMES), LIKELY | ANY, max_size=4))
def test_every_read_is_answered_as_it_is_described(
    client: FlaskClient, description: Description, path: str, query: dict[str, str]
) -> None:
    answer = client.get(f"/api/v1/{path}", query_string=query, headers=TOKEN)
    body = answer.get_json(silent=True) if answer.is_json else answer.get_data(as_text=True)
    operation = description.paths[f"/api/v1/{path}"]["get"]
    assert description.faults(operation, answer.status_code, answer.content_type, body) == []


@MANY
@given(
    raw=st.binary()
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.sampled_from([b"[" * 100_000, b"9" * 5_000])
)
def test_whatever_is_posted_is_answered_as_it_is_described(
    client: FlaskClient, description: Description, raw: bytes
) -> None:
    for path in ("command", "backtests", "backtests/downloads", "proof"):
        answer = client.post(f"/api/v1/{path}", data=raw, content_type="application/json", headers=TOKEN)
        operation = description.paths[f"/api/v1/{path}"]["post"]
        assert description.faults(operation, answer.status_code, answer.content_type, answer.json) == []


def test_a_body_larger_than_any_that_is_meant_is_not_read(client: FlaskClient) -> None:
    for path in ("/api/v1/command", "/login", "/api/v1/backtests"):
        answer = client.post(path, data=b"x" * 1_000_001, content_type="application/json", headers=TOKEN)
        assert answer.status_code in (400, 413), path
