"""An answer is read whole or not at all, and says the same after the wire."""

from __future__ import annotations

from typing import Any

import pytest

from bot.events import to_wire
from bot.questions import LIMIT_MAX, LINES_MAX, Answer, Candles, Indicators, KnownOrder, parse_answer
from tests.support import messages

LINE = {"name": "EMA 9", "pane": "price", "range": [0.0, 100.0], "points": [[60_000, "43250.1"]]}
MOMENT = {"ts": 5, "state": "filled", "text": "0.01 filled at 43000."}
ORDER = {
    "id": "order-1",
    "client_order_id": None,
    "exchange_order_id": "4711",
    "side": "buy",
    "type": "limit",
    "amount": "0.01",
    "price": "43000",
    "reason": "a rule",
    "life": [MOMENT],
}


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Candles, {"candles": [messages.candle(60_000)]}),
        (Candles, {"candles": []}),
        (Indicators, {"timeframe": "1m", "lines": [LINE, {**LINE, "pane": "own", "range": None, "points": []}]}),
        (Indicators, {"timeframe": None, "lines": []}),
        (KnownOrder, {"order": ORDER}),
        (KnownOrder, {"order": None}),
    ],
)
def test_what_is_an_answer_passes_the_wire_unchanged(kind: type[Answer], data: dict[str, Any]) -> None:
    assert to_wire(parse_answer(kind, data)) == data


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Candles, {}),
        (Candles, {"candles": [{**messages.candle(60_000), "open": "-1"}]}),
        (Candles, {"candles": [messages.candle(60_000)] * (LIMIT_MAX + 1)}),
        (Indicators, {"timeframe": "1m"}),
        (Indicators, {"timeframe": "1m", "lines": [{**LINE, "pane": "third"}]}),
        (Indicators, {"timeframe": "1m", "lines": [{**LINE, "points": [[60_000]]}]}),
        (Indicators, {"timeframe": "1m", "lines": [{**LINE, "points": [[60_000, "NaN"]]}]}),
        (Indicators, {"timeframe": "1m", "lines": [LINE] * (LINES_MAX + 1)}),
        (KnownOrder, {}),
        (KnownOrder, {"order": {**ORDER, "life": [{**MOMENT, "ts": -1}]}}),
        (KnownOrder, {"order": {**ORDER, "side": "both"}}),
    ],
)
def test_what_is_none_is_refused(kind: type[Answer], data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        parse_answer(kind, data)
