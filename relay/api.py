"""HTTP beside the page: health, readiness, metrics, and `/api/v1` for scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from bot.events import Trade
from bot.spreadsheet import csv_line, text_cell
from relay import exact_json
from relay.access.entrance import visitor
from relay.access.guard import VIEWERS_ONLY_LOOK
from relay.access.proof import LOGGED_OUT
from relay.commands import ACTS, LATE, MEND, READS, Commands, Refused, trade_fields
from relay.deck import Deck
from relay.limits.commands import TOO_FAST, Runs
from relay.metrics import Metrics
from relay.trade_filter import NAMES as FILTERS
from relay.trade_filter import InvalidFilter, TradeFilter, parse_filter

CSV_COLUMNS = ("seq", "bot_id", *(field.name for field in fields(Trade)))
CSV_NUMBERS = frozenset({"seq", "ts", "price", "amount", "cost", "fee", "pnl"})
CSV_PAGE = 1_000
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NOTHING = "api.nothing"
NUMBERS = ("limit", "before_seq")
NUMBER_MAX = 10**15 - 1
"""What a number in an address may be."""
MACHINES = ("/api/", "/healthz", "/readyz", "/metrics")
"""Addresses for programs: they answer JSON, errors too."""


class Denied(Exception):
    """A request that is turned away: a status code and one sentence."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def create_blueprint(deck: Deck, commands: Commands, guard: Runs, metrics: Metrics) -> Blueprint:
    """All routes; JSON, errors as `{"error": "one sentence"}`. `access/entrance.py` asked who it is."""
    api = Blueprint("api", __name__)
    api.register_error_handler(Denied, lambda denied: (jsonify(error=str(denied)), denied.code))
    _register_health(api, deck, metrics)
    _register_reads(api, commands)
    _register_command(api, deck, guard)
    _register_nothing(api)
    return api


def json_body() -> Any:
    """The request's JSON; None where it sent none."""
    try:
        return exact_json.loads(request.get_data()) if request.is_json else None
    except ValueError:
        return None


def error_response(error: HTTPException) -> Response:
    """An HTTP error of Flask's own, as JSON."""
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        return _wrong_method([method for method in METHODS if method in error.valid_methods])
    response = jsonify(error=f"{error.name}: {(error.description or '').partition('.')[0]}.")
    response.status_code = error.code or 500
    return response


def _wrong_method(known: list[str]) -> Response:
    response = jsonify(error=f"{request.path[:60]} takes {' and '.join(known)}, not {request.method}.")
    response.status_code = 405
    response.headers["Allow"] = ", ".join(known)
    return response


def _register_health(api: Blueprint, deck: Deck, metrics: Metrics) -> None:
    @api.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @api.get("/readyz")
    def readyz() -> tuple[Response, int]:
        with deck.lock:
            now = deck.monotonic()
            reasons = [bot.why_not_ready(now) for bot in deck.bots]
        if None in reasons:
            return jsonify(status="ready"), 200
        return jsonify(error=reasons[0] if reasons else "No bot has connected yet."), 503

    @api.get("/metrics")
    def prometheus() -> Response:
        return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)


def _register_reads(api: Blueprint, commands: Commands) -> None:
    def read(command: str, *args: str) -> Response | tuple[Response, int]:
        payload: dict[str, Any] = {"command": command, "bot_id": request.args.get("bot_id"), "args": _query(*args)}
        outcome = commands.run(payload)
        if outcome["ok"]:
            return jsonify(outcome["data"])
        return jsonify(error=outcome["error"]), _read_code(outcome["error"])

    for path, command, args in (
        ("bots", "get_bots", ()),
        ("status", "get_status", ()),
        ("stats", "get_stats", ()),
        ("trades", "get_trades", ("limit", "before_seq", "bots", *FILTERS)),
        ("candles", "get_candles", ("limit", "timeframe")),
    ):
        api.add_url_rule(f"/api/v1/{path}", command, _view(read, command, args))

    @api.get("/api/v1/trades.csv")
    def trades_csv() -> Response:
        try:
            wanted = parse_filter(_query(*FILTERS))
            bot_id = commands.whose(request.args.get("bot_id"), _query("bots"))
        except (InvalidFilter, Refused) as error:
            raise Denied(_read_code(str(error)), str(error)) from None
        rows = _csv(commands, bot_id, wanted)
        headers = {"Content-Disposition": 'attachment; filename="trades.csv"'}
        return Response(rows, content_type="text/csv; charset=utf-8", headers=headers)


def _register_nothing(api: Blueprint) -> None:
    @api.route("/api/<path:rest>", methods=METHODS)
    def nothing(rest: str) -> Response | tuple[Response, int]:
        """Without this, Dash answers every unknown path with the page, and another method is no such path."""
        known = _methods_of(request.path)
        if not known:
            return jsonify(error=f"There is no /api/{rest[:60]}."), 404
        return _wrong_method(known)


def _methods_of(path: str) -> list[str]:
    """Those by which another route than `nothing` answers there."""
    routes = current_app.url_map.bind("")

    def is_known(method: str) -> bool:
        try:
            return bool(routes.match(path, method=method)[0] != NOTHING)
        except HTTPException:
            return False

    return [method for method in METHODS if is_known(method)]


def _read_code(error: str) -> int:
    if error.endswith(MEND):
        return 503
    return 400 if error.startswith(("args", "bot_id:")) else 404


def _view(read: Callable[..., Any], command: str, args: tuple[str, ...]) -> Callable[[], Any]:
    return lambda: read(command, *args)


def _register_command(api: Blueprint, deck: Deck, guard: Runs) -> None:
    @api.post("/api/v1/command")
    def command() -> tuple[Response, int]:
        payload = json_body()
        if not isinstance(payload, dict):
            raise Denied(400, 'The body must be JSON such as {"command": "get_status"}, sent as application/json.')
        outcome = guard.run(payload, visitor())
        if outcome.get("needs") or outcome.get("error") == VIEWERS_ONLY_LOOK:
            return jsonify(outcome), 403
        return jsonify(outcome), 200 if outcome["ok"] else _code(deck, payload, outcome["error"])


def _code(deck: Deck, payload: dict[str, Any], error: str) -> int:
    command = payload.get("command")
    if error == TOO_FAST:
        return 429
    if error.endswith(MEND):
        return 503
    if error == LOGGED_OUT:
        return 401
    if LATE in error:
        return 504
    if not isinstance(command, str) or command not in ACTS | READS or error.startswith(("bot_id:", "id:", "args")):
        return 400
    bot_id = payload.get("bot_id")
    bot = deck.bots.get(bot_id if isinstance(bot_id, str) else None)
    if bot is None:
        return 404
    return 409 if bot.connected else 503


def _query(*names: str) -> dict[str, Any]:
    found = {name: request.args[name] for name in names if name in request.args}
    return {name: _number(name, text) if name in NUMBERS else text for name, text in found.items()}


def _number(name: str, text: str) -> int | str:
    """The number, if it is one; whoever reads it says so of what is none."""
    if not text.isdecimal():
        return text
    if len(text) > len(str(NUMBER_MAX)):
        raise Denied(400, f"args.{name}: must be a whole number from 1 to {NUMBER_MAX}, got {text[:60]}.")
    return int(text)


def _csv(commands: Commands, bot_id: str | None, wanted: TradeFilter) -> Iterator[str]:
    yield ",".join(CSV_COLUMNS) + "\r\n"
    for events in commands.trade_pages(wanted, CSV_PAGE, bot_id=bot_id):
        yield "".join(_line(trade_fields(event)) for event in events)


def _line(trade: dict[str, Any]) -> str:
    return csv_line(_cell(name, trade.get(name)) for name in CSV_COLUMNS)


def _cell(name: str, value: object) -> object:
    """Texts are made harmless; numbers stay as they are."""
    return value if name in CSV_NUMBERS else text_cell(value)
