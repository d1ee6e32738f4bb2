"""The HTTP side, for scripts and for whoever watches over the process."""

from __future__ import annotations

import csv
import io
import threading
import urllib.error
import urllib.request
from collections.abc import Callable

from tests.support import messages
from tests.support.credentials import Credentials
from tests.support.foreign_bot import Command, ForeignBot
from tests.support.person import Person
from tests.support.relay import API_TOKEN, Relay


def ask(url: str, *, body: bytes | None = None, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(url, body, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_it_is_ready_when_a_bot_is_connected_and_its_feed_fresh(relay: Relay, bot: ForeignBot) -> None:
    assert relay.get("/healthz") == (200, {"status": "ok"})
    bot.call("heartbeat", messages.heartbeat())
    assert relay.get("/readyz")[0] == 200
    bot.call("heartbeat", messages.heartbeat(feed_age_ms=60_000))
    code, body = relay.get("/readyz")
    assert code == 503
    assert "feed" in body["error"]


def test_it_is_not_ready_without_a_bot(relay: Relay) -> None:
    assert relay.get("/readyz") == (503, {"error": "No bot has connected yet."})
    assert relay.get("/api/v1/status") == (404, {"error": "No bot has connected yet."})


def test_errors_are_one_sentence_with_the_right_code(relay: Relay, bot: ForeignBot) -> None:
    assert relay.get("/api/v1/trades?limit=many")[0] == 400
    assert relay.get(f"/api/v1/trades?before_seq={'9' * 20}") == (
        400,
        {"error": f"args.before_seq: must be a whole number from 1 to 999999999999999, got {'9' * 20}."},
    )
    assert relay.get("/api/v1/status?bot_id=nobody")[0] == 404
    assert relay.get("/api/v1/nothing")[0] == 404
    assert "error" in relay.get("/api/v1/nothing")[1]
    assert relay.command("dance")[0] == 400
    for method, path, allowed in (
        ("POST", "/api/v1/status", "GET"),
        ("GET", "/api/v1/command", "POST"),
        ("PATCH", "/api/v1/backtests/x", "GET, DELETE"),
        ("POST", "/healthz", "GET"),
        ("POST", "/readyz", "GET"),
        ("DELETE", "/metrics", "GET"),
    ):
        answer = Person(relay.url).ask(path, b"{}", method, Authorization=f"Bearer {API_TOKEN}")
        assert (answer.code, answer.headers["Allow"]) == (405, allowed)
        assert f"not {method}." in answer.json["error"]
    assert ask(f"{relay.url}/api/v1/command", body=b'{"command": [1]}', Content_Type="application/json")[0] == 400
    assert relay.command("get_trades", args={"limit": 0})[0] == 400
    assert relay.command("start_bot", bot_id="nobody")[0] == 404
    bot.answer = lambda command: {"ok": False, "error": "Halted: resume first."}
    assert relay.command("start_bot") == (409, {"ok": False, "error": "Halted: resume first."})


def test_a_bot_that_does_not_answer_is_a_gateway_that_is_late(relay: Relay, bot: ForeignBot) -> None:
    go = threading.Event()

    def never_in_time(command: Command) -> None:
        go.wait(30)

    bot.answer = never_in_time
    code, answer = relay.command("start_bot")
    go.set()
    assert (code, "did not answer within 5 s" in answer["error"]) == (504, True)


def test_what_cannot_be_written_down_is_the_relays_fault_and_not_the_bots(relay: Relay, bot: ForeignBot) -> None:
    Credentials(relay.data_dir).run("ALTER TABLE tape_commands RENAME TO elsewhere")
    code, answer = relay.command("start_bot")
    assert (code, "cannot be written down" in answer["error"]) == (503, True)


def test_a_wrong_token_and_a_foreign_page_are_turned_away(relay: Relay, bot: ForeignBot) -> None:
    command, body = f"{relay.url}/api/v1/command", b'{"command": "start_bot"}'
    json_type = {"Content_Type": "application/json"}
    assert ask(f"{relay.url}/api/v1/status", Authorization="Bearer wrong")[0] == 401
    assert ask(f"{relay.url}/api/v1/status", Authorization="Bearer")[0] == 401
    assert ask(f"{relay.url}/api/v1/status", Authorization=f"bearer  {API_TOKEN}")[0] == 200
    assert ask(command, body=body, Origin="http://evil.example", **json_type)[0] == 403
    assert ask(command, body=body, Host="evil.example", **json_type)[0] == 403
    assert ask(command, body=body, Content_Type="text/plain")[0] == 400
    assert bot.commands == []
    assert ask(command, body=body, Origin=relay.url, **json_type)[0] == 200


def test_all_trades_as_csv_hold_no_formula(relay: Relay, bot: ForeignBot) -> None:
    bot.trade_in_one_loop(range(1_200))
    bot.emit("trade_executed", messages.trade(1_200, reason='=HYPERLINK("x"), "quoted"'))
    bot.wait_for_answers(1_201)
    rows = list(csv.DictReader(io.StringIO(relay.get("/api/v1/trades.csv")[1])))
    assert [row["id"] for row in rows] == [messages.trade_id(number) for number in reversed(range(1_201))]
    assert rows[0]["reason"] == '\'=HYPERLINK("x"), "quoted"'
    assert rows[0]["price"] == messages.trade(1_200)["price"]


def test_no_column_of_text_holds_a_formula(relay: Relay, start_bot: Callable[..., ForeignBot]) -> None:
    bot = start_bot(relay.url, "=bot").connect()
    for number, start in enumerate("=+-@\t\r"):
        texts = dict.fromkeys(("symbol", "fee_currency", "reason", "order_id"), f"{start}1")
        assert bot.call("trade_executed", messages.trade(1, id=f"{start}{number}", pnl="-1", **texts)) == {"ok": True}
    rows = list(csv.DictReader(io.StringIO(relay.get("/api/v1/trades.csv?bot_id=%3Dbot")[1], newline="")))
    assert len(rows) == 6
    for row in rows:
        assert row["pnl"] == "-1", "a number is no text"
        for name in ("bot_id", "id", "symbol", "fee_currency", "reason", "order_id"):
            assert row[name].startswith("'"), (name, row[name])


def test_prometheus_gets_its_figures(relay: Relay, bot: ForeignBot) -> None:
    text = relay.get("/metrics")[1]
    assert "tapedeck_bots_connected 1.0" in text
    assert 'tapedeck_bot_events_total{type="status"} 1.0' in text
