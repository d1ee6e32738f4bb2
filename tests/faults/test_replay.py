"""A replay of candles, 300 times as fast as they were: live on the page, and traded."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

from tests.support.deck_page import DeckPage
from tests.support.processes import ROOT
from tests.support.relay import Relay
from tests.support.waiting import eventually

REAL = ROOT.parent / "shared" / "data" / "ETH_BTC-5m.csv"
"""Real candles lie there in some places; elsewhere the test makes its own."""

FIRST_TS = 1_515_974_400_000
STEP_MS = 300_000
CANDLES = 3_000


def candles_file(folder: Path) -> Path:
    made = folder / REAL.name
    if REAL.exists():
        made.write_bytes(REAL.read_bytes())
    else:
        write_candles(made)
    return made


def write_candles(path: Path) -> None:
    """Five-minute candles in ccxt's column order around 0.0984, in waves long enough for averages to cross."""
    closes = [round(0.0984 + 0.004 * math.sin(number / 8), 6) for number in range(CANDLES)]
    rows = [
        f"{FIRST_TS + number * STEP_MS},{opened},{max(opened, close)},{min(opened, close)},{close},12.5"
        for number, (opened, close) in enumerate(zip([closes[0], *closes], closes, strict=False))
    ]
    path.write_text("timestamp,open,high,low,close,volume\n" + "\n".join(rows) + "\n")


def test_replayed_candles_are_live_on_the_page_and_the_bot_trades_them(
    start_product: Callable[..., Relay], new_page: Callable[..., DeckPage], tmp_path: Path
) -> None:
    config = {"file": str(candles_file(tmp_path)), "speed": 300}
    product = start_product(
        env={
            "TAPEDECK_EXCHANGE": "replay",
            "TAPEDECK_EXCHANGE_CONFIG": json.dumps(config),
            "TAPEDECK_STRATEGY_PARAMS": json.dumps({"fast": 3, "slow": 7}),
            "TAPEDECK_AUTOSTART": "true",
        }
    )
    page = new_page(product.url).open()
    page.wait_for(lambda: (page.price or "").startswith("0."), 30, "a replayed price")
    page.wait_trades(2, 90)
    page.wait_for(lambda: page.text("price").replace(",", "").strip() == page.price, 5, "every digit of the price")
    candles = eventually(lambda: product.get("/api/v1/candles?limit=500")[1]["candles"], 10)
    assert [candle["ts"] for candle in candles] == sorted({candle["ts"] for candle in candles})
    assert all(candle["ts"] % STEP_MS == 0 for candle in candles)
