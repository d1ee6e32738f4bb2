"""Filters of trades: what the relay finds is what a filter of all trades would leave, on every database."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from relay import tape as tape_module
from relay.tape import Entry, Tape
from relay.trade_filter import EVERYTHING, InvalidFilter, TradeFilter, parse_filter
from tests.support import messages
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay

REASONS = ("EMA 9 crossed above EMA 21", "take profit at 1 %", "stop_loss at 0.5%", "100% \\ sure", "ÜBER \0 _", "")
PNLS = (None, "12.40", "-6.12", "0", "-0.00", "0.0000000000000000000000000001")
BOTS = ("bot-1", "bot-2")

trades = st.fixed_dictionaries(
    {
        "bot_id": st.sampled_from(BOTS),
        "side": st.sampled_from(("buy", "sell")),
        "pnl": st.sampled_from(PNLS),
        "reason": st.sampled_from(REASONS),
        "price": st.sampled_from(("43250.10", "0.02931")),
        "symbol": st.sampled_from(("BTC/USDT", "ETH/BTC")),
    }
)
filters = st.fixed_dictionaries(
    {},
    optional={
        "side": st.sampled_from(("buy", "sell")),
        "result": st.sampled_from(("won", "lost", "open")),
        "search": st.sampled_from(
            ("ema", "EMA 21", "%", "_", "\\", "über", "43250", "btc sell", "t-00003", "\0", "  ")
        ),
    },
)


def is_wanted(trade: dict[str, Any], args: dict[str, str]) -> bool:
    """The promise in plain words, with none of the relay's code."""
    pnl = None if trade["pnl"] is None else Decimal(trade["pnl"])
    results = {"won": pnl is not None and pnl > 0, "lost": pnl is not None and pnl < 0, "open": pnl is None}
    shown = [trade[name].lower().replace("\0", "") for name in ("id", "symbol", "side", "price", "reason")]
    words = args.get("search", "").lower().replace("\0", "").split()
    return (
        args.get("side") in (None, trade["side"])
        and ("result" not in args or results[args["result"]])
        and all(any(word in field for field in shown) for word in words)
    )


def stored(tape: Tape, made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put trades on the tape, an event of another kind after each; returns them newest first."""
    whole = [{**trade, "id": messages.trade_id(number)} for number, trade in enumerate(made)]
    for trade in whole:
        data = orjson.dumps({name: value for name, value in trade.items() if name != "bot_id"}).decode()
        kinds = (("trade", data), ("status", '{"state":"running"}'))
        tape.append([Entry(bot_id=trade["bot_id"], type=kind, id=trade["id"], ts=1, data=body) for kind, body in kinds])
    return whole[::-1]


def found(tape: Tape, args: dict[str, str], limit: int = 3, bot_id: str | None = None) -> list[str]:
    """Everything that page after page finds."""
    ids: list[str] = []
    before: int | None = None
    while before != 0:
        events, before = tape.trades(parse_filter(args), limit, bot_id=bot_id, before_seq=before)
        ids += [event.entry.id for event in events]
    return ids


@pytest.fixture
def short_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look goes through so few events that every search takes several."""
    monkeypatch.setattr(tape_module, "SEARCH_SPAN", 5)


@pytest.fixture
def new_tape(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Tape]]:
    opened: list[Tape] = []

    def new() -> Tape:
        opened.append(Tape(f"sqlite:///{tmp_path / f'{len(opened)}.db'}"))
        return opened[-1]

    yield new
    for tape in opened:
        tape.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(trades, max_size=20), args=filters, bot_id=st.sampled_from((None, *BOTS)))
def test_filtered_is_the_filter_of_all(
    new_tape: Callable[[], Tape],
    short_spans: None,
    made: list[dict[str, Any]],
    args: dict[str, str],
    bot_id: str | None,
) -> None:
    tape = new_tape()
    whole = stored(tape, made)
    wanted = [trade["id"] for trade in whole if bot_id in (None, trade["bot_id"]) and is_wanted(trade, args)]
    assert found(tape, args, bot_id=bot_id) == wanted


def test_every_database_finds_the_same(database_url: str, short_spans: None) -> None:
    tape = Tape(database_url)
    made = [
        {"bot_id": "b", "side": side, "pnl": pnl, "reason": reason, "price": "43250.10", "symbol": "BTC/USDT"}
        for side in ("buy", "sell")
        for pnl in PNLS
        for reason in REASONS
    ]
    whole = stored(tape, made)
    for args in (
        {"search": "%"},
        {"search": "_"},
        {"search": "\\"},
        {"search": "über"},
        {"search": "\0"},
        {"result": "won"},
        {"result": "lost", "side": "sell", "search": "EMA 21"},
        {"result": "open", "search": "T-0000"},
    ):
        assert found(tape, args, limit=7) == [trade["id"] for trade in whole if is_wanted(trade, args)], args
    tape.close()


def test_a_tape_from_before_is_made_searchable_at_the_start(database_url: str) -> None:
    tape = Tape(database_url)
    made = {"side": "buy", "pnl": None, "price": "1", "symbol": "BTC/USDT"}
    stored(tape, [{**made, "bot_id": "b", "reason": reason} for reason in ("first", "second", "third")])
    tape.close()
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM tape_trades WHERE seq > 1"))
    engine.dispose()
    again = Tape(database_url)
    assert found(again, {"search": "first"}) + found(again, {"search": "third"}) == ["t-00000", "t-00002"]
    again.close()


@pytest.mark.parametrize("before_seq", [10**15 - 1, 2**62])
def test_a_search_from_beyond_the_tape_goes_through_no_more_than_the_tape(database_url: str, before_seq: int) -> None:
    tape = Tape(database_url)
    made = {"bot_id": "b", "pnl": None, "reason": "", "price": "1", "symbol": "BTC/USDT"}
    stored(tape, [{**made, "side": side} for side in ("buy", "sell")])
    events, before = tape.trades(parse_filter({"side": "buy"}), 5, before_seq=before_seq)
    assert ([event.entry.id for event in events], before) == (["t-00000"], 0)
    tape.close()


def test_no_arguments_let_everything_through() -> None:
    assert parse_filter({}) == EVERYTHING
    assert parse_filter({"search": "  "}) == EVERYTHING
    assert parse_filter({"search": "Stop  LOSS", "side": "sell"}) == TradeFilter(side="sell", words=("stop", "loss"))


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ({"side": "long"}, "args.side: must be buy or sell, got 'long'."),
        ({"result": ["won"]}, "args.result: must be won, lost or open, got ['won']."),
        ({"search": "x" * 101}, "args.search: must be a text of at most 100 characters."),
        ({"search": 7}, "args.search: must be a text of at most 100 characters."),
    ],
)
def test_a_filter_that_cannot_be_used_is_refused_in_one_sentence(args: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidFilter) as refusal:
        parse_filter(args)
    assert str(refusal.value) == sentence


def ids(relay: Relay, **query: object) -> list[str]:
    code, body = relay.get(f"/api/v1/trades?{urlencode(query)}")
    assert code == 200, body
    return [trade["id"] for trade in body["trades"]]


def test_the_http_api_filters_and_pages(relay: Relay, bot: ForeignBot, start_bot: Callable[..., ForeignBot]) -> None:
    for number in range(6):
        bot.call("trade_executed", messages.trade(number, price="0123" if number == 2 else "7"))
    start_bot(relay.url, "bot-2").come_up().call("trade_executed", messages.trade(6))
    assert ids(relay, side="buy") == ["t-00004", "t-00002", "t-00000"]
    assert ids(relay, side="buy", limit=2) == ["t-00004", "t-00002"]
    assert ids(relay, result="won", search="trade 3") == ["t-00003"]
    assert ids(relay, search="0123") == []
    assert ids(relay, search="123") == ["t-00002"]
    assert ids(relay, bots="all", limit=2) == ["t-00006", "t-00005"]
    [_, last] = relay.get("/api/v1/trades?side=sell&limit=2")[1]["trades"]
    assert ids(relay, side="sell", before_seq=last["seq"]) == ["t-00001"]
    rows = list(csv.DictReader(io.StringIO(relay.get("/api/v1/trades.csv?side=buy&bot_id=bot-1")[1])))
    assert [row["id"] for row in rows] == ["t-00004", "t-00002", "t-00000"]
    for query, count in (("", 6), ("?bot_id=bot-2", 1), ("?bots=all", 7)):
        rows = list(csv.DictReader(io.StringIO(relay.get(f"/api/v1/trades.csv{query}")[1])))
        assert len(rows) == count, query


@pytest.mark.parametrize(
    "path", ["trades?side=long", "trades?bots=some", "trades.csv?result=even", "trades.csv?bots=some", "trades?limit=x"]
)
def test_a_wrong_filter_is_a_400(relay: Relay, bot: ForeignBot, path: str) -> None:
    code, body = relay.get(f"/api/v1/{path}")
    assert code == 400
    assert body["error"].startswith("args.")


def test_the_command_takes_the_same_filters(relay: Relay, bot: ForeignBot) -> None:
    for number in range(3):
        bot.call("trade_executed", messages.trade(number))
    answer = relay.command("get_trades", args={"result": "open", "search": "Trade 2"})[1]
    assert [trade["id"] for trade in answer["data"]["trades"]] == ["t-00002"]
    assert relay.command("get_trades", args={"side": 1})[0] == 400
