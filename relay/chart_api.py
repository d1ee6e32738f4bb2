"""`/api/v1` for charts and details: indicators, equity, and one trade with its order's life."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from relay.api import Denied
from relay.bots import Bot
from relay.charts import Charts
from relay.deck import Deck

LIMIT_MAX = 1_000


def create_chart_blueprint(deck: Deck, charts: Charts) -> Blueprint:
    """The routes; JSON, errors as `{"error": "one sentence"}`. Who may ask is checked for the whole app."""
    api = Blueprint("chart_api", __name__)
    api.register_error_handler(Denied, lambda denied: (jsonify(error=str(denied)), denied.code))

    @api.get("/api/v1/indicators")
    def indicators() -> Response:
        return jsonify(charts.indicators(_bot(deck), _limit(500)))

    @api.get("/api/v1/equity")
    def equity() -> Response:
        bot, limit = _bot(deck), _limit(LIMIT_MAX)
        with deck.lock:
            points = deck.equity.curve(bot.bot_id, limit)
        return jsonify(equity=points)

    @api.get("/api/v1/trades/<path:trade_id>")
    def trade(trade_id: str) -> Response:
        bot_id = request.args.get("bot_id")
        if bot_id is not None:
            _bot(deck)
        with deck.lock:
            event = None if "\0" in trade_id else deck.tape.find("trade", trade_id, bot_id=bot_id)
        if event is None:
            raise Denied(404, f"There is no trade {trade_id[:60]}{f' of bot {bot_id}' if bot_id else ''}.")
        return jsonify(charts.trade(event))

    return api


def _bot(deck: Deck) -> Bot:
    bot_id = request.args.get("bot_id")
    with deck.lock:
        bot = deck.bots.get(bot_id)
        known = ", ".join(bot.bot_id for bot in deck.bots) or "none yet"
    if bot is None:
        raise Denied(
            404, f"There is no bot {bot_id[:60]}; known are: {known}." if bot_id else "No bot has connected yet."
        )
    return bot


def _limit(default: int) -> int:
    given = request.args.get("limit")
    if given is None:
        return default
    if not (given.isascii() and given.isdecimal() and len(given) < 16 and int(given) > 0):
        raise Denied(400, f"limit: must be a whole number from 1, got {given!r:.60}.")
    return min(int(given), LIMIT_MAX)
