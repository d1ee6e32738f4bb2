"""State and strategy together: a market's messages become engine steps. Runner and backtest share it."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from bot.core.engine import step
from bot.core.market_rules import MarketRules
from bot.core.messages import FeedAged, FeedOpened, Input, Signal, StrategyFailed
from bot.core.state import State, Step
from bot.core.strategies import Strategy
from bot.events import Candle


class Kernel:
    """Holds the newest `state`; each call answers with the events and effects of its step.

    The strategy's memory is derived from the market's history, never stored: a restarted bot tells it the same candles.
    """

    def __init__(self, state: State, strategy: Strategy) -> None:
        self.state = state
        self._strategy = strategy
        self._told_ts: int | None = None

    def handle(self, message: Input, *, feed_age_ms: int | None = None) -> Step:
        """The message through the engine; a closed candle through the strategy as well.

        `feed_age_ms` is how long ago the newest price came, where the shell knows it: signals are judged by it.
        """
        result = step(self.state, message)
        self.state = result[0]
        if isinstance(message, Candle) and message.closed:
            verdict = self._tell(message)
            if verdict is not None:
                result = self._decide(result, verdict, feed_age_ms)
        return result

    def open_feed(self, rules: MarketRules, history: Sequence[Candle], *, feed_age_ms: int | None = None) -> Step:
        """The market answered with `history` (closed candles, oldest first): warm the strategy, act on what is fresh.

        Fresh is a signal on the newest candle, and an exit on any candle that this account has not seen: what was
        missed while the bot was away is too late to enter on, and never too late to get out.
        """
        newest = history[-1].ts if history else None
        result = step(self.state, FeedOpened(rules=rules, newest_candle_ts=newest))
        self.state = result[0]
        if self._told_ts is not None and newest is not None and self.state.account.last_candle_ts is None:
            self._told_ts = None
        seen = self.state.account.last_candle_ts
        missed = _missed([(candle.ts, self._tell(candle)) for candle in history], seen)
        if history:
            result = self._then(result, history[-1])
        return self._decide(result, missed, feed_age_ms) if missed is not None else result

    def _decide(self, result: Step, verdict: Signal | StrategyFailed, feed_age_ms: int | None) -> Step:
        if feed_age_ms is not None:
            result = self._then(result, FeedAged(age_ms=feed_age_ms))
        return self._then(result, verdict)

    def _then(self, result: Step, message: Input) -> Step:
        state, events, effects = step(self.state, message)
        self.state = state
        return state, (*result[1], *events), (*result[2], *effects)

    def _tell(self, candle: Candle) -> Signal | StrategyFailed | None:
        if self._told_ts is not None and candle.ts <= self._told_ts:
            return None
        self._told_ts = candle.ts
        try:
            verdict: object = self._strategy.on_candle(candle)
            if verdict is None or isinstance(verdict, Signal):
                return verdict
            raise TypeError(f"on_candle must return a Signal or None, got {verdict!r:.60}")
        except Exception as error:  # a person's own class may raise anything; the position must stay protected
            text = f"{type(error).__name__}: {error}"
            return StrategyFailed(message=text, traceback=traceback.format_exc())


def _missed(
    told: Sequence[tuple[int, Signal | StrategyFailed | None]], seen: int | None
) -> Signal | StrategyFailed | None:
    """The first failure, whenever it was: its memory cannot be trusted. Else the last signal that came after `seen`."""
    failures = [verdict for _, verdict in told if isinstance(verdict, StrategyFailed)]
    fresh = [verdict for ts, verdict in told if verdict is not None and (seen is None or ts > seen)]
    return next(iter([*failures, *reversed(fresh)]), None)
