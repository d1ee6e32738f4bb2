"""The list of bots, and the choice that survives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.page.conftest import Scripts
from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot
from tests.support.relay import Relay

OPTIONS = "return [...document.getElementById('bot-select').options].map(option => option.textContent)"
CHOOSE = """
const select = document.getElementById('bot-select');
select.value = arguments[0];
select.dispatchEvent(new Event('change', {bubbles: true}));
"""
KEEP_OPTIONS = "window.keptOptions = [...document.getElementById('bot-select').options]"
ARE_KEPT = "return keptOptions.every((one, i) => one === document.getElementById('bot-select').options[i])"
TITLE = "return document.getElementById('bot-select').title"
SHOWN = "return document.getElementById('bot-select').value"


def picture(**changes: Any) -> dict[str, Any]:
    today = {"from": 0, "until": 9e15, "pnl": "12.4", "since": None}
    per = {"a": {"status": {"state": "running"}, "today": today}, "b": {"status": {"state": "stopped"}, "today": None}}
    bots = [
        {"bot_id": "a", "name": "ema_cross", "connected": True},
        {"bot_id": "b", "name": "grid", "connected": False},
    ]
    return {"bots": bots, "selected": "a", "per": per, **changes}


ROW = "return document.querySelector('#trades-table tbody td.cell-why').innerText"
LINES = "return [...document.querySelectorAll('#activity-list > li > span')].map(line => line.innerText)"
QUESTION = "return document.getElementById('confirm-title').textContent"
ASK = "document.querySelector('.menu-item[data-name=' + arguments[0] + ']').click()"


def test_each_bot_says_its_state_and_its_day(scripts: Scripts) -> None:
    seen = scripts.run("return scripts.bots.view(scripts.bots.slice(undefined, a));", picture())
    assert [(one["value"], one["text"]) for one in seen] == [
        ("a", "ema_cross · running · +12.40"),
        ("b", "grid · away"),
    ]


def test_a_long_name_is_cut_in_its_middle_and_leaves_room_for_the_state(scripts: Scripts) -> None:
    name = "donchian breakout on the hour 2"
    bots = [{**bot, "name": name} for bot in picture()["bots"]]
    view = "return scripts.bots.view(scripts.bots.slice(undefined, a), b)[0]"
    [on_a_desk, on_a_phone] = [scripts.run(view, picture(bots=bots), room) for room in (18, 10)]
    assert on_a_desk["text"] == "donchian br…hour 2 · running · +12.40"
    assert on_a_phone["text"] == "donchi…r 2 · running · +12.40"
    assert on_a_desk["whole"] == f"{name} · running · +12.40"
    alone = scripts.run(view, picture(bots=bots[:1]), 10)
    assert alone["text"] == name, "a bot alone has the room"


def test_a_day_in_coins_keeps_their_decimals(scripts: Scripts) -> None:
    today = {"from": 0, "until": 9e15, "pnl": "0.00123456", "since": None}
    balances = {"quote_currency": "BTC"}
    known = {"a": {"status": {"state": "running", "balances": balances}, "today": today}, "b": {}}
    [first, _] = scripts.run("return scripts.bots.view(scripts.bots.slice(undefined, a));", picture(per=known))
    assert first["text"] == "ema_cross · running · +0.00123456"


def test_what_does_not_change_the_list_leaves_it_the_same_object(scripts: Scripts) -> None:
    same = scripts.run(
        """
        const held = scripts.bots.slice(undefined, a);
        const priced = {...a, per: {...a.per, a: {...a.per.a, price: {text: "1"}}}};
        const stopped = {...a, per: {...a.per, a: {...a.per.a, status: {state: "stopped"}}}};
        return [held === scripts.bots.slice(held, priced), held === scripts.bots.slice(held, stopped)];
        """,
        picture(),
    )
    assert same == [True, False]


def test_the_bot_that_is_wanted_is_shown_as_soon_as_it_is_there(scripts: Scripts) -> None:
    shown = scripts.run(
        """
        const hello = (bots) => ({kind: "snapshot", tape: "T", seq: 0, bots});
        const frame = (bots) => ({hello: hello(bots), messages: [], outcomes: [], ts: 1});
        const first = scripts.deck.fold({...scripts.deck.start(), wanted: "b"}, frame(a.slice(0, 1)), 1, false);
        const then = scripts.deck.fold(first, frame(a), 2, false);
        const chosen = scripts.deck.fold(scripts.deck.select(then, "a"), frame(a), 3, false);
        return [first.selected, then.selected, chosen.selected];
        """,
        picture()["bots"],
    )
    assert shown == ["a", "b", "a"]


def test_of_several_bots_everything_that_is_said_names_its_own(
    relay: Relay, start_bot: Callable[..., ForeignBot], new_page: Callable[..., DeckPage]
) -> None:
    first = start_bot(relay.url, "bot-1", name="ema_cross").come_up(position=messages.position())
    page = new_page(relay.url).open()
    page.watch_toasts()
    first.call("log", messages.log_line("alone"))
    first.call("trade_executed", messages.trade(1, reason="because"))
    page.wait_trades(1)
    page.wait_for(lambda: len(page.toasts) == 1, what="the toast")
    assert "ema_cross" not in page.toasts[0]["text"]
    assert page.js(ROW) == "because"
    page.wait_for(lambda: "alone" in page.js(LINES), what="the line")

    second = start_bot(relay.url, "bot-2").come_up(state="stopped", symbol="ETH/USDT")
    page.wait_for(lambda: page.js(ROW) == "ema_cross: because", what="the row with its bot")
    page.wait_for(lambda: "ema_cross: alone" in page.js(LINES), what="the line with its bot")
    second.call("trade_executed", messages.trade(2, reason="why not"))
    second.call("alert", messages.alert(1, title="Slow", message="very"))
    page.wait_for(lambda: len(page.toasts) == 3, what="the toasts")
    assert [toast["text"].startswith(("▲ bot-2: New trade", "bot-2: Slow")) for toast in page.toasts[1:]] == [True] * 2
    assert page.js(ROW) == "bot-2: why not"
    page.wait_for(lambda: "bot-2: Slow: very" in "".join(page.js(LINES)), what="the alert with its bot")
    page.wait_pressable("stop-button")
    for item, question in (("halt", "Halt ema_cross?"), ("close", "Close the position of ema_cross?")):
        page.js(ASK, item)
        page.wait_for(lambda question=question: page.js(QUESTION) == question, what=question)  # type: ignore[misc]


def test_the_choice_survives_a_reload_and_an_open_list_stays(
    relay: Relay, start_bot: Callable[..., ForeignBot], new_page: Callable[..., DeckPage]
) -> None:
    first = start_bot(relay.url, "bot-1", name="ema_cross").come_up()
    start_bot(relay.url, "bot-2", name="grid").come_up(state="stopped", symbol="ETH/USDT")
    page = new_page(relay.url).open()
    page.wait_for(lambda: page.js(OPTIONS) == ["ema_cross · running · 0.00", "grid · stopped · 0.00"], what="both")
    page.js(KEEP_OPTIONS)
    first.call("trade_executed", messages.trade(1, pnl="12.40"))
    page.wait_for(lambda: page.js(OPTIONS)[0] == "ema_cross · running · +12.40", what="the day's result")
    assert page.js(ARE_KEPT), "the options were made anew"
    page.js(CHOOSE, "bot-2")
    page.wait_status("stopped")
    assert page.js("return location.search") == "?bot=bot-2"
    page.open(f"/trade/{messages.trade_id(1)}?bot=bot-2")
    page.wait_for(lambda: page.js("return document.getElementById('trade-detail').open"), what="the detail")
    assert (page.js(SHOWN), page.bot_status) == ("bot-2", "stopped")
    assert page.js(TITLE) == "grid · stopped · 0.00", "what a narrow list cuts is whole in its title"
    page.open("/")
    page.wait_for(lambda: page.js(SHOWN) == "bot-2", what="the choice that the browser kept")
    page.open("/?bot=bot-1")
    page.wait_for(lambda: page.js(SHOWN) == "bot-1", what="the bot of the address")
