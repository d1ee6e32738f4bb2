"""Over HTTP: who is asking, their password once more, who else is logged in, and what was done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from relay.access.clerk import BEGUN, OK
from relay.access.proof import NEEDS_PROOF, PROVED_FOR_MS
from relay.access.visitor import Role
from tests.support.credentials import Credentials
from tests.support.foreign_bot import ForeignBot
from tests.support.modes import both_modes
from tests.support.person import OPERATOR_PASSWORD, VIEWER_PASSWORD, WITH_PASSWORDS, Answer, Person
from tests.support.relay import API_TOKEN, Relay
from tests.support.shared_relays import shared_relays
from tests.support.socket_line import socket_line
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def relays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Relay]]:
    with shared_relays(tmp_path_factory.mktemp) as relay:
        yield relay


@pytest.fixture
def locked(relays: Callable[[str], Relay], async_mode: str) -> Relay:
    """Others use it too, before and after."""
    return relays(async_mode)


@pytest.fixture
def own(start_relay: Callable[..., Relay]) -> Relay:
    """Where the whole audit, all sessions or every mistake is looked at."""
    return start_relay(env=WITH_PASSWORDS)


@pytest.fixture
def operator(locked: Relay) -> Person:
    return come_in(locked, OPERATOR_PASSWORD)


def come_in(relay: Relay, password: str) -> Person:
    person = Person(relay.url)
    assert person.log_in(password).code == 303
    return person


def send(person: Person, path: str, body: object, method: str = "POST") -> Answer:
    return person.ask(
        path, json.dumps(body).encode(), method, Content_Type="application/json", X_CSRF_Token=person.csrf
    )


def key_of(relay: Relay) -> str:
    """The key of the newest session, as it is shown."""
    return str(relay.get("/api/v1/sessions")[1]["sessions"][0]["key"])


def written(relay: Relay) -> list[dict[str, Any]]:
    """The audit, oldest first."""
    code, body = relay.get("/api/v1/audit")
    assert (code, body["fault"]) == (200, None)
    return list(reversed(body["entries"]))


def deeds(relay: Relay) -> list[tuple[str, str, str]]:
    return [(entry["role"], entry["action"], entry["outcome"]) for entry in written(relay)]


def make_old(relay: Relay) -> None:
    """The newest session's password was given a quarter of an hour ago."""
    credentials, shown = Credentials(relay.data_dir), key_of(relay)
    credentials.age(shown, column="proved_ms", ms=PROVED_FOR_MS)


def test_a_session_says_what_it_is_and_gives_a_token_that_works(operator: Person) -> None:
    said = operator.ask("/api/v1/session").json
    assert (said["role"], said["means"], said["needs_proof"]) == ("operator", "session", False)
    operator.csrf = said["csrf_token"]
    assert operator.command("get_bots").code == 200
    operator.csrf = "another"
    assert operator.command("get_bots").code == 403


def test_what_a_proxy_asks_for_is_no_token_and_a_session_beside_it_holds(locked: Relay, operator: Person) -> None:
    proxys = "Basic bWU6c2VjcmV0"
    assert operator.ask("/api/v1/bots", Authorization=proxys).code == 200
    assert Person(locked.url).ask("/api/v1/bots", Authorization=proxys).code == 401
    command = operator.ask(
        "/api/v1/command", b'{"command": "halt"}', Content_Type="application/json", Authorization=proxys
    )
    assert command.code == 403, "it is no way around the CSRF header either"
    for header in (f"BEARER {API_TOKEN}", f"bearer {API_TOKEN}"):
        assert Person(locked.url).ask("/api/v1/bots", Authorization=header).code == 200


def test_a_script_is_told_that_it_needs_neither(locked: Relay) -> None:
    expected = {"role": "operator", "means": "token", "csrf_token": None, "needs_proof": False}
    assert locked.get("/api/v1/session") == (200, expected)
    assert Person(locked.url).ask("/api/v1/session").code == 401


def test_where_no_password_is_set_nobody_needs_one(relay: Relay) -> None:
    said = Person(relay.url).ask("/api/v1/session").json
    assert said == {"role": "operator", "means": "loopback", "csrf_token": None, "needs_proof": False}
    assert send(Person(relay.url), "/api/v1/proof", {"password": "x"}).code == 400


@both_modes
@pytest.mark.parametrize("mode", ["live", None])
def test_a_live_start_asks_for_the_password_once_more(
    locked: Relay, operator: Person, start_bot: Callable[..., ForeignBot], mode: str | None
) -> None:
    """So does one of a bot that does not say whose money it is."""
    bot = start_bot(locked.url).come_up(mode=mode)
    make_old(locked)
    assert operator.ask("/api/v1/session").json["needs_proof"]
    refused = operator.command("start_bot")
    assert (refused.code, refused.json) == (403, {"ok": False, "error": NEEDS_PROOF, "needs": "proof"})
    with (
        socket_line(locked.url, cookie=operator.cookie) as page,
        socket_line(locked.url, cookie=operator.cookie) as client,
    ):
        page.join("/page")
        client.join("/")
        assert page.ask_as_page({"command": "resume", "id": "k"})["needs"] == "proof"
        assert client.ask({"command": "close_position"})["needs"] == "proof"
    assert operator.command("set_strategy", args={"name": "dca"}).json["needs"] == "proof"
    assert bot.commands == []
    assert operator.command("stop_bot").code == 200
    assert send(operator, "/api/v1/proof", {"password": "wrong"}).code == 401
    assert operator.command("start_bot").code == 403
    assert send(operator, "/api/v1/proof", {"password": OPERATOR_PASSWORD}).json == {"ok": True}
    assert not operator.ask("/api/v1/session").json["needs_proof"]
    assert operator.command("start_bot").code == 200
    assert [command["name"] for command in bot.commands] == ["stop_bot", "start_bot"]
    assert ("operator", "proof", "ok") in deeds(locked)
    assert [deed for deed in deeds(locked) if deed[1] == "start_bot" and deed[2] in (BEGUN, OK)][-2:] == [
        ("operator", "start_bot", "begun"),
        ("operator", "start_bot", "ok"),
    ]


def test_a_script_starts_a_live_bot_without_a_password(locked: Relay, start_bot: Callable[..., ForeignBot]) -> None:
    start_bot(locked.url).come_up(mode="live")
    assert locked.command("start_bot")[0] == 200


def test_only_the_sessions_own_password_proves_it(locked: Relay, operator: Person) -> None:
    assert send(operator, "/api/v1/proof", {"password": VIEWER_PASSWORD}).code == 401
    viewer = come_in(locked, VIEWER_PASSWORD)
    assert send(viewer, "/api/v1/proof", {"password": OPERATOR_PASSWORD}).code == 401
    assert viewer.ask("/api/v1/session").json["role"] == "viewer"
    assert send(viewer, "/api/v1/proof", {"password": VIEWER_PASSWORD}).code == 200


def test_a_proof_without_a_password_is_told_what_it_takes(operator: Person) -> None:
    bodies: tuple[object, ...] = (None, [], {}, {"password": 1}, {"password": None})
    for body in bodies:
        answer = send(operator, "/api/v1/proof", body)
        assert answer.code == 400
        assert "password" in answer.json["error"]


def test_guesses_at_a_proof_have_to_wait_like_those_at_a_login(own: Relay) -> None:
    """Both doors count together."""
    operator = come_in(own, OPERATOR_PASSWORD)
    proofs = [send(operator, "/api/v1/proof", {"password": f"guess {number}"}).code for number in range(5)]
    logins = [Person(own.url).log_in(f"guess {number}").code for number in range(4)]
    assert proofs == [401] * 5
    assert 429 in logins
    assert 429 in [send(operator, "/api/v1/proof", {"password": "guess"}).code for _ in range(4)]


def test_a_viewers_password_buys_no_more_guesses_at_the_operators(own: Relay) -> None:
    codes = []
    for number in range(12):
        if number % 3 == 2:
            Person(own.url).log_in(VIEWER_PASSWORD)
        codes.append(Person(own.url).log_in(f"guess {number}").code)
    assert 429 in codes


def test_the_operator_sees_who_is_logged_in_and_ends_one(own: Relay) -> None:
    operator = come_in(own, OPERATOR_PASSWORD)
    viewer = come_in(own, VIEWER_PASSWORD)
    listed = operator.ask("/api/v1/sessions").json["sessions"]
    assert [(one["role"], one["is_current"]) for one in listed] == [("viewer", False), ("operator", True)]
    assert all(len(one["key"]) == 12 and one["address"] == "127.0.0.1" for one in listed)
    ended = operator.ask(f"/api/v1/sessions/{listed[0]['key']}", method="DELETE", X_CSRF_Token=operator.csrf)
    assert ended.json == {"ok": True}
    assert viewer.ask("/api/v1/session").code == 401
    again = operator.ask(f"/api/v1/sessions/{listed[0]['key']}", method="DELETE", X_CSRF_Token=operator.csrf)
    assert again.code == 404
    assert ("operator", "revoke_session", "ok") in deeds(own)


def test_no_session_is_ended_without_the_csrf_header_or_by_a_part_of_a_key(operator: Person) -> None:
    key = operator.ask("/api/v1/sessions").json["sessions"][0]["key"]
    assert operator.ask(f"/api/v1/sessions/{key}", method="DELETE").code == 403
    assert operator.ask(f"/api/v1/sessions/{key[:6]}", method="DELETE", X_CSRF_Token=operator.csrf).code == 404
    assert operator.ask("/api/v1/session").code == 200


def test_what_people_do_is_written_down(own: Relay, start_bot: Callable[..., ForeignBot]) -> None:
    operator = come_in(own, OPERATOR_PASSWORD)
    start_bot(own.url).come_up()
    operator.command("set_strategy", args={"strategy": "dca", "params": {}})
    own.command("stop_bot", bot_id="nobody")
    send(operator, "/api/v1/backtests", {"strategy": "dca", "file": "none.csv"})
    operator.post("/logout", {"csrf_token": operator.csrf})
    entries = written(own)
    assert [(entry["action"], entry["outcome"] == "ok") for entry in entries] == [
        ("login", True),
        ("set_strategy", True),
        ("stop_bot", False),
        ("backtest_start", False),
        ("logout", True),
    ]
    assert entries[0]["who"] == entries[-1]["who"]
    assert entries[0]["who"].startswith("operator by session ")
    assert entries[2]["who"] == "operator by token"
    assert {entry["address"] for entry in entries} == {"127.0.0.1"}
    assert "dca" in entries[1]["detail"]
    assert OPERATOR_PASSWORD not in json.dumps(entries)
    assert API_TOKEN not in json.dumps(entries)


def test_wrong_passwords_are_written_down_once_a_second_and_counted(own: Relay) -> None:
    guesser = Person(own.url)
    codes = [guesser.log_in(f"guess {number}").code for number in range(6)]
    looked_at = codes.count(401)

    def counted() -> int:
        rows = [entry["detail"] for entry in written(own) if entry["outcome"] == "wrong password"]
        return sum(int(detail.partition(" ")[0]) if detail else 1 for detail in rows)

    eventually(lambda: counted() == looked_at, 5, what=counted)


def test_the_audit_is_read_page_by_page(own: Relay) -> None:
    for number in range(5):
        own.command("stop_bot", id=f"k{number}")
    newest = own.get("/api/v1/audit?limit=2")[1]["entries"]
    older = own.get(f"/api/v1/audit?limit=2&before_seq={newest[-1]['seq']}")[1]
    assert [entry["seq"] for entry in newest + older["entries"]] == [5, 4, 3, 2]
    assert "fault" not in older
    for query in ("limit=0", "limit=x", "before_seq=-1", "limit=" + "9" * 30):
        code, body = own.get(f"/api/v1/audit?{query}")
        assert code == 400
        assert "whole number" in body["error"]


def test_a_changed_row_is_told_with_the_audit(own: Relay) -> None:
    own.command("stop_bot")
    Credentials(own.data_dir).run("UPDATE deck_audit SET who = 'somebody else'")
    assert "Row 1 " in own.get("/api/v1/audit")[1]["fault"]


def test_a_viewers_role_is_looked_at_anew_with_each_request(locked: Relay) -> None:
    cookie = Credentials(locked.data_dir).session(Role.VIEWER).cookie
    for path in ("/api/v1/sessions", "/api/v1/audit"):
        assert Person(locked.url).ask(path, Cookie=cookie).code == 403
