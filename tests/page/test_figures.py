"""Position, account, statistics and activity: what each panel says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

NOW = 1_700_000_000_000
FIRST_IN_VIEW = """
const list = document.getElementById('activity-list');
return [...list.children].find(item => item.offsetTop - list.offsetTop >= list.scrollTop).innerText;
"""
BALANCES = {
    "quote": "8986.38412",
    "base": "0.02840",
    "equity": "10214.68",
    "quote_currency": "USDT",
    "base_currency": "BTC",
}
POSITION = {
    "side": "long",
    "amount": "0.02840",
    "entry_price": "42815.00",
    "entry_ts": NOW - 14 * 60_000,
    "stop_price": "42600.00",
    "take_profit_price": "43900.00",
    "unrealized_pnl": "1.00",
}


MILLIONS = {"trades": 1, "wins": 0, "losses": 1, "realized_pnl": "-1234567.89"}


def slice_of(position: Any = None, beat: Any = None, state: str = "running") -> dict[str, Any]:
    return {"status": {"state": state, "position": position, "balances": BALANCES}, "beat": beat, "bot": "b"}


def test_an_open_position(scripts: Scripts) -> None:
    seen = scripts.call("position.view", slice_of(POSITION, {"unrealized_pnl": "12.40"}), {"text": "43250.00"}, NOW)
    assert (seen["amount"], seen["side"], seen["pnl"], seen["percent"]) == ("0.02840", "Long", "+12.40", "+1.02 %")
    assert (seen["amountText"], seen["entry"], seen["age"]) == ("0.02840 BTC", "42,815.00", "14 min")
    assert seen["rail"]["priceAt"] == pytest.approx(50)
    assert seen["rail"]["stop"] == "stop 42,600.00"


LATER = {"text": "42000.00", "at": NOW}


@pytest.mark.parametrize(
    ("told_at", "beat", "price", "pnl"),
    [
        (NOW - 60_000, None, LATER, "≈ −23.15"),
        (NOW - 60_000, {"equity": "1"}, LATER, "≈ −23.15"),
        (NOW - 60_000, {"unrealized_pnl": "3"}, LATER, "+3.00"),
        (NOW, None, LATER, "+1.00"),
        (NOW - 60_000, None, None, "+1.00"),
    ],
)
def test_a_gain_that_no_heartbeat_tells_follows_the_price(
    scripts: Scripts, told_at: int, beat: Any, price: Any, pnl: str
) -> None:
    told = slice_of(POSITION, beat)
    seen = scripts.call("position.view", {**told, "status": {**told["status"], "at": told_at}}, price, NOW)
    assert (seen["pnl"], bool(seen["exact"])) == (pnl, pnl.startswith("≈"))


def test_a_short_gains_as_the_price_falls(scripts: Scripts) -> None:
    told = slice_of({**POSITION, "side": "short"})
    seen = scripts.call("position.view", {**told, "status": {**told["status"], "at": 0}}, LATER, NOW)
    assert (seen["pnl"], seen["tone"]) == ("≈ +23.15", 1)


def test_equity_that_no_heartbeat_tells_says_when_it_was_told(scripts: Scripts) -> None:
    told = slice_of()
    dated = {**told, "status": {**told["status"], "at": NOW}}
    assert scripts.call("balance.view", {**dated, "beat": {"equity": "1"}})["unit"] == "USDT equity"
    assert scripts.call("balance.view", dated)["unit"].startswith("USDT equity at ")


def test_the_rail_keeps_a_price_beyond_its_ends_at_its_end(scripts: Scripts) -> None:
    seen = scripts.call("position.view", slice_of(POSITION), {"text": "50000"}, NOW)
    assert seen["rail"]["priceAt"] == 100


def test_no_rail_without_stop_and_target(scripts: Scripts) -> None:
    bare = {**POSITION, "stop_price": None, "take_profit_price": None}
    assert scripts.call("position.view", slice_of(bare), None, NOW)["rail"] is None


@pytest.mark.parametrize(
    ("state", "sentence"),
    [("running", "No position: waiting for a signal."), ("stopped", "No position: the bot is stopped.")],
)
def test_flat_says_what_is_waited_for(scripts: Scripts, state: str, sentence: str) -> None:
    seen = scripts.call("position.view", slice_of(state=state), None, NOW)
    assert (seen["amount"], seen["sentence"]) == ("flat", sentence)


def test_a_side_that_is_not_known_is_not_shown_as_flat(scripts: Scripts) -> None:
    assert scripts.call("position.view", None, None, NOW)["side"] == ""
    assert scripts.call("position.view", slice_of(), None, NOW)["side"] == "Flat"


@pytest.mark.parametrize(
    ("slice_", "sentence"),
    [
        (None, "Waiting for the bot's first word."),
        ({"status": {"state": "running"}}, "This bot has not told its balances."),
        (slice_of(), ""),
    ],
)
def test_an_account_says_why_it_is_empty(scripts: Scripts, slice_: Any, sentence: str) -> None:
    assert scripts.call("balance.view", slice_)["missing"] == sentence


def test_an_account_in_coins_keeps_their_decimals(scripts: Scripts) -> None:
    coins = {**BALANCES, "quote": "1.23456789", "equity": "2.079273104999", "quote_currency": "BTC"}
    slice_ = {"status": {"state": "running", "balances": coins}}
    seen = scripts.call("balance.view", slice_)
    assert (seen["equity"], seen["free"]) == ("2.07927310", "1.23456789 BTC")


def test_a_statistic_of_millions_leaves_its_decimals_to_the_title(scripts: Scripts) -> None:
    seen = scripts.run("const { exact, title } = scripts.stats.view(a, null, 0).pnl; return [exact, title];", MILLIONS)
    assert seen == ["−1,234,568", "−1,234,567.89"]


@pytest.mark.parametrize(
    ("trades", "last", "note"), [(36, None, ""), (0, None, "none yet"), (36, 1_000, "last fill 13 s ago")]
)
def test_a_bot_has_no_trades_only_when_it_says_so(scripts: Scripts, trades: int, last: int | None, note: str) -> None:
    known = {"trades": trades, "wins": 20, "losses": 16}
    assert scripts.run("return scripts.stats.view(a, b, 14_000).trades.note;", known, last) == note


def test_statistics_in_coins_keep_their_decimals(scripts: Scripts) -> None:
    coins = {
        "trades": 2,
        "wins": 2,
        "losses": 0,
        "realized_pnl": "0.01234567",
        "fees": "0.00012",
        "expectancy": "0.0061",
    }
    seen = scripts.run(
        "const {pnl, ...rest} = scripts.stats.view(a, null, 0, 'BTC');"
        "return [pnl.exact, pnl.text(0.01), pnl.note, rest['profit-factor'].note];",
        coins,
    )
    assert seen == ["+0.01234567", "+0.01000000", "fees 0.00012", "expectancy +0.0061"]


def test_the_account_takes_the_heartbeats_equity_and_the_days_sum(scripts: Scripts) -> None:
    trades = [{"bot_id": "b", "ts": NOW, "pnl": pnl} for pnl in ("12.40", None, "-2.40")]
    today = scripts.call("today.again", [*trades, {"bot_id": "other", "ts": NOW, "pnl": "99"}], "b", NOW)
    seen = scripts.call("balance.view", {**slice_of(beat={"equity": "10215.5"}), "today": today})
    assert (seen["equity"], seen["free"], seen["held"]) == ("10,215.50", "8,986.38 USDT", "0.02840 BTC")
    assert seen["today"] == "+10.00 · +0.10 %"


def test_an_account_that_is_not_known_is_a_dash(scripts: Scripts) -> None:
    seen = scripts.call("balance.view", None)
    assert {seen[name] for name in ("equity", "free", "held", "today")} == {"–"}


def test_statistics_that_are_not_known_are_dashes(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("stats_update", messages.stats(sharpe=None, profit_factor=None, realized_pnl="214.68", win_rate=0.583))
    deck.wait_for(lambda: deck.text("stat-pnl") == "+214.68", what="counted up")
    assert deck.text("stat-win-rate") == "58.3 %"
    assert (deck.text("stat-sharpe"), deck.text("stat-profit-factor")) == ("–", "–")


def test_nothing_on_the_page_is_ever_nan_or_undefined(bot: ForeignBot, deck: DeckPage) -> None:
    bot.call("status_change", messages.status(position=messages.position("0.0284"), balances=None))
    deck.wait_for(lambda: deck.data("position") == "0.0284", what="the position")
    text = deck.text("deck")
    assert not [word for word in ("NaN", "undefined", "null", "Infinity") if word in text]


def test_activity_keeps_the_place_of_a_reader_who_scrolled(bot: ForeignBot, deck: DeckPage) -> None:
    for number in range(60):
        bot.call("log", messages.log_line(f"line {number}"))
    deck.wait_for(lambda: "line 59" in deck.text("activity-list"), what="the lines")
    deck.js("document.getElementById('activity-list').scrollTop = 200")
    before = deck.js(FIRST_IN_VIEW)
    bot.call("log", messages.log_line("a new line"))
    deck.wait_for(lambda: "a new line" in deck.text("activity-list"), what="the new line")
    assert deck.js(FIRST_IN_VIEW) == before
