"""Every view of the page, and how a reader gets there. A new view is one more line in `VIEWS`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.support import accounts, decks, login_page, messages, stories
from tests.support.candle_file import write_candles
from tests.support.chart_page import ANSWERS
from tests.support.deck_page import DeckPage
from tests.support.gallery import Stage, View

NEWS = (
    ("trade_executed", decks.fill(decks.BITCOIN, 90, "buy", "0.01150", stories.MOMENT_MS, reason=decks.REASONS[0])),
    stories.alert(902, "info", "Backtest finished", "EMA 9/21 over 90 days: +4.2 %."),
    stories.alert(903, "error", "Order refused", "Not enough USDT: 512.00 wanted, 498.13 free."),
    stories.alert(904, "warning", "Market feed was silent for 6 s", "Caught up, nothing missed."),
    (
        "trade_executed",
        decks.fill(decks.BITCOIN, 91, "sell", "0.02840", stories.MOMENT_MS, pnl="12.40", reason=decks.REASONS[1]),
    ),
)
OPENED = "return document.getElementById(arguments[0]).open"
DETAIL = f"/trade/{messages.trade_id(9)}"


def news(stage: Stage, page: DeckPage) -> None:
    """Five things happen at once; of the newest one each screen shows as many as fit."""
    again = page.trade_count >= len(decks.DAY.trades) + 2
    for i, (event, data) in enumerate(NEWS):
        stage.bots[0].call(event, {**data, "id": f"{data['id']}-again-{stories.MOMENT_MS + i}"} if again else data)
    page.wait_for(lambda: page.js("return document.querySelectorAll('.toast').length") == len(NEWS), what="the toasts")


def press(element_id: str, opens: str) -> Any:
    """A view that a press on the button `element_id` opens as the dialog `opens`."""

    def reach(stage: Stage, page: DeckPage) -> None:
        page.js("document.getElementById(arguments[0]).click()", element_id)
        page.wait_for(lambda: page.js(OPENED, opens), what=f"#{opens}")

    return reach


def detail(stage: Stage, page: DeckPage) -> None:
    page.wait_for(lambda: page.js(OPENED, "trade-detail"), what="the trade's detail")


def cut(stage: Stage, page: DeckPage) -> None:
    """The relay dies; the clock stands still, so the page stays at its first try to come back."""
    page.wait_drawn()  # the chart comes from the relay too
    stage.relay.kill()
    page.wait_for(lambda: page.connection == "reconnecting", what="a page that has lost the relay")


def silent(stage: Stage, page: DeckPage) -> None:
    page.wait_for(lambda: "market" in (page.data("stale") or ""), what="a market that is late")


def away(stage: Stage, page: DeckPage) -> None:
    page.wait_for(lambda: "bot" in (page.data("stale") or ""), what="a bot that is away")


def lines_over(candles: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a strategy draws over its candles: two averages, and a swing in a pane of its own."""
    opens = [candle["ts"] for candle in candles]
    closes = [float(candle["close"]) for candle in candles]
    averages = [sum(closes[max(0, i - 8) : i + 1]) / len(closes[max(0, i - 8) : i + 1]) for i in range(len(closes))]
    swings = [50 + (close - average) / 4 for close, average in zip(closes, averages, strict=True)]
    named = [("EMA 9", "price", None, closes), ("EMA 21", "price", None, averages), ("RSI 14", "own", [0, 100], swings)]
    return [
        {
            "name": name,
            "pane": pane,
            "range": span,
            "points": [[ts, f"{y:.2f}"] for ts, y in zip(opens, ys, strict=True)],
        }
        for name, pane, span, ys in named
    ]


def chart(view: str, trace: str, answers: Mapping[str, Any]) -> Any:
    """The chart in that view, once `trace` is drawn; the relay's record of it is made up here."""

    def reach(stage: Stage, page: DeckPage) -> None:
        page.js(ANSWERS % json.dumps(answers))
        page.wait_drawn()
        page.js("document.querySelector(`#chart-modes [data-name='${arguments[0]}']`).click()", view)
        page.wait_for(lambda: page.js(IS_DRAWN, trace), what=f"{trace} in the chart")

    return reach


def more(stage: Stage, page: DeckPage) -> None:
    page.wait_pressable("more-button")
    page.click("more-button")
    page.wait_for(lambda: page.js("return !!document.querySelector('#more-menu:popover-open')"), what="the menu")


def question(stage: Stage, page: DeckPage) -> None:
    more(stage, page)
    page.js("document.querySelector('.menu-item[data-name=halt]').click()")
    page.wait_for(lambda: page.js(OPENED, "confirm"), what="the question")


def fleet(stage: Stage, page: DeckPage) -> None:
    rows = "return document.querySelectorAll('.fleet-row').length"
    page.wait_for(lambda: page.js(rows) == len(decks.FLEET.bots), what="a row for each bot")


def backtest_form(stage: Stage, page: DeckPage) -> None:
    """Anew, for the view asks once which files there are."""
    write_candles(stage.relay.data_dir / "history")
    page.open("/backtest")
    page.wait_for(lambda: page.js("return !!document.getElementById('backtest-param-fast')"), what="the form")


def backtest_result(stage: Stage, page: DeckPage) -> None:
    backtest_form(stage, page)
    page.js("document.getElementById('backtest-run').click()")
    drawn = "return !!document.querySelector('.backtest-result[data-run-id] .backtest-chart .main-svg')"
    page.wait_for(lambda: page.js(drawn), 60, "the result")


def wrong(stage: Stage, page: DeckPage) -> None:
    login_page.be_wrong(page)


def account(stage: Stage, page: DeckPage) -> None:
    """Who is logged in and what was done; the relay's record of it is made up here."""
    page.js(
        ANSWERS
        % json.dumps({"sessions": {"sessions": accounts.SESSIONS}, "audit": {"entries": accounts.DEEDS, "fault": None}})
    )
    more(stage, page)
    page.js("document.getElementById('account-item').click()")
    page.wait_for(
        lambda: page.js("return document.querySelectorAll('#audit li').length") == len(accounts.DEEDS), what="a row"
    )


def proof(stage: Stage, page: DeckPage) -> None:
    page.js("window.dash_clientside.account_proof.ask({command: 'start_bot', bot_id: 'bot-1', args: {}})")
    page.wait_for(lambda: page.js(OPENED, "proof"), what="the question for the password")


IS_DRAWN = """
const graph = document.querySelector('#price-chart .js-plotly-plot');
return graph.data.some(trace => trace.name === arguments[0]);
"""
CANDLES = decks.BITCOIN.candles()
LINES = {"timeframe": "1m", "lines": lines_over(CANDLES)}
EQUITY = [[candle["ts"], f"{10_000 + (float(candle['close']) - 43_000) / 3:.2f}"] for candle in CANDLES]

TIGHT = {**decks.LONG, "stop_price": "43249.90", "take_profit_price": "43250.30", "entry_price": "43250.00"}
NO_STOP = {**decks.LONG, "stop_price": None, "unrealized_pnl": "-1234567.89"}
FLAT: dict[str, Any] = {"position": None}

VIEWS = (
    View("empty", decks.EMPTY),
    View("flat", decks.ORDINARY, FLAT),
    View("position", decks.ORDINARY),
    View("tight-levels", decks.ORDINARY, {"position": TIGHT}),
    View("no-stop", decks.ORDINARY, {"position": NO_STOP}),
    View("live", decks.ORDINARY, {"mode": "live"}),
    View("stopped", decks.ORDINARY, {**FLAT, "state": "stopped"}),
    View("halted", decks.ORDINARY, {"state": "halted", "message": "Daily loss of 2 % reached."}),
    View("error", decks.ORDINARY, {**FLAT, "state": "error", "message": "The exchange refused the key."}),
    View("silent-market", decks.ORDINARY, beat={"feed_age_ms": 25_000}, reach=silent),
    View("bot-away", decks.AWAY, reach=away),
    View("relay-away", decks.CUT, reach=cut),
    View("toasts", decks.NEWS, reach=news),
    View("trade", decks.ORDINARY, path=DETAIL, reach=detail),
    View("unknown-trade", decks.ORDINARY, path="/trade/none", reach=detail),
    View("help", decks.ORDINARY, reach=press("help-button", "help")),
    View("settings", decks.ORDINARY, reach=press("settings-button", "settings")),
    View("more", decks.ORDINARY, reach=more),
    View("question", decks.ORDINARY, reach=question),
    View("candles", decks.ORDINARY, reach=chart("1m", "RSI 14", {"indicators": LINES})),
    View("equity", decks.ORDINARY, reach=chart("equity", "drawdown", {"equity": {"equity": EQUITY}})),
    View("fleet", decks.FLEET, path="/#fleet", reach=fleet),
    View("backtest-form", decks.ORDINARY, FLAT, reach=backtest_form),
    View("backtest-result", decks.ORDINARY, FLAT, reach=backtest_result),
    View("login", decks.LOCKED, opens=login_page.open_login, has_chart=False),
    View("login-wrong", decks.LOCKED, opens=login_page.open_login, reach=wrong, has_chart=False),
    View("account", decks.OWN, opens=login_page.come_in, reach=account),
    View("proof", decks.OWN, {"mode": "live"}, opens=login_page.come_in, reach=proof),
    View("eight-decimals", decks.EIGHT),
    View("tiny-prices", decks.TINY),
    View("large-sums", decks.LARGE),
    View("long-words", decks.LONG_WORDS),
)
BY_NAME = {view.name: view for view in VIEWS}
