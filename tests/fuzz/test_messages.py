"""Whatever a bot, a page or a script sends, it is taken or refused in one sentence; nothing else comes of it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pytest
from engineio.socket import Socket
from hypothesis import example, given
from hypothesis import strategies as st

from bot.events import BOT_EVENTS, TYPES, InvalidMessage, parse, to_wire
from bot.questions import QUESTIONS, InvalidQuestion, parse_question
from relay.access.visitor import Means, Role, Visitor
from relay.backtest_asked import Rejected, parse_backtest, parse_download
from relay.commands import ACTS, READS
from relay.history import safe_name
from relay.server import Relay
from relay.trade_filter import InvalidFilter, parse_filter
from tests.support import messages
from tests.support.nonsense import ANY_TEXT, JSON, NASTY
from tests.support.relay import BOT_TOKEN
from tests.support.relay_app import relay_parts
from tests.support.runs import runs

T = TypeVar("T")
MANY = runs(500)
SOME = runs(200)
SOMEBODY = Visitor(role=Role.OPERATOR, means=Means.TOKEN, address="127.0.0.1")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """A relay with one bot, which does whatever it is told."""
    with relay_parts(Path(tmp_path_factory.mktemp("relay"))) as made, connected(made, answers=True) as bot:
        made.doors._message(bot, f'0/bot,{{"token":"{BOT_TOKEN}","bot_id":"bot-1"}}')
        yield made


class Obliging(Socket):  # type: ignore[misc]  # engineio ships no types
    """A client that acknowledges each command at once; it keeps nothing of what is sent to it."""

    def __init__(self, parts: Relay, eio_sid: str, *, answers: bool) -> None:
        super().__init__(parts.socketio.server.eio, eio_sid)
        self.queue = self
        self._parts = parts
        self._answers = answers

    def put(self, packet: Any) -> None:
        found = re.match(r'2/bot,(\d+)\["command"', str(packet.data))
        if found and self._answers:
            self._parts.doors._message(self.sid, f'3/bot,{found[1]}[{{"ok":true,"data":{{}}}}]')

    def check_ping_timeout(self) -> bool:
        """It is there however long a slow machine takes over the examples, though it never says so."""
        return True

    def empty(self) -> bool:
        return True

    def qsize(self) -> int:
        return 0


def is_sentence(text: str) -> bool:
    return bool(text.strip()) and len(text) < 10_000


def taken(refusal: type[Exception], parse: Callable[..., T], *given: Any) -> T | None:
    """What became of it, None where it was refused in a sentence; any other exception is a fault."""
    try:
        return parse(*given)
    except refusal as refused:
        sentence = str(refused)
    assert is_sentence(sentence), sentence
    return None


@st.composite
def payloads(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A bot's event with some of its fields spoilt."""
    event = draw(st.sampled_from(sorted(BOT_EVENTS)))
    names = [field.name for field in fields(TYPES[BOT_EVENTS[event]])]
    good: dict[str, Any] = {
        "id": "i",
        "ts": 1,
        "symbol": "B/Q",
        "price": "1",
        "amount": "1",
        "side": "buy",
        "state": "running",
        **dict.fromkeys(("open", "high", "low", "close", "volume"), "1"),
        "timeframe": "1m",
        "closed": True,
        "level": "info",
        "title": "t",
        "message": "m",
    }
    spoilt = draw(st.dictionaries(st.sampled_from(names) | ANY_TEXT, JSON, max_size=4))
    return event, {**{name: good[name] for name in names if name in good}, **spoilt}


@MANY
@given(case=payloads() | st.tuples(ANY_TEXT | st.sampled_from(sorted(BOT_EVENTS)), JSON))
def test_an_event_is_taken_or_refused_in_a_sentence(case: tuple[str, Any]) -> None:
    event, payload = case
    message = taken(InvalidMessage, parse, event, payload)
    if message is not None:
        assert parse(event, orjson.loads(orjson.dumps(to_wire(message)))) == message


@SOME
@given(name=st.sampled_from(sorted(QUESTIONS)), args=JSON)
def test_a_question_is_taken_or_refused_in_a_sentence(name: str, args: Any) -> None:
    taken(InvalidQuestion, parse_question, name, args)


@SOME
@given(args=st.dictionaries(st.sampled_from(["side", "result", "search", "x"]), JSON))
def test_a_filter_of_trades_is_taken_or_refused_in_a_sentence(args: dict[str, Any]) -> None:
    taken(InvalidFilter, parse_filter, args)


BACKTEST = {"strategy": "ema_cross", "file": "BTC_USDT-1m.csv"}
DOWNLOAD = {"exchange": "binance", "symbol": "BTC/USDT", "timeframe": "1m", "from": "2024-01-01"}
FIELDS = st.sampled_from(["strategy", "params", "file", "timeframe", "paper", "from", "to", "exchange", "symbol", "x"])
SPOILT = st.dictionaries(FIELDS, JSON, max_size=4)


@SOME
@given(body=st.builds(lambda spoilt: {**BACKTEST, **spoilt}, SPOILT) | JSON)
def test_a_backtest_is_taken_or_refused_in_a_sentence(body: Any) -> None:
    taken(Rejected, parse_backtest, body)


@SOME
@given(body=st.builds(lambda spoilt: {**DOWNLOAD, **spoilt}, SPOILT) | JSON)
def test_a_download_that_is_taken_names_a_plain_file(body: Any) -> None:
    asked = taken(Rejected, parse_download, body)
    if asked is not None:
        assert safe_name(asked.file) == asked.file
        assert all(not part.startswith("-") or part in KNOWN_OPTIONS for part in asked.arguments(Path("/x.csv")))


KNOWN_OPTIONS = {"--exchange", "--symbol", "--timeframe", "--from", "--to", "--out", "--progress"}
SPOILT_ARGS = st.dictionaries(
    st.sampled_from(["side", "limit", "before_seq", "timeframe", "result", "search", "bots", "x"]), JSON, max_size=3
)
COMMANDS = st.one_of(
    st.fixed_dictionaries({"command": st.sampled_from(sorted(ACTS | READS)), "args": SPOILT_ARGS}),
    st.fixed_dictionaries(
        {"command": st.sampled_from(sorted(ACTS | READS)) | JSON},
        optional={"bot_id": st.just("bot-1") | JSON, "id": ANY_TEXT | NASTY, "args": JSON, "x": JSON},
    ),
    JSON,
)


@MANY
@example(payload={"command": "test_trade", "args": {"side": "\ud800"}})
@example(payload={"command": "test_trade", "args": {"amount": 2**70}})
@example(payload={"command": "start_bot", "id": "\0"})
@example(payload={"command": "get_trades", "args": {"before_seq": 2**62, "side": "buy"}})
@given(payload=COMMANDS)
def test_a_command_is_done_or_refused_in_a_sentence(parts: Relay, payload: Any) -> None:
    outcome = parts.guard.run(payload, SOMEBODY)
    assert outcome["ok"] in (True, False)
    assert outcome["ok"] or is_sentence(outcome["error"])
    orjson.dumps(outcome)


WHOLE = JSON.map(json.dumps)
LINES = st.one_of(
    ANY_TEXT,
    st.binary(max_size=40),
    st.builds("{}{}{}".format, st.sampled_from("0123456789"), st.sampled_from(["", "/page,", "/bot,", "/x,"]), WHOLE),
    st.builds('2/page,["sync",{}]'.format, WHOLE),
    st.builds('2/bot,{}["{}",{}]'.format, st.integers(), st.sampled_from(sorted(BOT_EVENTS)), WHOLE),
    st.builds("3/bot,{}[{}]".format, st.integers(), WHOLE),
    st.builds("0{},{}".format, st.sampled_from(["", "/page", "/bot", "/page?x=1"]), WHOLE),
    st.sampled_from(["[" * 5_000, "2" + "[" * 5_000, "5" + "9" * 50 + "-", '51-["x",{"_placeholder":true,"num":0}]']),
)


@contextmanager
def connected(parts: Relay, *, answers: bool = False) -> Iterator[str]:
    """Engine.IO's session of a client that came just now."""
    server = parts.socketio.server
    eio_sid = f"client-{next(NUMBER)}"
    server.eio.sockets[eio_sid] = Obliging(parts, eio_sid, answers=answers)
    server._handle_eio_connect(
        eio_sid, {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "wsgi.url_scheme": "http"}
    )
    yield eio_sid
    server._handle_eio_disconnect(eio_sid, "gone")
    server.eio.sockets.pop(eio_sid, None)


NUMBER = itertools.count()
ENVIRON = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "wsgi.url_scheme": "http"}


@MANY
@given(lines=st.lists(LINES, min_size=1, max_size=6))
def test_no_line_of_a_socket_gets_further_than_the_door(parts: Relay, lines: list[Any]) -> None:
    with connected(parts) as eio_sid:
        for line in lines:
            parts.doors._message(eio_sid, line)


def test_what_a_bot_sends_well_still_comes_in(parts: Relay) -> None:
    """After all that: the door was not closed for good."""
    with connected(parts) as eio_sid:
        parts.doors._message(eio_sid, f'0/bot,{{"token":"{BOT_TOKEN}","bot_id":"well"}}')
        parts.doors._message(eio_sid, f'2/bot,7["price_update",{orjson.dumps(messages.price()).decode()}]')
        assert parts.deck.newest("price", "well") is not None
