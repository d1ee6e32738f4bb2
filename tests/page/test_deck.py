"""The reducer: what the page holds after each frame."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.page.conftest import Scripts

NOW = 1_000_000
Message = dict[str, Any]


class Deck:
    """A picture and the frames that are folded into it."""

    def __init__(self, scripts: Scripts) -> None:
        self.scripts = scripts
        self.picture = scripts.call("deck.start")

    def fold(self, *messages: Message, hello: Message | None = None, hidden: bool = False, **frame: Any) -> Deck:
        full = {"hello": hello, "messages": list(messages), "outcomes": [], "ts": NOW, **frame}
        seqs = [message["seq"] for message in messages if "seq" in message]
        if hello and hello["kind"] == "snapshot":
            seqs.append(hello["seq"])
        body = "const next = scripts.deck.fold(a, b, c, d); return e === null ? next : scripts.deck.reach(next, e, d);"
        self.picture = self.scripts.run(body, self.picture, full, NOW, hidden, max(seqs, default=None))
        return self

    def live(self) -> Deck:
        return self.fold(hello=hello("snapshot", 0))

    @property
    def bot(self) -> Message:
        found: Message = self.picture["per"]["b"]
        return found

    @property
    def told(self) -> list[str]:
        return [item["kind"] for item in self.picture["news"]["items"]]


def hello(kind: str, seq: int, tape: str = "T") -> Message:
    return {"kind": kind, "tape": tape, "seq": seq, "bots": [{"bot_id": "b", "name": "B", "connected": True}]}


def message(kind: str, data: Message, seq: int | None = None) -> Message:
    return {"type": kind, "bot_id": "b", "ts": NOW, "data": data, **({} if seq is None else {"seq": seq})}


def price(text: str, ts: int) -> Message:
    return message("price", {"symbol": "A/B", "price": text, "ts": ts})


def trade(seq: int, pnl: str | None = None) -> Message:
    data = {"id": f"t{seq}", "ts": NOW, "symbol": "A/B", "side": "buy", "price": "1", "amount": "1", "pnl": pnl}
    return message("trade", data, seq)


def status(seq: int, state: str) -> Message:
    return message("status", {"state": state, "position": None}, seq)


def candle(ts: int, close: str, **fields: Any) -> Message:
    body = {"symbol": "A/B", "timeframe": "1m", "ts": ts, "open": "1", "high": "9", "low": "1", "close": close}
    return message("candle", {**body, "volume": "1", "closed": False, **fields})


@pytest.fixture
def deck(scripts: Scripts) -> Deck:
    return Deck(scripts)


def test_the_newest_price_is_the_last_of_a_frame_and_all_are_points(deck: Deck) -> None:
    deck.live().fold(price("1.10", 10), price("1.20", 20))
    assert deck.bot["price"]["text"] == "1.20"
    assert [point["text"] for point in deck.bot["points"]] == ["1.10", "1.20"]


def test_prices_that_are_known_are_merged_by_time(deck: Deck) -> None:
    deck.live().fold(price("1", 10), price("2", 20)).fold(price("1", 10), price("2", 20), price("3", 30))
    assert [point["text"] for point in deck.bot["points"]] == ["1", "2", "3"]


def test_a_market_whose_clock_went_back_starts_its_chart_anew(deck: Deck) -> None:
    deck.live().fold(price("1", 900_000)).fold(price("2", 1_000))
    assert [point["text"] for point in deck.bot["points"]] == ["2"]
    assert deck.bot["price"]["text"] == "2"


def test_a_line_that_is_back_and_repeats_minutes_of_prices_changes_nothing(scripts: Scripts) -> None:
    """Three hundred prices come with each resume, which at a price a second reach five minutes back."""
    held = scripts.run(
        """
        const frame = (messages, hello) => ({hello, messages, outcomes: [], ts: d});
        const fold = (picture, given) => scripts.deck.fold(picture, given, d, false);
        const before = fold(fold(scripts.deck.start(), frame([], a)), frame(c, null));
        const after = fold(before, frame(c.filter(({type}) => type === "price"), b));
        const [one, two] = [before.per.b, after.per.b];
        return {same: ["points", "candles", "today"].map((name) => one[name] === two[name]), today: two.today.pnl,
                points: two.points.length, candles: two.candles.length};
        """,
        hello("snapshot", 0),
        hello("resume", 1),
        [*(price(str(ts), ts) for ts in range(700_000, NOW + 1, 1000)), trade(1, pnl="12.40"), candle(0, "1")],
        NOW,
    )
    assert held == {"same": [True, True, True], "today": "12.40", "points": 301, "candles": 1}


def test_a_clock_that_went_back_while_the_line_was_away_starts_the_chart_anew(deck: Deck) -> None:
    old = [price(str(ts), ts) for ts in range(700_000, NOW, 1000)]
    deck.live().fold(*old)
    deck.fold(*old[-50:], price("1", 1_000), price("2", 2_000), hello=hello("resume", 0))
    assert [point["text"] for point in deck.bot["points"]] == ["1", "2"]


def test_a_forming_candle_changes_in_place(deck: Deck) -> None:
    deck.live().fold(candle(0, "1"), candle(60, "2")).fold(candle(60, "3")).fold(candle(120, "4"))
    assert [(one["ts"], one["close"]) for one in deck.bot["candles"]] == [(0, "1"), (60, "3"), (120, "4")]


def test_another_timeframe_starts_the_candles_anew(deck: Deck) -> None:
    deck.live().fold(candle(0, "1")).fold(candle(0, "2", timeframe="5m"))
    assert [one["close"] for one in deck.bot["candles"]] == ["2"]


def test_what_a_frame_does_not_change_stays_the_same_object(scripts: Scripts) -> None:
    same = scripts.run(
        """
        const frame = (messages) => ({hello: null, messages, outcomes: [], ts: b});
        const before = scripts.deck.fold(scripts.deck.start(), frame([a, c]), b, false);
        const after = scripts.deck.fold(before, frame([{...a, data: {...a.data, ts: 20}}]), b, false);
        const [one, two] = [before.per.b, after.per.b];
        return [before.trades === after.trades, before.activity === after.activity, before.news === after.news,
                one.candles === two.candles, one.status === two.status, one.points === two.points];
        """,
        price("1", 10),
        NOW,
        candle(0, "1"),
    )
    assert same == [True, True, True, True, True, False]


def test_a_snapshot_replaces_the_trades_and_counts_each_once(deck: Deck) -> None:
    deck.fold(trade(1), trade(2), hello=hello("snapshot", 2)).fold(trade(3))
    deck.fold(trade(2), trade(3), trade(4), hello=hello("snapshot", 4))
    assert [one["id"] for one in deck.picture["trades"]["list"]] == ["t2", "t3", "t4"]
    assert deck.picture["trades"]["count"] == 4


def test_another_tape_counts_from_its_beginning(deck: Deck) -> None:
    deck.fold(trade(1), trade(2), hello=hello("snapshot", 2)).fold(trade(1), hello=hello("snapshot", 1, tape="U"))
    assert deck.picture["trades"]["count"] == 1


@pytest.mark.parametrize(("name", "make"), [("trades", trade), ("activity", None)])
def test_what_grows_has_a_limit(deck: Deck, name: str, make: Callable[[int], Message] | None) -> None:
    limit = deck.scripts.run("return scripts.deck.LIMITS[a];", name)
    made = make or (lambda seq: message("log", {"ts": NOW, "level": "info", "message": str(seq)}))
    deck.live().fold(*(made(seq) for seq in range(1, limit + 51)))
    assert len(deck.picture[name]["list"]) == limit
    assert deck.picture[name]["count"] == limit + 50


def test_points_over_the_limit_keep_one_a_second_and_the_newest_as_they_came(deck: Deck) -> None:
    deck.live().fold(*(price(str(i), i * 100) for i in range(1, 2001)))
    points = [point["ts"] for point in deck.bot["points"]]
    limit = deck.scripts.run("return scripts.deck.LIMITS.points;")
    assert len(points) <= limit
    assert points[-1] == 200_000 and points[-2] == 199_900
    older = points[:-400]
    assert all(later - earlier >= 1000 for earlier, later in pairwise(older))


def test_a_snapshot_tells_nothing(deck: Deck) -> None:
    deck.fold(trade(1), status(2, "running"), hello=hello("snapshot", 2))
    assert deck.told == []


def test_a_live_trade_is_told(deck: Deck) -> None:
    assert deck.live().fold(trade(1)).told == ["trade"]


def test_start_and_stop_are_told_once_when_they_have_settled(deck: Deck) -> None:
    deck.live().fold(status(1, "running"), status(2, "stopping"), status(3, "stopped"), status(4, "stopped"))
    assert [item["state"] for item in deck.picture["news"]["items"]] == ["stopped"]


def test_a_bot_that_was_away_and_runs_again_has_not_started(deck: Deck) -> None:
    deck.live().fold(status(1, "running"), status(2, "offline"), status(3, "running"))
    assert deck.told == []


def test_a_short_absence_with_few_trades_tells_each(deck: Deck) -> None:
    deck.live().fold(trade(1), trade(2), hello=hello("resume", 2), absentMs=2000)
    assert deck.told == ["trade", "trade"]


@pytest.mark.parametrize(("absent_ms", "trades"), [(10_000, 3), (1_000, 5)])
def test_a_long_absence_or_many_trades_come_as_one_digest(deck: Deck, absent_ms: int, trades: int) -> None:
    missed = [trade(seq, pnl="4.10") for seq in range(1, trades + 1)]
    deck.live().fold(*missed, hello=hello("resume", trades), absentMs=absent_ms)
    [digest] = deck.picture["news"]["items"]
    assert (digest["kind"], digest["trades"]) == ("digest", trades)
    assert digest["earned"] == {"B": f"{4.1 * trades:.2f}"}


def test_what_was_earned_in_different_currencies_is_not_added_up(deck: Deck) -> None:
    euros = trade(2, pnl="-2")
    euros["data"]["symbol"] = "A/EUR"
    deck.live().fold(trade(1, pnl="12.40"), euros, trade(3, pnl="0.10"), hello=hello("resume", 3), absentMs=60_000)
    assert [digest["earned"] for digest in deck.picture["news"]["items"]] == [{"B": "12.50", "EUR": "-2"}]


def test_a_digest_waits_until_the_page_has_caught_up(deck: Deck) -> None:
    deck.live().fold(*(trade(seq) for seq in range(1, 4)), hello=hello("resume", 9), absentMs=60_000)
    assert deck.told == []
    deck.fold(*(trade(seq) for seq in range(4, 10)))
    assert [item["trades"] for item in deck.picture["news"]["items"]] == [9]


def test_what_came_while_nobody_looked_comes_as_one_digest(deck: Deck) -> None:
    deck.live().fold(trade(1), hidden=True).fold(trade(2), hidden=True)
    assert deck.told == []
    deck.picture["news"] = deck.scripts.call("news.look", deck.picture["news"])
    assert [(item["kind"], item["trades"]) for item in deck.picture["news"]["items"]] == [("digest", 2)]


def test_what_comes_in_a_late_frame_is_as_old_as_the_frame(deck: Deck) -> None:
    deck.live().fold(price("1", 10), lateMs=600_000)
    assert deck.bot["feed"]["at"] == deck.bot["heard"] == NOW - 600_000


def test_that_a_bot_is_offline_is_not_a_word_of_the_bot(deck: Deck) -> None:
    deck.live().fold(price("1", 10), ts=NOW + 5_000)
    deck.fold({**status(1, "offline"), "ts": NOW + 5_000}, ts=NOW + 5_000)
    assert deck.bot["heard"] == NOW - 5_000


def test_each_bot_has_the_result_of_its_own_day(deck: Deck) -> None:
    deck.live().fold(trade(1, pnl="12.40"), {**trade(2, pnl="-1"), "bot_id": "c"}, trade(3, pnl="0.10"))
    assert deck.bot["today"]["pnl"] == "12.50"
    assert deck.picture["per"]["c"]["today"]["pnl"] == "-1"


def test_a_snapshot_that_may_lack_older_trades_says_so(deck: Deck) -> None:
    trades = [trade(seq, pnl="1") for seq in range(1, 501)]
    deck.fold(*trades[:-1], hello=hello("snapshot", 499))
    assert deck.bot["today"]["since"] is None
    deck.fold(*({**one, "data": {**one["data"], "ts": 50_000_000}} for one in trades), hello=hello("snapshot", 500))
    assert deck.bot["today"]["since"] == 50_000_000


def test_trades_of_another_bot_that_came_late_reach_no_further_back_for_this_one(scripts: Scripts) -> None:
    late = [{**trade(seq), "bot_id": "c"} for seq in range(1, 501)]
    for one in late:
        one["data"] = {**one["data"], "ts": 5}
        one["ts"] = 50_000_000
    deck = Deck(scripts).fold(price("1", 50_000_001), *late, hello=hello("snapshot", 500))
    assert deck.bot["today"]["since"] == 50_000_000


def test_a_day_by_another_clock_is_as_incomplete_as_before(scripts: Scripts) -> None:
    again = scripts.call("today.again", [], "b", 50_000_000, 49_999_000)
    assert again["since"] == 49_999_000
    assert scripts.call("today.again", [], "b", 50_000_000, None)["since"] is None
