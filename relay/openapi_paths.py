"""Every route of `/api/v1`: what it takes and what it answers."""

from __future__ import annotations

from typing import Any

from bot.questions import CHART_TIMEFRAMES
from relay.api import NUMBER_MAX
from relay.openapi_schemas import ANY_OBJECT, COUNT, TEXT, TIME, Schema, closed, listed, nullable, ref, tuple_of
from relay.trade_filter import RESULTS, SEARCH_MAX, SIDES

Operation = dict[str, Any]
JSON = "application/json"
ERRORS = {
    400: "Something that was sent cannot be used.",
    401: "Nobody that is known: log in, or send the API token.",
    403: "Not from there, or not as who you are.",
    404: "There is no such thing.",
    409: "The bot refused.",
    413: "It is too large.",
    429: "Too many tries: wait.",
    503: "The bot is away, or the database fails.",
    504: "The bot did not answer in time.",
}
ALWAYS = (401, 403, 503)


def paths() -> dict[str, dict[str, Operation]]:
    """By path and method."""
    return {f"/api/v1{path}": methods for path, methods in {**_deck(), **_backtests(), **_access()}.items()}


def _query(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def _in_path(name: str, description: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": TEXT, "description": description}


BOT = _query("bot_id", {**TEXT, "minLength": 1, "maxLength": 200}, "Which bot; without it the first.")
LIMIT = _query("limit", {"type": "integer", "minimum": 1}, "At most so many; more than 1,000 are never given.")
BEFORE = _query("before_seq", {"type": "integer", "minimum": 1, "maximum": NUMBER_MAX}, "Older than this one.")
FILTER = (
    _query("side", {"enum": list(SIDES)}, "Buys or sells alone."),
    _query("result", {"enum": list(RESULTS)}, "Those that won or lost, or did not close anything."),
    _query("search", {**TEXT, "maxLength": SEARCH_MAX}, "Each word must stand in id, symbol, side, price or reason."),
)
ALL_BOTS = _query("bots", {"enum": ["all"]}, "Of all bots together.")
TIMEFRAME = _query("timeframe", {"enum": list(CHART_TIMEFRAMES)}, "One that the bot's chart has.")


def _answer(description: str, schema: Schema, kind: str = JSON) -> Operation:
    return {"description": description, "content": {kind: {"schema": schema}}}


def _operation(
    summary: str,
    answer: Operation,
    *params: Schema,
    code: int = 200,
    errors: tuple[int, ...] = (),
    error: Schema | None = None,
    body: Schema | None = None,
    **more: Any,
) -> Operation:
    refused = {str(each): _answer(ERRORS[each], error or ref("Error")) for each in sorted({*errors, *ALWAYS})}
    taken = {"requestBody": {"required": True, "content": {JSON: {"schema": body}}}} if body else {}
    return {
        "summary": summary,
        **({"parameters": list(params)} if params else {}),
        **taken,
        "responses": {str(code): answer, **refused},
        **more,
    }


def _deck() -> dict[str, dict[str, Operation]]:
    trades = closed({"trades": listed(ref("Trade"))})
    order = {"trade": ref("Trade"), "order": nullable(ref("OrderStory")), "order_error": nullable(TEXT)}
    equity = tuple_of(TIME, ref("Decimal"))
    lines = closed({"timeframe": nullable(TEXT), "lines": listed(ref("IndicatorLine"))})
    some = (400, 404)
    return {
        "/bots": {
            "get": _operation(
                "Every bot, as it last said",
                _answer("The bots.", closed({"bots": listed(ref("Bot"))})),
                errors=(400,),
            )
        },
        "/status": {"get": _operation("A bot's latest status", _answer("It.", ref("Status")), BOT, errors=some)},
        "/stats": {"get": _operation("A bot's latest statistics", _answer("They.", ref("Stats")), BOT, errors=some)},
        "/trades": {
            "get": _operation(
                "Trades, newest first",
                _answer("The trades.", trades),
                *(BOT, ALL_BOTS, LIMIT, BEFORE, *FILTER),
                errors=some,
            )
        },
        "/trades.csv": {
            "get": _operation(
                "All trades as a file for a spreadsheet",
                _answer("A line each, newest first.", TEXT, "text/csv"),
                *(BOT, ALL_BOTS, *FILTER),
                errors=some,
            )
        },
        "/trades/{trade_id}": {
            "get": _operation(
                "One trade with its order's life",
                _answer("The trade; `order_error` says why there is no order.", closed(order)),
                *(_in_path("trade_id", "As in the list; it may hold slashes."), BOT),
                errors=(404,),
            )
        },
        "/candles": {
            "get": _operation(
                "Candles, oldest first",
                _answer("The candles.", closed({"candles": listed(ref("Candle"))})),
                *(BOT, LIMIT, TIMEFRAME),
                errors=some,
            )
        },
        "/indicators": {
            "get": _operation("The strategy's lines", _answer("The lines.", lines), BOT, LIMIT, errors=some)
        },
        "/equity": {
            "get": _operation(
                "Equity over time, oldest first",
                _answer("Pairs of time and equity.", closed({"equity": listed(equity)})),
                *(BOT, LIMIT),
                errors=some,
            )
        },
        "/command": {
            "post": _operation(
                "Tell a bot to do something",
                _answer("Done.", ref("Done")),
                body=ref("Command"),
                errors=(400, 404, 409, 429, 504),
                error=ref("Refused"),
            )
        },
        "/openapi.json": {"get": _operation("This description", _answer("OpenAPI 3.1.", ANY_OBJECT))},
    }


def _backtests() -> dict[str, dict[str, Operation]]:
    run, run_id = closed({"run": ref("Run")}), _in_path("run_id", "As the list of runs has it.")
    files = closed({"files": listed(ref("CandleFile")), "largest_bytes": COUNT})
    chosen = closed({"strategy": TEXT, "params": ANY_OBJECT})
    strategies = closed({"strategies": listed(ref("Strategy")), "chosen": chosen})
    upload = {"required": True, "content": {"text/csv": {"schema": TEXT}}}
    name = _query("name", {**TEXT, "maxLength": 200}, "What the file is called; made plain before it is used.")
    return {
        "/strategies": {"get": _operation("The strategies", _answer("They.", strategies), errors=(400,))},
        "/backtests": {
            "get": _operation("Runs, newest first", _answer("The runs.", closed({"runs": listed(ref("Run"))}))),
            "post": _operation(
                "Start a backtest",
                _answer("It waits or runs.", run),
                code=202,
                body=ref("BacktestAsked"),
                errors=(400,),
            ),
        },
        "/backtests/downloads": {
            "post": _operation(
                "Download an exchange's candles",
                _answer("It waits or runs.", run),
                code=202,
                body=ref("DownloadAsked"),
                errors=(400,),
            )
        },
        "/backtests/data": {
            "get": _operation("The files of candles", _answer("The files.", files)),
            "post": _operation(
                "Upload a file of candles",
                _answer("It was checked and kept.", closed({"file": ref("CandleFile")})),
                name,
                code=201,
                errors=(400, 413),
                requestBody=upload,
            ),
        },
        "/backtests/{run_id}": {
            "get": _operation("One run", _answer("It.", run), run_id, errors=(404,)),
            "delete": _operation("Cancel it, or forget it", _answer("As it is then.", run), run_id, errors=(404,)),
        },
        "/backtests/{run_id}/result": {
            "get": _operation("What came of it", _answer("All figures.", ANY_OBJECT), run_id, errors=(404,))
        },
        "/backtests/{run_id}/report": {
            "get": _operation("Its report", _answer("A page.", TEXT, "text/html"), run_id, errors=(404,))
        },
    }


def _access() -> dict[str, dict[str, Operation]]:
    ok = closed({"ok": {"const": True}})
    entries = closed({"entries": listed(ref("Entry")), "fault": nullable(TEXT)}, ("fault",))
    key = _in_path("key", "The first twelve digits of a session's key.")
    return {
        "/session": {"get": _operation("Who you are here", _answer("You.", ref("Visitor")))},
        "/proof": {
            "post": _operation(
                "Give the password again, before something that moves money",
                _answer("It is right.", ok),
                body=ref("Proof"),
                errors=(400, 429, 503),
            )
        },
        "/sessions": {
            "get": _operation(
                "Who is logged in", _answer("The sessions.", closed({"sessions": listed(ref("Session"))}))
            )
        },
        "/sessions/{key}": {"delete": _operation("End a session", _answer("It is over.", ok), key, errors=(404,))},
        "/audit": {
            "get": _operation(
                "Who asked for what, newest first",
                _answer("The entries; `fault` says where the chain is broken, and comes with the newest.", entries),
                *(LIMIT, BEFORE),
                errors=(400,),
            )
        },
    }
