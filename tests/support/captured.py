"""Any of ccxt's classes with one market and no line: what it would send is kept, and never leaves."""

from __future__ import annotations

from typing import Any

import ccxt
import ccxt.pro

CREDENTIALS = {
    "apiKey": "k" * 32,
    "secret": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
    "password": "p",
    "uid": "1234",
}


class Captured:
    """`exchange` is the class; `sent` are method, address and body of what would have left for its exchange.

    Questions are answered with nothing, all else ends in a time-out; the ticker shows 43,000.
    """

    def __init__(self, exchange_id: str, market_id: str = "BTCUSDT") -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.exchange: Any = getattr(ccxt.pro, exchange_id)({**CREDENTIALS, "enableRateLimit": False})
        self.exchange.fetch = self._fetch
        self.exchange.load_markets = self._load_markets
        self.exchange.fetch_ticker = self._fetch_ticker
        self.exchange.set_markets([self.exchange.safe_market_structure(self._market(market_id))])

    @property
    def orders(self) -> list[str]:
        """What was sent and is no question, as one text each."""
        return [f"{method} {url} {body}" for method, url, body in self.sent if method != "GET"]

    async def _fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        self.sent.append((method, url, str(body)))
        if method == "GET":
            return {"code": "0", "result": {}, "data": {}, "retCode": 0}
        raise ccxt.RequestTimeout("captured")

    async def _load_markets(self, *_: Any) -> Any:
        return self.exchange.markets

    async def _fetch_ticker(self, symbol: str) -> dict[str, str]:
        return {"ask": "43000", "bid": "42999", "last": "43000"}

    def _market(self, market_id: str) -> dict[str, Any]:
        in_ticks = self.exchange.precisionMode == ccxt.TICK_SIZE
        return {
            "id": market_id,
            "lowercaseId": market_id.lower(),
            "symbol": "BTC/USDT",
            "base": "BTC",
            "quote": "USDT",
            "baseId": "BTC",
            "quoteId": "USDT",
            "type": "spot",
            "spot": True,
            "active": True,
            **dict.fromkeys(("margin", "swap", "future", "option", "contract"), False),
            "precision": {"amount": 0.00001, "price": 0.01} if in_ticks else {"amount": 5, "price": 7},
            "limits": {"amount": {"min": 0.00001}, "price": {"min": 0.01}, "cost": {"min": 5}},
            "info": {"orderTypes": ["LIMIT", "MARKET", "STOP_LOSS"]},
        }
