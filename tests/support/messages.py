"""Payloads that a bot may send, as small as they can be and true to `bot.events`."""

from __future__ import annotations

import time
from typing import Any

SYMBOL = "BTC/USDT"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def price(value: str | float = "43250.10", **changes: Any) -> dict[str, Any]:
    return {"symbol": SYMBOL, "price": str(value), "ts": now_ms(), **changes}


def candle(open_ts: int, close: str = "43250.10", **changes: Any) -> dict[str, Any]:
    """A closed one-minute candle that opened at `open_ts` and never moved from its close."""
    return {
        "symbol": SYMBOL,
        "timeframe": "1m",
        "ts": open_ts,
        **dict.fromkeys(("open", "high", "low", "close"), close),
        "volume": "1.5",
        "closed": True,
        **changes,
    }


def trade(number: int, **changes: Any) -> dict[str, Any]:
    """Trade `number` of a test: buys and sells in turn, each sell closing with a gain."""
    side = "buy" if number % 2 == 0 else "sell"
    return {
        "id": trade_id(number),
        "ts": now_ms(),
        "symbol": SYMBOL,
        "side": side,
        "price": f"{43000 + number % 500}.10",
        "amount": "0.01",
        "cost": "430.001",
        "fee": "0.43",
        "fee_currency": "USDT",
        "pnl": None if side == "buy" else "1.25",
        "reason": f"test trade {number}",
        "order_id": f"order-{number}",
        "mode": "paper",
        **changes,
    }


def trade_id(number: int) -> str:
    return f"t-{number:05}"


def status(state: str = "running", **changes: Any) -> dict[str, Any]:
    ts = now_ms()
    return {
        "id": f"status-{time.monotonic_ns()}",
        "state": state,
        "since": ts,
        "mode": "paper",
        "exchange": "simulated",
        "symbol": SYMBOL,
        "timeframe": "1m",
        "strategy": "ema_cross",
        "position": None,
        "balances": {
            "quote": "10000.00",
            "base": "0",
            "equity": "10000.00",
            "quote_currency": "USDT",
            "base_currency": "BTC",
        },
        **changes,
    }


def position(amount: str = "0.01", **changes: Any) -> dict[str, Any]:
    return {"side": "long", "amount": amount, "entry_price": "43000.10", "entry_ts": now_ms(), **changes}


def stats(**changes: Any) -> dict[str, Any]:
    return {"trades": 2, "wins": 1, "losses": 1, "win_rate": 0.5, "realized_pnl": "1.25", "fees": "0.86", **changes}


def alert(number: int, level: str = "info", **changes: Any) -> dict[str, Any]:
    words = {"title": f"Alert {number}", "message": "something happened"}
    return {"id": f"a-{number}", "ts": now_ms(), "level": level, **words, **changes}


def heartbeat(**changes: Any) -> dict[str, Any]:
    return {"ts": now_ms(), "feed_age_ms": 40, **changes}


def log_line(text: str = "a line", level: str = "info") -> dict[str, Any]:
    return {"ts": now_ms(), "level": level, "message": text}
