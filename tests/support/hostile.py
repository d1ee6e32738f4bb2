"""A bot that means harm: all that it says is markup, and how a page shows that it took none of it."""

from __future__ import annotations

from typing import Any

from tests.support import messages
from tests.support.deck_page import DeckPage
from tests.support.foreign_bot import ForeignBot

PAYLOADS = {
    "image": "<img src=x onerror=hit()>",
    "script": "<script>hit()</script>",
    "address": "javascript:hit()",
    "link": '<a href="javascript:hit()">l</a>',
    "drawing": '"><svg onload=hit()>',
    "quotes": "' autofocus onfocus=hit() x='",
    "frame": "<iframe srcdoc='<script>parent.hit()</script>'>",
    "backwards": "\u202e<b>abc</b>\u2066\u200f",
    "terminal": "\x1b[31m\x07\x9b<u>red</u>\r\n\t\0",
    "entity": "&lt;img src=x onerror=hit()&gt;",
    "template": '{{constructor.constructor("hit()")()}}${hit()}',
    "long": "<b>W</b>" * 12,
}
"""At most 100 characters each: every text of a message has room for it."""

WATCH = """
window.hits = 0;
window.hit = () => { window.hits += 1; };
window.violations = [];
document.addEventListener('securitypolicyviolation', event => window.violations.push(
  event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));
window.shownNotifications = [];
window.Notification = class extends EventTarget {
  static permission = 'granted';
  constructor(title, options) { super(); window.shownNotifications.push([title, options.body]); }
  close() {}
};
"""
"""Counts what ran and what the policy had to stop; and notifications are shown to the test."""
MARKUP = """
return [...document.querySelectorAll(
  'img[src="x"], iframe, svg[onload], [onerror], [onload], [onfocus], [href^="javascript"], [srcdoc], u'
)].map(element => element.outerHTML);
"""
"""What no script of the page ever makes."""


class Hostile:
    """Says one payload in each text that a bot may send."""

    def __init__(self, bot: ForeignBot, payload: str) -> None:
        self.bot = bot
        self.payload = payload
        self.id = payload.translate({0: None, 10: None, 13: None})
        """PostgreSQL keeps no NUL, so no id has one; one with the end of a line is in no address."""
        bot.answer = self._answer

    def speak(self) -> None:
        """All of it, from first to last."""
        text, one_minute = self.payload, 60_000
        self.bot.connect()
        self._status("running")
        self.bot.call("stats_update", messages.stats())
        self.bot.call("price_update", messages.price(symbol=text))
        minute = messages.now_ms() // one_minute * one_minute
        for number in reversed(range(1, 31)):
            self.bot.emit("candle_update", messages.candle(minute - number * one_minute, symbol=text, timeframe="1m"))
        self.bot.call("candle_update", messages.candle(minute, symbol=text, timeframe=text))
        texts = {"symbol": text, "fee_currency": text, "reason": text, "order_id": self.id}
        for number, side in enumerate(("buy", "sell")):
            changes = {"id": f"{self.id}{number}", "side": side, "price": f"4325{number}", **texts}
            assert self.bot.call("trade_executed", messages.trade(number, **changes)) == {"ok": True}
        for level in ("info", "error"):
            alert = {"id": f"{self.id}{level}", "level": level, "title": text, "message": text}
            assert self.bot.call("alert", messages.alert(1, **alert)) == {"ok": True}
        self.bot.call("log", messages.log_line(text, level=text))
        self.bot.call("log", messages.log_line(text, level="error"))
        self.bot.keep_heartbeat()

    def _status(self, state: str) -> None:
        text = self.payload
        balances = {"quote": "1", "base": "1", "equity": "2", "quote_currency": text, "base_currency": text}
        names = dict.fromkeys(("exchange", "symbol", "timeframe", "strategy", "message"), text)
        position = messages.position(stop_price="42000", take_profit_price="44000")
        told = messages.status(state, id=f"{self.id}{state}", position=position, balances=balances, **names)
        assert self.bot.call("status_change", told) == {"ok": True}

    def _answer(self, command: dict[str, Any]) -> dict[str, Any]:
        """To what the relay asks; commands are refused in the same words."""
        text = self.payload
        if command["name"] == "get_indicators":
            now = messages.now_ms() // 60_000 * 60_000
            points = [[now - number * 60_000, "43250"] for number in reversed(range(30))]
            lines = [{"name": text, "pane": pane, "range": None, "points": points} for pane in ("price", "own")]
            return {"ok": True, "data": {"timeframe": text, "lines": lines}}
        if command["name"] == "get_order":
            life = [{"ts": 1, "state": text, "text": text}, {"ts": 2, "state": text, "text": text}]
            order = {"id": self.id, "client_order_id": text, "exchange_order_id": text, "side": "buy", "type": text}
            return {
                "ok": True,
                "data": {"order": {**order, "amount": "1", "price": None, "reason": text, "life": life}},
            }
        return {"ok": False, "error": text}


def assert_all_is_text(page: DeckPage) -> None:
    """Nothing ran, nothing had to be stopped, and nothing of it stands in the document as markup."""
    assert page.js("return window.hits") == 0
    assert page.js("return window.violations") == []
    markup = page.js(MARKUP)
    assert markup == [], markup
