"""The fleet: one row a bot, start and stop for each, and what is silent is grey."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver import ActionChains

from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay

NOW = 1_700_000_000_000
ROWS = """
return [...document.querySelectorAll('.fleet-row')].map(row => ({
  id: row.dataset.id, level: row.dataset.level, state: row.querySelector('.fleet-state').innerText,
  since: row.querySelector('.fleet-since').innerText, note: row.querySelector('.fleet-note').innerText,
  button: [...row.querySelectorAll('button')].find(button => !button.hidden).innerText,
  isGrey: getComputedStyle(row.querySelector('.cell-price')).color !== getComputedStyle(row).color,
}));
"""
PRESS = "document.querySelector(`.fleet-row[data-id='${arguments[0]}'] [data-command=${arguments[1]}]`).click()"
IS_USABLE = (
    "return !document.querySelector(`.fleet-row[data-id='${arguments[0]}'] [data-command=${arguments[1]}]`).disabled"
)
STOP_ALL = "return document.getElementById('fleet-stop-all').innerText.trim()"
OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
THIRTY = """
const bots = Array.from({length: 30}, (_, i) => ({bot_id: 'b' + i, name: 'Bot ' + i, connected: true}));
const hello = {kind: 'snapshot', tape: 'T', seq: 0, bots};
const price = (i, n) => ({
  type: 'price', bot_id: 'b' + i, ts: n, data: {symbol: 'A/B', price: String(1000 + n), ts: n * 100},
});
const frame = (n, messages, hello = null) => ({hello, messages, outcomes: [], ts: n});
let picture = scripts.deck.fold(scripts.deck.start(), frame(0, [], hello), 0, false);
const began = performance.now();
for (let n = 1; n <= 2000; n += 1)
  picture = scripts.deck.fold(picture, frame(n, bots.map((_, i) => price(i, n))), n, false);
const folded = performance.now();
const fleet = {picture, line: scripts.line.start(0), asked: scripts.controls.start(), connection: 'connected'};
for (let i = 0; i < 50; i += 1) scripts.fleet.view(fleet, 2000);
const viewed = performance.now();
const background = Object.values(picture.per).slice(1);
return {
  foldMs: (folded - began) / 2000, viewMs: (viewed - folded) / 50, rows: scripts.fleet.view(fleet, 2000).rows.length,
  points: Math.max(...background.map(bot => bot.points.length)),
  path: scripts.spark.path(scripts.spark.values(background[0])),
};
"""


def status(state: str, **changes: Any) -> dict[str, Any]:
    balances = {"quote": "1", "base": "0", "equity": "1000", "quote_currency": "USDT", "base_currency": "BTC"}
    return {"state": state, "mode": "paper", "symbol": "BTC/USDT", "balances": balances, **changes}


def fleet(**per: dict[str, Any]) -> dict[str, Any]:
    """What the page gives the view: bots heard just now, unless told otherwise."""
    heard = {"heard": NOW, "beat": {}, "feed": {"at": NOW, "ageMs": 0}, "candles": [], "points": [], "price": None}
    bots = [{"bot_id": name, "name": name.upper(), "connected": True} for name in per]
    known = {name: {**heard, "today": None, **changes} for name, changes in per.items()}
    line = {"phase": "live", "everLive": True, "heardAt": NOW, "lostAt": None}
    picture = {"bots": bots, "selected": "a", "per": known}
    return {"picture": picture, "line": line, "asked": {"acts": [], "notes": {}}, "connection": "connected"}


def test_a_row_in_words(scripts: Scripts) -> None:
    today = {"from": 0, "until": 9e15, "pnl": "12.4", "since": None}
    held = status("running", position={"amount": "0.0284"})
    known = {"status": held, "beat": {"unrealized_pnl": "-1.5", "equity": "1012.4"}, "today": today}
    [row] = scripts.call("fleet.view", fleet(a={**known, "price": {"text": "43250.10"}}), NOW)["rows"]
    assert (row["name"], row["stateText"], row["price"]) == ("A", "Running", "43,250.10")
    assert (row["position"], row["pnl"], row["today"], row["equity"]) == (
        "Long 0.0284 BTC",
        "−1.50",
        "+12.40",
        "1,012.40",
    )
    assert (row["stop"]["isShown"], row["start"]["isShown"]) == (True, False)


def test_a_short_position_is_called_short(scripts: Scripts) -> None:
    held = status("running", position={"side": "short", "amount": "0.5", "entry_price": "44000", "unrealized_pnl": "1"})
    [row] = scripts.call("fleet.view", fleet(a={"status": held}), NOW)["rows"]
    assert (row["position"], row["pnl"]) == ("Short 0.5 BTC", "+1.00")


@pytest.mark.parametrize(("base", "needs"), [("0", "bot"), ("0.0284", "market")])
def test_what_is_held_makes_equity_as_old_as_the_market(scripts: Scripts, base: str, needs: str) -> None:
    held = status("running", balances={**status("running")["balances"], "base": base})
    [row] = scripts.call("fleet.view", fleet(a={"status": held}), NOW)["rows"]
    assert row["equityNeeds"] == needs


def test_a_row_in_coins_keeps_their_decimals(scripts: Scripts) -> None:
    balances = {**status("running")["balances"], "quote_currency": "BTC", "base_currency": "ETH"}
    today = {"from": 0, "until": 9e15, "pnl": "0.00123456", "since": None}
    held = status("running", balances=balances, position={"amount": "1"})
    beat = {"unrealized_pnl": "-0.00012345", "equity": "1.23456789"}
    seen = scripts.call("fleet.view", fleet(a={"status": held, "beat": beat, "today": today}), NOW)
    [row] = seen["rows"]
    assert (row["pnl"], row["today"], row["equity"]) == ("−0.00012345", "+0.00123456", "1.23456789")
    assert seen["summary"].endswith("today +0.00123456 BTC")


def test_the_summary_counts_states_and_adds_the_day(scripts: Scripts) -> None:
    def day(pnl: str) -> dict[str, Any]:
        return {"from": 0, "until": 9e15, "pnl": pnl, "since": None}

    seen = fleet(
        a={"status": status("running"), "today": day("10")},
        b={"status": status("running"), "today": day("-2.5")},
        c={"status": status("halted")},
    )
    assert scripts.call("fleet.view", seen, NOW)["summary"] == "3 bots · 2 running · 1 halted · today +7.50 USDT"


def test_real_money_is_not_added_to_play_money(scripts: Scripts) -> None:
    def bot(mode: str, pnl: str) -> dict[str, Any]:
        today = {"from": 0, "until": 9e15, "pnl": pnl, "since": None}
        return {"status": {**status("running"), "mode": mode}, "today": today}

    seen = fleet(a=bot("paper", "5000"), b=bot("live", "-300"), c=bot("paper", "1"))
    summary = scripts.call("fleet.view", seen, NOW)["summary"]
    assert summary == "3 bots · 3 running · today live −300.00 USDT, paper +5,001.00 USDT"


def test_a_halted_bot_is_offered_resume_in_place_of_start(scripts: Scripts) -> None:
    [row] = scripts.call("fleet.view", fleet(a={"status": status("halted", message="Drawdown.")}), NOW)["rows"]
    assert (row["resume"]["isShown"], row["start"]["isShown"]) == (True, False)
    assert row["note"] == "Drawdown."


def test_a_stopped_bot_whose_figures_differ_from_the_exchanges_is_offered_both(scripts: Scripts) -> None:
    differs = "The exchange holds 1 USDT, 1 more than the journal's 0: resume takes the exchange's figures over."
    [row] = scripts.call("fleet.view", fleet(a={"status": status("stopped", message=differs, mode="live")}), NOW)[
        "rows"
    ]
    assert (row["resume"]["isShown"], row["start"]["isShown"]) == (True, True)


def test_only_bots_that_can_be_stopped_are_stopped_together(scripts: Scripts) -> None:
    silent = {"status": status("running"), "heard": NOW - 9_000}
    seen = fleet(a={"status": status("running")}, b={"status": status("stopped")}, c=silent)
    assert [one["id"] for one in scripts.call("fleet.view", seen, NOW)["stoppable"]] == ["a"]


@pytest.mark.parametrize(
    ("values", "path", "words"),
    [
        ([1, 3, 2], "M0.0 26.0L60.0 2.0L120.0 14.0", "+100.00 % over the last 3 prices"),
        ([5, 5], "M0.0 14.0L120.0 14.0", "0.00 % over the last 2 prices"),
        ([5], "", "No trend yet"),
    ],
)
def test_a_sparkline_fills_its_box(scripts: Scripts, values: list[float], path: str, words: str) -> None:
    assert scripts.call("spark.path", values) == path
    assert scripts.call("spark.words", values) == words


def test_thirty_bots_cost_little_time_and_memory(scripts: Scripts) -> None:
    seen = scripts.run(THIRTY)
    assert seen["rows"] == 30
    assert seen["points"] <= 450, "a bot that is not shown keeps as many points as one that is"
    assert seen["path"].count("L") == 59, "and still has what its sparkline needs"
    assert seen["foldMs"] < 5, f"{seen['foldMs']:.2f} ms to take one frame"
    assert seen["viewMs"] < 20, f"{seen['viewMs']:.2f} ms to view thirty rows"


def rows(page: DeckPage) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in page.js(ROWS)}


def press(page: DeckPage, bot_id: str, command: str) -> None:
    page.wait_for(lambda: page.js(IS_USABLE, bot_id, command), what=f"{command} of {bot_id} can be pressed")
    page.js(PRESS, bot_id, command)


def obeying(bot: ForeignBot) -> ForeignBot:
    states = {"start_bot": "running", "stop_bot": "stopped"}

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        bot.emit("status_change", messages.status(states[command["name"]]))
        return {"ok": True, "data": {}}

    bot.answer = answer
    return bot


def test_a_fleet_is_led_from_one_view(
    relay: Relay, start_bot: Callable[..., ForeignBot], new_page: Callable[..., DeckPage]
) -> None:
    first = obeying(start_bot(relay.url, "bot-1", name="ema_cross").come_up())
    page = new_page(relay.url).open()
    page.wait_status("running")
    assert page.js("return document.getElementById('fleet-button').hidden"), "one bot is no fleet"
    second = obeying(start_bot(relay.url, "bot-2", name="grid").come_up())
    page.wait_for(lambda: page.text("fleet-button") == "Fleet · 2", what="the way to the fleet")
    ActionChains(page.driver).send_keys("f").perform()
    page.wait_for(lambda: set(rows(page)) == {"bot-1", "bot-2"}, what="two rows")
    stranger = start_bot(relay.url, "bot-3", name="dca").come_up()
    stranger.answer = lambda command: {"ok": False, "error": "Not now."}
    page.wait_for(lambda: set(rows(page)) == {"bot-1", "bot-2", "bot-3"}, what="a row for a bot that has come")

    press(page, "bot-2", "stop_bot")
    page.wait_for(lambda: rows(page)["bot-2"]["state"] == "Stopped", what="stopped by its own word")
    press(page, "bot-3", "stop_bot")
    page.wait_for(lambda: rows(page)["bot-3"]["note"] == "Stop refused: Not now.", what="why not")
    press(page, "bot-2", "start_bot")
    page.wait_for(lambda: rows(page)["bot-2"]["state"] == "Running", what="running by its own word")

    page.wait_for(lambda: page.js(STOP_ALL) == "■ Stop all 3", what="how many")
    page.click("fleet-stop-all")
    page.wait_for(lambda: page.text("confirm-yes") == "Stop 3 bots", what="the question, with its number")
    page.click("confirm-yes")
    page.wait_for(lambda: [rows(page)[name]["state"] for name in ("bot-1", "bot-2")] == ["Stopped"] * 2, what="stopped")
    assert [len(bot.commands) for bot in (first, second, stranger)] == [1, 3, 2]

    second.end()
    page.wait_for(lambda: rows(page)["bot-2"]["isGrey"] and " since " in rows(page)["bot-2"]["since"], what="grey")
    assert rows(page)["bot-2"]["level"] == "stale"
    page.driver.set_window_size(500, 700)
    metrics = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.wait_for(lambda: page.js(OVERFLOW) == 0, 5, "nothing sideways")
    page.js("document.querySelector(\".fleet-row[data-id='bot-3'] a\").click()")
    page.wait_for(lambda: page.js("return document.getElementById('fleet').hidden"), what="the deck")
    assert page.js("return document.getElementById('bot-select').value") == "bot-3"
    assert page.js("return location.search + location.hash") == "?bot=bot-3"
    page.wait_for(lambda: page.js(OVERFLOW) == 0, 5, "nothing sideways")
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
