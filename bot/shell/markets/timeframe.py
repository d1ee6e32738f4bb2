"""Candle lengths, as the core has them: markets and strategies must agree."""

from bot.core.timeframe import timeframe_ms, timeframe_name

__all__ = ["timeframe_ms", "timeframe_name"]
