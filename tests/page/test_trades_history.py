"""Which trades the list shows: the newest from the line, older ones page by page, each once and in order."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.page.conftest import Scripts

TELL = """
let history = scripts.trades_history.start();
for (const [name, ...rest] of a) history = scripts.trades_history[name](history, ...rest);
return history;
"""


def trade(seq: int, **changes: Any) -> dict[str, Any]:
    plain = {"id": f"t{seq}", "seq": seq, "side": "buy", "pnl": None, "symbol": "BTC/USDT", "price": "43250.10"}
    return {**plain, "reason": f"reason {seq}", **changes}


def held(*seqs: int, epoch: int = 1) -> dict[str, Any]:
    """The page's trades, oldest first."""
    return {"epoch": epoch, "list": [trade(seq) for seq in seqs]}


def tell(scripts: Scripts, *steps: list[Any]) -> dict[str, Any]:
    history: dict[str, Any] = scripts.run(TELL, list(steps))
    return history


def seqs(history: dict[str, Any]) -> list[int]:
    return [one["seq"] for one in history["list"]]


def test_what_comes_over_the_line_is_added_at_its_end(scripts: Scripts) -> None:
    history = tell(scripts, ["take", held(1, 2)], ["take", held(1, 2, 5)])
    assert seqs(history) == [1, 2, 5]
    assert history["phase"] == "done", "a relay that sends fewer than 500 has no older ones"


def test_a_full_snapshot_leaves_older_ones_to_be_read(scripts: Scripts) -> None:
    history = tell(scripts, ["take", held(*range(301, 801))])
    assert history["phase"] == "idle"
    url = urlsplit(scripts.call("trades_history.address", history))
    assert url.path == "/api/v1/trades"
    assert parse_qs(url.query) == {"bots": ["all"], "limit": ["100"], "before_seq": ["301"]}


def test_a_page_of_older_trades_goes_before_the_rest_and_a_short_one_is_the_last(scripts: Scripts) -> None:
    first = tell(scripts, ["take", held(*range(301, 801))], ["ask"])
    page = [trade(seq) for seq in range(300, 200, -1)]
    more = scripts.call("trades_history.got", first, first["run"], page)
    assert seqs(more) == list(range(201, 801))
    assert more["phase"] == "idle"
    last = scripts.run("return scripts.trades_history.got(scripts.trades_history.ask(a), a.run, b);", more, page[:3])
    assert last["phase"] == "done"


def test_an_answer_to_an_older_question_is_dropped(scripts: Scripts) -> None:
    asked = tell(scripts, ["take", held(*range(301, 801))], ["ask"])
    other = scripts.call("trades_history.want", asked, {"search": "x"}, held(*range(301, 801)))
    assert scripts.call("trades_history.got", other, asked["run"], [trade(300)]) == other
    assert scripts.call("trades_history.failed", other, asked["run"], "no") == other


def test_a_failure_says_why_and_can_be_asked_again(scripts: Scripts) -> None:
    asked = tell(scripts, ["take", held(*range(301, 801))], ["ask"])
    failed = scripts.call("trades_history.failed", asked, asked["run"], "The relay did not answer.")
    assert scripts.call("trades.end", failed, True) == {"text": "The relay did not answer.", "button": "Retry"}
    assert scripts.call("trades_history.ask", failed)["phase"] == "loading"


def test_a_new_snapshot_starts_anew_with_the_same_wish(scripts: Scripts) -> None:
    history = tell(scripts, ["take", held(1, 2)], ["want", {"search": "reason 9"}, held(1, 2)])
    again = scripts.call("trades_history.take", history, held(8, 9, epoch=2))
    assert seqs(again) == [9]
    assert again["run"] > history["run"]


def test_of_the_newest_it_keeps_two_thousand_while_nobody_reads_further(scripts: Scripts) -> None:
    history = tell(scripts, ["take", held(*range(1, 1901))], ["take", held(*range(1, 2301))])
    assert seqs(history) == list(range(301, 2301))
    assert (history["phase"], history["oldest"]) == ("idle", 301)


def test_a_page_that_was_asked_for_before_the_list_was_cut_is_asked_for_again(scripts: Scripts) -> None:
    asked = tell(scripts, ["take", held(*range(101, 2001))], ["ask"], ["take", held(*range(101, 2301))])
    late = scripts.call("trades_history.got", asked, asked["run"], [trade(100)])
    assert (late["phase"], seqs(late)[0]) == ("idle", 301)


@pytest.mark.parametrize(
    ("wish", "changes", "expected"),
    [
        ({"filter": "buy"}, {"side": "buy"}, True),
        ({"filter": "sell"}, {"side": "buy"}, False),
        ({"filter": "won"}, {"pnl": "0.0000000000000000000001"}, True),
        ({"filter": "won"}, {"pnl": "0"}, False),
        ({"filter": "lost"}, {"pnl": "-1"}, True),
        ({"filter": "lost"}, {"pnl": None}, False),
        ({"search": "STOP loss"}, {"reason": "Loss, by the stop"}, True),
        ({"search": "stop loss"}, {"reason": "stop"}, False),
        ({"search": "eth 0.029"}, {"symbol": "ETH/BTC", "price": "0.02931"}, True),
        ({"search": "%"}, {"reason": "all of it"}, False),
    ],
)
def test_what_matches(scripts: Scripts, wish: dict[str, str], changes: dict[str, Any], expected: bool) -> None:
    assert (
        scripts.call("trades_history.matches", trade(1, **changes), {"filter": "all", "search": "", **wish}) is expected
    )


def test_a_price_may_be_typed_as_the_page_shows_it(scripts: Scripts) -> None:
    assert scripts.call("trades_history.wordsOf", "  sell   43,250.10 ") == "sell 43250.10"
    assert scripts.call("trades_history.wordsOf", "a,b 1,2") == "a,b 1,2"


def test_the_file_holds_what_is_shown(scripts: Scripts) -> None:
    assert scripts.call("trades_history.csv", {"filter": "all", "search": ""}) == "/api/v1/trades.csv?bots=all"
    wanted = scripts.call("trades_history.csv", {"filter": "lost", "search": "50 % & more"})
    assert parse_qs(urlsplit(wanted).query) == {"bots": ["all"], "result": ["lost"], "search": ["50 % & more"]}


@settings(max_examples=50, deadline=None)
@given(sizes=st.lists(st.integers(0, 250), min_size=1, max_size=4), sell_each=st.integers(1, 5))
def test_reading_to_the_end_shows_every_match_once_and_in_order(
    scripts: Scripts, sizes: list[int], sell_each: int
) -> None:
    everything = [trade(seq, side="sell" if seq % sell_each == 0 else "buy") for seq in range(1, 600 + sum(sizes))]
    body = """
    const match = (one) => scripts.trades_history.matches(one, {filter: "sell", search: ""});
    let known = 600, history = scripts.trades_history.start();
    const held = () => ({epoch: 1, list: a.slice(Math.max(0, known - 600), known)});
    history = scripts.trades_history.want(scripts.trades_history.take(history, held()), {filter: "sell"}, held());
    for (const size of [...b, 0, 0, 0, 0, 0, 0, 0, 0]) {
      known = Math.min(a.length, known + size);
      history = scripts.trades_history.take(history, held());
      if (history.phase !== "idle") continue;
      history = scripts.trades_history.ask(history);
      const page = a.filter((one) => match(one) && one.seq < history.oldest).reverse().slice(0, 100);
      history = scripts.trades_history.got(history, history.run, page);
    }
    return history.list.map((one) => one.seq);
    """
    shown = scripts.run(body, everything, sizes)
    known = min(len(everything), 600 + sum(sizes))
    assert shown == [one["seq"] for one in everything[:known] if one["side"] == "sell"]


@pytest.mark.parametrize(
    ("wish", "count", "phase", "text", "button"),
    [
        ({}, 0, "done", "No trades yet. They appear here the moment they happen.", ""),
        ({}, 3, "done", "", ""),
        ({"filter": "won"}, 0, "done", "No trade of this kind.", "Show all trades"),
        ({"search": "xyz"}, 0, "done", "No trade matches “xyz”.", "Show all trades"),
        ({"search": "xyz"}, 0, "loading", "Searching older trades…", ""),
        ({}, 3, "idle", "Reading older trades…", ""),
    ],
)
def test_what_stands_at_the_end(
    scripts: Scripts, wish: dict[str, str], count: int, phase: str, text: str, button: str
) -> None:
    history = {**tell(scripts, ["take", held(*range(1, count + 1))]), "phase": phase}
    history["wish"] = {"filter": "all", "search": "", **wish}
    assert scripts.call("trades.end", history, True) == {"text": text, "button": button}


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [
        ("43250.10", 11, "43,250.10"),
        ("0.000012345678", 11, "0.000012346"),
        ("0.02931", 11, "0.02931"),
        ("43250.123456789", 11, "43,250.1235"),
        ("123456789.123", 11, "123,456,789"),
        ("123456789.923", 11, "123,456,790"),
        ("1234567.89", 10, "1,234,568"),
        ("-1234567.89", 10, "−1,234,568"),
        ("-123456.78", 10, "−123,456.78"),
        ("1234567890123.45", 11, "1.235T"),
        ("-1234567890", 10, "−1.235B"),
        ("0.000000123456", 9, "0.0000001"),
        ("0.000000000001", 9, "<0.0000001"),
        ("-0.000000000001", 9, ">−0.000001"),
        ("0", 9, "0"),
        (None, 9, "–"),
    ],
)
def test_a_figure_fits_its_column(scripts: Scripts, value: str | None, width: int, text: str) -> None:
    assert scripts.call("format.fit", value, width) == text


@pytest.mark.parametrize(("price", "text"), [("43250.1", "43,250.10"), ("123456789.5", "123,456,790")])
def test_a_price_that_fills_its_column_has_no_decimals(scripts: Scripts, price: str, text: str) -> None:
    assert scripts.call("trade_row.view", trade(1, price=price), 0)["price"] == text


@pytest.mark.parametrize("pnl", ["1234567.89", "-1234567.89", "123456789.01", "-98765432109.87"])
def test_money_in_a_row_is_never_cut(scripts: Scripts, pnl: str) -> None:
    assert len(scripts.call("trade_row.view", trade(1, pnl=pnl), 0)["pnl"]) <= 11


def test_a_tiny_fee_is_rounded_for_reading_and_whole_in_the_title(scripts: Scripts) -> None:
    tiny = {"symbol": "ETH/BTC", "fee": "0.000000123456", "fee_currency": "BTC", "pnl": "0.00000004321"}
    row, exact = (scripts.call(f"trade_row.{name}", trade(1, **tiny)) for name in ("view", "exact"))
    assert (row["fee"], exact["fee"]) == ("0.0000001", "0.000000123456 BTC")
    assert (row["pnl"], exact["pnl"]) == ("+0.00000004", "0.00000004321 BTC")


def test_a_trade_of_another_day_says_which(scripts: Scripts) -> None:
    noon = 1_700_049_600_000
    assert "," not in scripts.call("format.moment", noon, noon + 1000)
    assert scripts.call("format.moment", noon, noon + 3 * 86_400_000).startswith("Nov 15, ")
