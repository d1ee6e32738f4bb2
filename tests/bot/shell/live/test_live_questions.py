"""A live bot tells what its chart and its orders' details need, while it trades."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from tests.standin.binance import BinanceStandIn
from tests.support.live import on_a_stand_in, until
from tests.support.live_bot import a_live_bot, a_market


def test_it_tells_an_orders_life_and_an_exchanges_candles_with_one_call(tmp_path: Path) -> None:
    async def scenario(binance: BinanceStandIn) -> None:
        async with a_market(binance), a_live_bot(binance, tmp_path) as bot:
            await bot.ask("start_bot")
            await until(lambda: bot.trades)
            order = (await bot.ask("get_order", order_id=bot.trades[0]["order_id"]))["data"]["order"]
            assert order["exchange_order_id"] == str(next(iter(binance.exchange.orders)))
            assert (order["side"], order["reason"]) == ("buy", "it always wants to")
            states = [moment["state"] for moment in order["life"]]
            assert [state for state in states if state != "open"] == ["decided", "sent", "filled"]
            told = [(await bot.ask("get_candles", timeframe="1m", limit=500))["data"]["candles"] for _ in range(10)]
            assert told[0]
            asked = [path for path in binance.requests if "klines?interval=1m" in path]
            assert asked == ["/api/v3/klines?interval=1m&limit=1000&symbol=BTCUSDT"]
            own = (await bot.ask("get_candles", timeframe="1s", limit=50))["data"]["candles"]
            assert all(later["ts"] - earlier["ts"] == 1_000 for earlier, later in pairwise(own))
            assert await bot.terminate() == 0
            bot.check_books()
            assert "Unclosed" not in bot.output()

    on_a_stand_in(scenario)
