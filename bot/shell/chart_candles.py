"""The candles of a chart in any timeframe: what was streamed where that is enough, before it what the market tells."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.aggregation import aggregated, from_a_start, is_multiple
from bot.events import Candle
from bot.shell.chart import Chart
from bot.shell.market import Market, MarketError, PastMarket


class OpenedMarket:
    """Opens a market as it is told, and knows which it opened last."""

    def __init__(self, open_market: Callable[[], Market]) -> None:
        self._open_market = open_market
        self.market: Market | None = None

    def __call__(self) -> Market:
        """A market that was just opened."""
        self.market = self._open_market()
        return self.market


class ChartCandles:
    """Reads the bot's chart and the market that is open now; both may change between two questions."""

    def __init__(self, chart: Chart, market: Callable[[], Market | None]) -> None:
        self._chart = chart
        self._market = market

    async def last(self, timeframe: str, limit: int) -> list[Candle]:
        """The newest candles, oldest first, the forming one last. Raises `MarketError` where there are none to tell."""
        shown = self._streamed(timeframe)
        if len(shown) >= limit:
            return shown[-limit:]
        try:
            past = await self._past(timeframe, limit)
        except MarketError:
            if not shown:
                raise
            return shown
        found = {candle.ts: candle for candle in [*past, *self._streamed(timeframe)]}
        return [found[ts] for ts in sorted(found)][-limit:]

    def _streamed(self, timeframe: str) -> list[Candle]:
        """What the bot saw itself, whole ones and the forming one: newer than any answer of an exchange's."""
        own = list(self._chart.candles())
        if not own or not is_multiple(timeframe, own[0].timeframe):
            return []
        return aggregated(from_a_start(own, timeframe), timeframe)

    async def _past(self, timeframe: str, limit: int) -> list[Candle]:
        market: object = self._market()
        if not isinstance(market, PastMarket):
            raise MarketError("This market tells nothing of its past.")
        return await market.past(timeframe, limit)
